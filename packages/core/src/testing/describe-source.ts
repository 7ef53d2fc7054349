import type { Source } from '../ports/source.ts'
import type { FileChanges } from './memory-source/file-tree.ts'
import { sourceAbortFacts } from './source-facts/abort.ts'
import { contentFacts } from './source-facts/content.ts'
import { digestFacts } from './source-facts/digests.ts'
import { resolveFacts } from './source-facts/resolve.ts'
import { type SourceScene, sourceScene } from './source-facts/source-scene.ts'
import { type FactGroup, type Runner, registerFacts } from './suite.ts'

/** A source without files, with what a fact needs to commit to it. Made anew for each fact. */
export interface SourceHarness {
  readonly source: Source
  /** Commits the changed files on top of what is there, where the source will see it. */
  readonly commit: (files: FileChanges) => Promise<unknown>
  /**
   * Puts another history, one that ends with exactly these files, in place of the one there was.
   * Left out only where history cannot be rewritten.
   */
  readonly rewrite?: (files: FileChanges) => Promise<unknown>
  /** Takes everything down. The source may be disposed already. */
  readonly close: () => PromiseLike<void>
}

/** What {@link describeSource} is given. */
export interface SourceSuite extends Runner {
  readonly make: () => Promise<SourceHarness>
}

/**
 * The contract of a source and its snapshots as tests: what an engine relies on, one fact each. The one fact that can
 * be skipped is about rewritten history, where the harness cannot rewrite it.
 *
 * @example
 * ```ts
 * import { describeSource, memorySource } from '@mooring/core/testing'
 * import { describe, test } from 'vitest'
 *
 * describeSource({
 *   describe,
 *   test,
 *   async make() {
 *     const source = memorySource()
 *     return {
 *       source,
 *       commit: async files => source.commit(files),
 *       rewrite: async files => source.replaceHistory(files),
 *       close: () => source[Symbol.asyncDispose](),
 *     }
 *   },
 * })
 * ```
 */
export function describeSource({ make, ...runner }: SourceSuite): void {
  registerFacts(runner, sourceFacts, async () => {
    const harness = await make()
    return { scene: sourceScene(harness), close: harness.close }
  })
}

/** All facts of the source contract. */
const sourceFacts: readonly FactGroup<SourceScene>[] = [
  { name: 'source revisions', facts: resolveFacts },
  { name: 'snapshot digests', facts: digestFacts },
  { name: 'snapshot content', facts: contentFacts },
  { name: 'source abort', facts: sourceAbortFacts },
]
