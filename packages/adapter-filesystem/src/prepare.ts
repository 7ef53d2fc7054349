import { type Call, type Desired, type Located, MooringError } from '@mooring/core'
import { draftPrefix } from './draft.ts'
import { bytesOf, type FileManifest } from './manifest.ts'
import { markerName } from './marker.ts'

/** Manifests as the core keeps them, keyed by path. Throws one `UNSAFE_PATH` that lists every path that is refused. */
export function prepare(manifests: readonly Located<FileManifest>[], call: Call): Desired<FileManifest>[] {
  call.signal.throwIfAborted()
  const isFolder = foldersOf(manifests)
  const faults = manifests.flatMap(({ manifest, origin }) => {
    const fault = faultOf(manifest.path, isFolder)
    return fault === undefined
      ? []
      : [`${JSON.stringify(manifest.path)} ${fault}${origin ? ` (${origin.file})` : ''}`]
  })
  if (faults.length > 0) throw unsafe(faults)
  return manifests.map(({ manifest, origin }) => {
    const { path } = manifest
    const desired = { key: path, label: path, manifest, digest: digestOf(manifest, call), traits: {} }
    return origin === undefined ? desired : { ...desired, origin }
  })
}

/** Of the bytes, not of how a manifest holds them: text and base64 of the same file are the same file. */
function digestOf(manifest: FileManifest, call: Call): string {
  return call.digest(JSON.stringify([manifest.path, manifest.executable, call.digest(bytesOf(manifest))]))
}

/** Every path that one of the manifests needs as a folder. */
function foldersOf(manifests: readonly Located<FileManifest>[]): ReadonlySet<string> {
  const folders = new Set<string>()
  for (const { manifest } of manifests) {
    let path = String(manifest.path)
    for (
      let slash = path.lastIndexOf('/');
      slash > 0 && !folders.has(path.slice(0, slash));
      slash = path.lastIndexOf('/')
    ) {
      path = path.slice(0, slash)
      folders.add(path)
    }
  }
  return folders
}

function faultOf(path: string, folders: ReadonlySet<string>): string | undefined {
  if (typeof path !== 'string' || path === '') return 'is no path'
  if (path.startsWith('/')) return 'is absolute'
  if (hasControl(path)) return 'has a control character'
  if (path.includes('\\')) return 'has a backslash, which other systems read as a separator'
  for (const part of path.split('/')) {
    if (part === '' || part === '.') return 'has an empty part or one that is a dot'
    if (part === '..') return 'leads out of the directory'
    if (part === markerName || part.startsWith(draftPrefix)) return `has the reserved name ${part}`
    if (Buffer.byteLength(part) > 255) return 'has a part longer than 255 bytes'
  }
  return folders.has(path) ? 'is a file here and a folder in another manifest' : undefined
}

const hasControl = (path: string): boolean =>
  Array.from(path).some((letter) => letter < ' ' || letter === '\u007f')

const unsafe = (faults: readonly string[]): MooringError =>
  new MooringError({
    code: 'UNSAFE_PATH',
    kind: 'permanent',
    message: `Expected paths of files inside the directory, found ${faults.length} that cannot be written:\n${faults.join('\n')}`,
    hint: 'Rename these in the source. Paths are relative, with /, and stay inside the directory.',
  })
