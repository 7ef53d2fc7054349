import type { Rendered, Renderer } from '../../src/ports/renderer.ts'
import type { Snapshot } from '../../src/ports/snapshot.ts'
import type { MemoryManifest, RendererHarness } from '../../src/testing/index.ts'
import type { Broken } from './prove.ts'

type JsonRenderer = Renderer<MemoryManifest>

const never = new AbortController().signal

/** The JSON renderer with some parts replaced. */
function faulty(
  name: string,
  fails: readonly string[],
  fault: (renderer: JsonRenderer) => Partial<JsonRenderer>,
): Broken<RendererHarness<MemoryManifest>> {
  return {
    name,
    fails,
    breaks: (harness) => ({ ...harness, renderer: { ...harness.renderer, ...fault(harness.renderer) } }),
  }
}

const rendering = (
  renderer: JsonRenderer,
  render: (rendered: Rendered<MemoryManifest>) => Rendered<MemoryManifest>,
): Partial<JsonRenderer> => ({
  render: async (input, options) => render(await renderer.render(input, options)),
})

export const brokenRenderers = [
  faulty('fields that JSON does not know', ['renders the folder as plain JSON'], (renderer) =>
    rendering(renderer, ({ manifests }) => ({
      manifests: manifests.map((located) => ({
        ...located,
        manifest: { ...located.manifest, made: undefined as unknown as string },
      })),
    })),
  ),
  faulty(
    'a time in every manifest',
    [
      'renders equal content equally, in the same order',
      'renders the snapshot it is given, whatever it rendered before',
    ],
    (renderer) => {
      let rendered = 0
      return rendering(renderer, ({ manifests }) => {
        rendered++
        return {
          manifests: manifests.map((located) => ({
            ...located,
            manifest: { ...located.manifest, rendered },
          })),
        }
      })
    },
  ),
  faulty('an order made anew each time', ['renders equal content equally, in the same order'], (renderer) => {
    let rendered = 0
    return rendering(renderer, ({ manifests }) => ({
      manifests: ++rendered % 2 === 0 ? manifests.toReversed() : manifests,
    }))
  }),
  faulty(
    'the first rendering forever',
    ['renders the snapshot it is given, whatever it rendered before'],
    (renderer) => {
      let first: Promise<Rendered<MemoryManifest>> | undefined
      return {
        async render(input, options) {
          options.signal.throwIfAborted()
          first ??= renderer.render(input, options)
          return first
        },
      }
    },
  ),
  faulty(
    'inputs that leave out what decides',
    ['reads or names every file that decides what it renders'],
    (renderer) => rendering(renderer, ({ manifests }) => ({ manifests, inputs: ['shop/deep'] })),
  ),
  faulty(
    'a digest of when it was made',
    ['keeps its digest whatever it renders, and gives equal configurations an equal one'],
    () => ({ digest: 'json/made at noon' }),
  ),
  faulty(
    'origins of a working copy',
    ['names files of the snapshot as origins, where it names any'],
    (renderer) =>
      rendering(renderer, ({ manifests }) => ({
        manifests: manifests.map((located) => ({
          ...located,
          origin: { file: `/tmp/copy/${located.origin?.file}` },
        })),
      })),
  ),
  faulty(
    'files left out that cannot be rendered',
    ['rejects when a file cannot be rendered, and names it'],
    (renderer) => ({
      render: ({ snapshot, ...input }, options) => {
        const list: Snapshot['list'] = async function* (path, given) {
          for await (const entry of snapshot.list(path, given)) {
            if (!/wrong|list/.test(entry.path)) yield entry
          }
        }
        return renderer.render({ ...input, snapshot: { ...snapshot, list } }, options)
      },
    }),
  ),
  faulty(
    'an error that names nothing',
    ['rejects when a file cannot be rendered, and names it'],
    (renderer) => ({
      render: (input, options) =>
        renderer.render(input, options).catch((thrown: Error) => {
          if (thrown.message.includes('wrong')) thrown.message = 'Expected JSON'
          throw thrown
        }),
    }),
  ),
  faulty(
    'nothing from a folder that is not there',
    ['rejects a folder that is not there, rather than render nothing'],
    (renderer) => ({
      render: async (input, options) =>
        (await input.snapshot.digestOf(input.path, options)) === undefined
          ? { manifests: [] }
          : renderer.render(input, options),
    }),
  ),
  faulty(
    'an error for an empty folder',
    ['renders nothing from a folder without anything to render'],
    (renderer) =>
      rendering(renderer, (rendered) => {
        if (rendered.manifests.length === 0) throw new Error('no manifests')
        return rendered
      }),
  ),
  faulty('nothing from what cannot be read', ['rejects when the snapshot cannot be read'], (renderer) => ({
    render: (input, options) =>
      renderer.render(input, options).catch((thrown: Error) => {
        if (thrown.message.includes('cut off')) return { manifests: [] }
        throw thrown
      }),
  })),
  faulty('a snapshot closed behind it', ['leaves the snapshot open'], (renderer) => ({
    async render(input, options) {
      const rendered = await renderer.render(input, options)
      await input.snapshot[Symbol.asyncDispose]()
      return rendered
    },
  })),
  faulty('a deaf render', ['rejects with the reason of a signal that is aborted already'], (renderer) => ({
    render: (input) => renderer.render(input, { signal: never }),
  })),
]
