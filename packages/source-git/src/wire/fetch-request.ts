/** What to download. */
export interface FetchRequest {
  readonly wants: readonly string[]
  /** Commits that are here, with everything in them. */
  readonly haves: readonly string[]
  /** Commits among those whose parents are not here. */
  readonly shallows: readonly string[]
  /** How many commits of history. Default: all that is not here. */
  readonly depth?: number
  /** Leave out all files but those wanted by id, if the server can. */
  readonly withoutFiles?: boolean
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** What came. `refused`: the server does not give out one of the objects by its id. */
export type FetchAnswer =
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'pack'
      /** Commits of which the parents were left out. */
      readonly shallows: readonly string[]
      /** The pack as it arrives. To be read once; nothing in it has been looked at. Leaving it early ends the request. */
      readonly pack: AsyncIterable<Uint8Array>
      /** Whether files were left out. */
      readonly isPartial: boolean
    }

/** A server that does not know an object, or will not give it out by its id, says "not our ref". */
export const isAboutWant = (reason: string, wants: readonly string[]): boolean =>
  /not our ref|unadvertised|no such|bad object|unknown object/i.test(reason) ||
  wants.some((id) => reason.includes(id))
