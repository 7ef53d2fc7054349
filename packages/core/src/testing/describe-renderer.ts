import type { Renderer, TargetFacts } from '../ports/renderer.ts'
import type { FileChanges } from './memory-source/file-tree.ts'
import { renderFacts } from './renderer-facts/render.ts'
import { type RendererScene, rendererScene } from './renderer-facts/renderer-scene.ts'
import { type FactGroup, type Runner, registerFacts } from './suite.ts'

/** A renderer with files to try it on. Made anew for each fact. */
export interface RendererHarness<Manifest> {
  readonly renderer: Renderer<Manifest>
  /** Another renderer of the same configuration. */
  readonly again: () => Promise<Renderer<Manifest>>
  /** Files that render to at least one manifest. */
  readonly files: FileChanges
  /** The folder to render. */
  readonly path: string
  /** Changes to the files, each of which changes what is rendered. */
  readonly changed: FileChanges
  /** Changes that make files impossible to render. */
  readonly broken: FileChanges
  /** Files that hold nothing to render at the path. Left out only where there can be no such folder. */
  readonly empty?: FileChanges
  /** What the target would tell. Default nothing. */
  readonly facts?: TargetFacts
  readonly close: () => PromiseLike<void>
}

/** What {@link describeRenderer} is given. */
export interface RendererSuite<Manifest> extends Runner {
  readonly make: () => Promise<RendererHarness<Manifest>>
}

/**
 * The contract of a renderer as tests: what an engine relies on, one fact each. The files stand in a memory source.
 *
 * @example
 * ```ts
 * import { jsonRenderer } from '@mooring/core'
 * import { describeRenderer } from '@mooring/core/testing'
 * import { describe, test } from 'vitest'
 *
 * describeRenderer({
 *   describe,
 *   test,
 *   make: async () => ({
 *     renderer: jsonRenderer(),
 *     again: async () => jsonRenderer(),
 *     files: { 'shop/web.json': '{ "id": "web" }' },
 *     path: 'shop',
 *     changed: { 'shop/web.json': '{ "id": "web", "size": 2 }' },
 *     broken: { 'shop/wrong.json': '{' },
 *     empty: { 'shop/README.md': 'Nothing yet' },
 *     close: async () => {},
 *   }),
 * })
 * ```
 */
export function describeRenderer<Manifest>({ make, ...runner }: RendererSuite<Manifest>): void {
  registerFacts(runner, rendererFacts, async () => {
    const harness = await make()
    return { scene: rendererScene(harness), close: harness.close }
  })
}

/** All facts of the renderer contract. */
const rendererFacts: readonly FactGroup<RendererScene>[] = [{ name: 'renderer', facts: renderFacts }]
