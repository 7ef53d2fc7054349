import { type Json, MooringError, type Owner, type ResourceKey } from '@mooring/core'

/**
 * The marker file `.mooring` at the root of a directory says which file belongs to whom. One JSON object per line, only
 * ever appended to:
 *
 *     {"mooring":1,"installation":"7c1e"}
 *     {"claim":"index.html","application":"shop"}
 *     {"claim":"old.html","application":"shop","while":"131.9.17…"}
 *     {"unclaim":"old.html"}
 *
 * - The first line says which installation made the directory its own. Others do not
 *   create files in it unless it is shared.
 * - A claim is written before its file is. It ends with `unclaim`, or with a later claim of the same path.
 * - `installation` in a claim: the owner is of another installation than the first line's.
 * - `while`: the claim holds for the file with this stamp and for no other. It announces a deletion, so that a crash on
 *   the way leaves no claim on what somebody may put there later.
 * - An incomplete last line announced a write that never began, and counts for nothing.
 *
 * To move a directory to another installation, put that one's id into the first line.
 */
export interface Marker {
  /** Absent when there is no marker yet. */
  readonly installation?: string
  /** By path. Shared with later markers: it grows as lines are added. */
  readonly claims: Map<ResourceKey, Claim>
  /** Complete lines, the first one included. */
  readonly lines: number
  /** Bytes of all complete lines. */
  readonly complete: number
  /** Whether an incomplete line follows. */
  readonly torn: boolean
}

/** Who keeps a file. */
export interface Claim {
  readonly owner: Owner
  readonly while?: string
  /** A claim to what is about to be made: whoever claimed it before keeps it. */
  readonly tries?: true
}

/** The end of a claim. With an owner, only of that owner's: who was slower takes nothing from who was faster. */
export interface Unclaim {
  readonly endedBy?: Owner
}

/** Name of the marker. No file of this name is ever written for an application, in any folder. */
export const markerName = '.mooring'

/** A directory that is nobody's. */
export const noMarker = (): Marker => ({ claims: new Map(), lines: 0, complete: 0, torn: false })

/** The owner of what stands there, if its claim holds. */
export function ownerOf(
  marker: Marker,
  key: ResourceKey,
  found: { readonly stamp: string },
): Owner | undefined {
  const claim = marker.claims.get(key)
  return claim?.while === undefined || claim.while === found.stamp ? claim?.owner : undefined
}

/** Every path this owner claims, whether a file is there or not. */
export function ownedKeys(marker: Marker, owner: Owner): ResourceKey[] {
  return [...marker.claims].filter(([, claim]) => isOwner(claim.owner, owner)).map(([key]) => key)
}

export const isOwner = (one: Owner | undefined, other: Owner): boolean =>
  one?.installation === other.installation && one.application === other.application

/** The line that opens a marker. */
export const headerLine = (installation: string): string =>
  `${JSON.stringify({ mooring: 1, installation })}\n`

/** The line that begins a claim, in a marker of this installation. */
export function claimLine(installation: string, key: ResourceKey, claim: Claim): string {
  const { owner } = claim
  const foreign = owner.installation === installation ? {} : { installation: owner.installation }
  const limit = claim.while === undefined ? {} : { while: claim.while }
  const tries = claim.tries === undefined ? {} : { tries: true }
  return `${JSON.stringify({ claim: key, application: owner.application, ...foreign, ...limit, ...tries })}\n`
}

/** The line that ends a claim, in a marker of this installation. */
export const unclaimLine = (installation: string, key: ResourceKey, { endedBy }: Unclaim): string => {
  const foreign =
    endedBy === undefined || endedBy.installation === installation
      ? {}
      : { installation: endedBy.installation }
  const by = endedBy === undefined ? {} : { application: endedBy.application, ...foreign }
  return `${JSON.stringify({ unclaim: key, ...by })}\n`
}

/** Reads a whole marker. Throws `MARKER_DAMAGED` for anything it does not understand: damage is never "unowned". */
export function parseMarker(bytes: Buffer, path: string): Marker {
  const complete = bytes.lastIndexOf('\n') + 1
  const [header, ...rest] = bytes.toString('utf8', 0, complete).split('\n').slice(0, -1)
  const { mooring, installation } = fieldsOf(header ?? '')
  if (mooring !== 1 || typeof installation !== 'string') throw damaged(path, 1)

  const claims = new Map<ResourceKey, Claim>()
  const wrong = rest.findIndex((line) => !enter(line, installation, claims))
  if (wrong >= 0) throw damaged(path, wrong + 2)
  return { installation, claims, lines: rest.length + 1, complete, torn: complete < bytes.length }
}

/** The marker with lines added that we have written ourselves. */
export function extendMarker(marker: Marker, lines: string): Marker {
  const { installation = '', claims } = marker
  const added = lines.split('\n').slice(0, -1)
  for (const line of added) enter(line, installation, claims)
  return {
    ...marker,
    lines: marker.lines + added.length,
    complete: marker.complete + Buffer.byteLength(lines),
  }
}

/** False for a line that says nothing we understand. */
function enter(line: string, installation: string, claims: Map<ResourceKey, Claim>): boolean {
  const {
    claim,
    unclaim,
    application,
    installation: other = installation,
    while: limit,
    tries,
  } = fieldsOf(line)
  if (typeof unclaim === 'string') {
    const isWhole = typeof application === 'string' && typeof other === 'string'
    const by = isWhole ? { installation: other, application } : undefined
    if (by === undefined || isOwner(claims.get(unclaim)?.owner, by)) claims.delete(unclaim)
    return true
  }
  if (typeof claim !== 'string' || typeof application !== 'string' || typeof other !== 'string') return false
  const owner = { installation: other, application }
  const known = claims.get(claim)
  const isTaken = known !== undefined && known.while === undefined && !isOwner(known.owner, owner)
  if (tries === true && isTaken) return true
  claims.set(claim, typeof limit === 'string' ? { owner, while: limit } : { owner })
  return true
}

function fieldsOf(line: string): { readonly [field: string]: Json } {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as { readonly [field: string]: Json }) : {}
  } catch {
    return {}
  }
}

/** The error of a marker that cannot be trusted. */
export const damaged = (path: string, line: number): MooringError =>
  new MooringError({
    code: 'MARKER_DAMAGED',
    kind: 'permanent',
    message: `Expected ${path} to say who keeps which file, but line ${line} is none that Mooring wrote`,
    hint: 'Restore the file from a backup, or remove this line: what it claimed is then nobody’s. Do not remove the first.',
  })
