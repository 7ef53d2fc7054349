import type { ResourceKey } from './resource.ts'

/** A person's consent to exactly one plan. Serves one operation. */
export interface Approval {
  readonly planId: string
  /** Who gave it. */
  readonly actor: string
  readonly reason?: string
  /** When it was given, milliseconds since the epoch. */
  readonly at: number
  /** No operation begins by it from then on, with its hooks or its writes; milliseconds since the epoch. */
  readonly expiresAt: number
  /** What the operation moves to. */
  readonly desiredDigest: string
  /** Digests of the changes agreed to. What remains after a restart has to be among them. */
  readonly changes: readonly string[]
  /** Why it does not count any more, where it was for an operation that is over. */
  readonly ended?: string
}

/** What an approval says of the plan at hand. `stale`: it was given, and does not count, with the reason. */
export type Consent =
  | { readonly kind: 'none' }
  | { readonly kind: 'given'; readonly approval: Approval }
  | { readonly kind: 'stale'; readonly approval: Approval; readonly why: string; readonly key?: ResourceKey }
