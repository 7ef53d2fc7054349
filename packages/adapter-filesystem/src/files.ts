import type { Located, Renderer, RenderInput, SnapshotEntry } from '@mooring/core'
import { MooringError } from '@mooring/core'
import { eachAtMost } from './each-at-most.ts'
import { contentOf, type FileManifest } from './manifest.ts'

/**
 * The files of the application's folder as they are, one manifest each, paths relative to that folder.
 *
 * Symbolic links and submodules are refused with `LINK_NOT_SUPPORTED` and `SUBMODULE_NOT_SUPPORTED`: a link could lead
 * out of the directory, and a submodule has no content here. A folder that does not exist is the snapshot's
 * `PATH_NOT_FOUND`, never an empty desired state.
 *
 * @example
 * ```ts
 * defineApplication({ name: 'www', source, path: 'site', renderer: files(), target: directory('/srv/www') })
 * ```
 */
export function files(): Renderer<FileManifest> {
  return {
    name: 'files',
    digest: 'files:1',
    render: async (input, { signal }) => ({ manifests: await read(input, signal) }),
  }
}

async function read({ snapshot, path }: RenderInput, signal: AbortSignal): Promise<Located<FileManifest>[]> {
  const entries: SnapshotEntry[] = []
  for await (const entry of snapshot.list(path, { signal })) entries.push(entry)
  refuse(entries, 'link')
  refuse(entries, 'submodule')

  const folder = path === '' ? '' : `${path}/`
  const manifests: Located<FileManifest>[] = []
  await eachAtMost(8, entries.entries(), async ([position, entry]) => {
    const content = contentOf(await snapshot.read(entry.path, { signal }))
    const manifest = {
      path: entry.path.slice(folder.length),
      executable: entry.kind === 'executable',
      ...content,
    }
    manifests[position] = { manifest, origin: { file: entry.path } }
  })
  return manifests
}

/** All offenders in one error, so that one commit can cure them all. */
function refuse(entries: readonly SnapshotEntry[], kind: keyof typeof refusals): void {
  const found = entries.filter((entry) => entry.kind === kind).map((entry) => entry.path)
  if (found.length > 0) throw refusals[kind](found.join(', '))
}

const refusals = {
  link: (paths: string) =>
    new MooringError({
      code: 'LINK_NOT_SUPPORTED',
      kind: 'permanent',
      message: `Expected plain files, found symbolic links: ${paths}`,
      hint: 'A link could lead out of the directory. Commit the file it names in its place, or move it out of the folder.',
    }),
  submodule: (paths: string) =>
    new MooringError({
      code: 'SUBMODULE_NOT_SUPPORTED',
      kind: 'permanent',
      message: `Expected plain files, found submodules: ${paths}`,
      hint: 'The content of a submodule stands in another repository. Make it an application of its own.',
    }),
}
