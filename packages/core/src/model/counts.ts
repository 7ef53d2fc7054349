/** How many changes of each kind. */
export interface ChangeCounts {
  readonly created: number
  readonly updated: number
  readonly deleted: number
  readonly replaced: number
  readonly released: number
  readonly failed: number
  readonly held: number
}

/** Nothing done yet. */
export const noChanges: ChangeCounts = {
  created: 0,
  updated: 0,
  deleted: 0,
  replaced: 0,
  released: 0,
  failed: 0,
  held: 0,
}
