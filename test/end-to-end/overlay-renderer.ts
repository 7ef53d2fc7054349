import { type FileManifest, files } from '@mooring/adapter-filesystem'
import { type Located, MooringError, type Renderer, type RenderInput, type Snapshot } from '@mooring/core'

/**
 * Renders a folder with a kustomization.yaml, and whatever its `resources` name in other folders, as files. Not
 * Kustomize: just enough to have a renderer that reads outside its own folder.
 */
export function overlayRenderer(onRender: (path: string) => void): Renderer<FileManifest> {
  return {
    name: 'overlay',
    digest: 'overlay:1',
    render: async (input, options) => {
      onRender(input.path)
      return { manifests: await rendered(input, options.signal) }
    },
  }
}

async function rendered(input: RenderInput, signal: AbortSignal): Promise<readonly Located<FileManifest>[]> {
  const own = await files().render(input, { signal })
  const list = await resourcesOf(input.snapshot, `${input.path}/kustomization.yaml`, signal)
  const bases = list
    .filter((resource) => resource.startsWith('../'))
    .map((resource) => joined(input.path, resource))
  const below = await Promise.all(
    bases.map(async (path) => {
      const { manifests } = await files().render({ ...input, path }, { signal })
      return manifests.map(({ manifest, origin }) => ({
        manifest: { ...manifest, path: `${path}/${manifest.path}` },
        ...(origin && { origin }),
      }))
    }),
  )
  return [...own.manifests, ...below.flat()]
}

async function resourcesOf(
  snapshot: Snapshot,
  file: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const text = new TextDecoder().decode(await snapshot.read(file, { signal }))
  const block = /^resources:\n((?: +- .*\n)*)/m.exec(text)?.[1]
  if (block === undefined) {
    throw new MooringError({
      code: 'INVALID_KUSTOMIZATION',
      kind: 'permanent',
      message: `Expected a list of resources in ${file}, found none`,
    })
  }
  return [...block.matchAll(/- (\S+)/g)].map(([, name]) => name as string)
}

function joined(path: string, relative: string): string {
  const parts = path.split('/')
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}
