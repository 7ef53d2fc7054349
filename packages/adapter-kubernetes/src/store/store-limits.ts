/** When the head of an application gives something away. Sizes are of JSON, in UTF-16 units. */
export interface StoreLimits {
  /** Of inventory entries in the head; beyond it they move to chunks. */
  readonly headInventory: number
  /** Of history entries in the head. */
  readonly headHistory: number
  /** Of one chunk: what a change of one entry may cost to write, some hundred commits later. */
  readonly chunk: number
  /** Bytes of one object's content, compressed. A Secret may hold 1 MiB (k8s.io/api/core/v1, MaxSecretSize). */
  readonly objectBytes: number
}

/**
 * Up to about 300 resources stand in the head, which is some 30 kB then, compressed: one write a commit. 10,000 resources
 * are 20 chunks of some 60 kB.
 */
export const storeLimits: StoreLimits = {
  headInventory: 128 * 1024,
  headHistory: 64 * 1024,
  chunk: 256 * 1024,
  objectBytes: 1_000_000,
}
