import type { ResourceKey } from '../model/resource.ts'
import type { Target } from '../ports/target.ts'
import { type FactGroup, type Runner, registerFacts } from './suite.ts'
import { abortFacts } from './target-facts/abort.ts'
import { createAndUpdateFacts } from './target-facts/create-and-update.ts'
import { endOfOwnershipFacts } from './target-facts/end-of-ownership.ts'
import { hookFacts } from './target-facts/hooks.ts'
import { identityFacts } from './target-facts/identity.ts'
import { observeFacts } from './target-facts/observe.ts'
import { ownershipFacts } from './target-facts/ownership.ts'
import { prepareFacts } from './target-facts/prepare.ts'
import { previewFacts } from './target-facts/preview.ts'
import { secrecyFacts } from './target-facts/secrecy.ts'
import { type TargetScene, targetScene } from './target-facts/target-scene.ts'
import { watchFacts } from './target-facts/watch.ts'

/** A target before a real system, with what a fact needs to play the rest of the world. Made anew for each fact. */
export interface TargetHarness<Manifest> {
  readonly target: Target<Manifest>
  /** Three resources that do not exist, can exist side by side, and that nothing else writes to. */
  readonly manifests: readonly [Manifest, Manifest, Manifest]
  /** The same resource with other content, best with a field that the manifest leaves out. */
  readonly changed: (manifest: Manifest) => Manifest
  /** Changes a live resource behind the target's back, in something its manifest sets; each time to something else. */
  readonly tamper: (key: ResourceKey) => Promise<void>
  /** Makes the resource behind the target's back, as somebody who knows nothing of owner marks. */
  readonly occupy: (manifest: Manifest) => Promise<void>
  /**
   * Key of a resource that does not exist, another for each number. Default: the first manifest's key, a hyphen and the
   * number. Given only where that is no key.
   */
  readonly absent?: (at: number) => ResourceKey
  /** Manifests that `prepare` must refuse, best several. Left out only where nothing that compiles can be wrong. */
  readonly invalid?: readonly Manifest[]
  /** A fourth resource, and a text in it that nobody may see. Left out only where nothing can be sensitive. */
  readonly secret?: { readonly manifest: Manifest; readonly value: string }
  /** A fifth resource: a hook that runs to an end. Left out where the target has no `instantiate`. */
  readonly hook?: Manifest
  /** Takes everything down. The target may be disposed already. */
  readonly close: () => PromiseLike<void>
}

/** What {@link describeTarget} is given. */
export interface TargetSuite<Manifest> extends Runner {
  readonly make: () => Promise<TargetHarness<Manifest>>
  /** How long a fact waits for what must come, such as a watch's hint. Default 5000. More only delays failures. */
  readonly patienceMs?: number
}

/**
 * The contract of a target as tests: what an engine relies on, one fact each. A fact is skipped, with the reason, only
 * where `target.supports` denies something, an optional method is not there, or the harness cannot have a part.
 *
 * @example
 * ```ts
 * import { describeTarget, memoryTarget } from '@mooring/core/testing'
 * import { describe, test } from 'vitest'
 *
 * describeTarget({
 *   describe,
 *   test,
 *   async make() {
 *     const target = memoryTarget()
 *     let edits = 0
 *     return {
 *       target,
 *       manifests: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
 *       changed: manifest => ({ ...manifest, size: 2 }),
 *       tamper: async key => target.live.edit(key, { size: `tampered ${++edits}` }),
 *       occupy: async manifest => target.live.put(manifest),
 *       close: () => target[Symbol.asyncDispose](),
 *     }
 *   },
 * })
 * ```
 */
export function describeTarget<Manifest>({
  make,
  patienceMs = 5000,
  ...runner
}: TargetSuite<Manifest>): void {
  registerFacts(runner, targetFacts, async () => {
    const harness = await make()
    // Facts hand manifests from the harness to its target and never look inside: for them the type is unknown.
    return {
      scene: targetScene(harness as unknown as TargetHarness<unknown>, patienceMs),
      close: harness.close,
    }
  })
}

/** All facts of the target contract. */
const targetFacts: readonly FactGroup<TargetScene>[] = [
  { name: 'target', facts: identityFacts },
  { name: 'target prepare', facts: prepareFacts },
  { name: 'target observe', facts: observeFacts },
  { name: 'target apply: create and update', facts: createAndUpdateFacts },
  { name: 'target apply: delete, replace and release', facts: endOfOwnershipFacts },
  { name: 'target ownership', facts: ownershipFacts },
  { name: 'target hooks', facts: hookFacts },
  { name: 'target preview', facts: previewFacts },
  { name: 'target secrecy', facts: secrecyFacts },
  { name: 'target watch', facts: watchFacts },
  { name: 'target abort', facts: abortFacts },
]
