import { jsonRenderer } from '../../src/index.ts'
import {
  type MemoryManifest,
  type MemorySource,
  type MemoryTarget,
  type MemoryTargetOptions,
  memorySource,
  memoryTarget,
  type RendererHarness,
  type SourceHarness,
  type TargetHarness,
} from '../../src/testing/index.ts'

/** The harness an author writes, for the memory target. */
export async function targetHarness(
  options: MemoryTargetOptions = {},
): Promise<TargetHarness<MemoryManifest> & { readonly target: MemoryTarget }> {
  const facts = { digest: 'facts/1', version: '1.2' }
  const target = { ...memoryTarget({ facts, ...options }), forget: () => {} }
  let edits = 0
  return {
    target,
    manifests: [{ id: 'shop', size: 1 }, { id: 'shop/web' }, { id: 'shop/db', traits: { wave: 1 } }],
    changed: (manifest) => ({ ...manifest, size: 2 }),
    tamper: async (key) => target.live.edit(key, { size: `tampered ${++edits}` }),
    occupy: async (manifest) => target.live.put(manifest),
    // As a renderer may give them, whatever the types say.
    invalid: [{ size: 1 }, { id: 'x', traits: { wave: 'first' } }, null] as unknown as MemoryManifest[],
    secret: { manifest: { id: 'vault', secret: 'hunter2', size: 1 }, value: 'hunter2' },
    hook: { id: 'migrate', image: 'v1', traits: { hook: { phases: ['beforeSync'] } } },
    close: () => target[Symbol.asyncDispose](),
  }
}

/** The harness an author writes, for the memory source. */
export async function sourceHarness(): Promise<SourceHarness & { readonly source: MemorySource }> {
  const source = memorySource()
  return {
    source,
    commit: async (files) => source.commit(files),
    rewrite: async (files) => source.replaceHistory(files),
    close: () => source[Symbol.asyncDispose](),
  }
}

/** The harness an author writes, for the JSON renderer. */
export async function rendererHarness(): Promise<RendererHarness<MemoryManifest>> {
  return {
    renderer: jsonRenderer(),
    again: async () => jsonRenderer(),
    files: {
      'shop/web.json': '{ "id": "web" }',
      'shop/deep/db.json': '{ "id": "db" }',
      'shop/README.md': 'Shop',
    },
    path: 'shop',
    changed: { 'shop/web.json': '{ "id": "web", "size": 2 }' },
    broken: { 'shop/wrong.json': '{', 'shop/list.json': '[]' },
    empty: { 'shop/README.md': 'Nothing yet' },
    close: async () => {},
  }
}
