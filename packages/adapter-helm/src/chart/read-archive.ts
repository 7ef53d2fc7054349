import { Parser, type ReadEntry } from 'tar'
import { chartLimits } from './chart.ts'
import { type Fail, faultInPath } from './safe-path.ts'

/** The most that an archive may hold. */
export type ArchiveLimits = Readonly<Record<'archiveBytes' | 'bytes' | 'fileBytes' | 'files', number>>

/**
 * The files of a chart's archive, by their paths without the folder they all stand in. Nothing is written anywhere. Links,
 * devices, paths that lead out, and more or larger files than charts have are refused, by `fail`.
 */
export async function readArchive(
  archive: Uint8Array,
  fail: Fail,
  limits: ArchiveLimits = chartLimits,
): Promise<ReadonlyMap<string, Uint8Array>> {
  if (archive.length > limits.archiveBytes)
    throw fail(`an archive of more than ${limits.archiveBytes / 1_048_576} MiB`)
  const files = new Map<string, Uint8Array>()
  let bytes = 0
  let fault: string | undefined
  const parser = new Parser({ strict: true, maxMetaEntrySize: 65_536 })
  const refuse = (says: string): void => {
    fault ??= says
    parser.abort(new Error(says))
  }
  parser.on('entry', (entry: ReadEntry) => {
    bytes += entry.size
    const found = faultOf(entry, bytes, files, limits)
    if (found !== undefined) {
      entry.resume()
      return refuse(found)
    }
    if (entry.type === 'Directory') {
      entry.resume()
      return
    }
    const chunks: Buffer[] = []
    entry.on('data', (chunk: Buffer) => chunks.push(chunk))
    entry.on('end', () => files.set(withoutRoot(entry.path), Buffer.concat(chunks)))
  })
  await feed(parser, archive, () => fault !== undefined).catch(() => {
    fault ??= 'what is no gzipped tar archive, or a damaged one'
  })
  if (fault !== undefined) throw fail(fault)
  return files
}

function faultOf(
  entry: ReadEntry,
  bytes: number,
  files: ReadonlyMap<string, unknown>,
  limits: ArchiveLimits,
): string | undefined {
  const { path, type, size } = entry
  if (!plain.has(type)) return `an entry that is no plain file (${type})`
  const fault = faultInPath(path.replace(/\/$/, ''))
  if (fault !== undefined) return fault
  if (size > limits.fileBytes) return `a file of more than ${limits.fileBytes / 1_048_576} MiB`
  if (bytes > limits.bytes) return `more than ${limits.bytes / 1_048_576} MiB of files`
  if (files.size >= limits.files) return `more than ${limits.files} files`
  if (type === 'Directory') return undefined
  if (withoutRoot(path) === '') return 'a file outside the folder of the chart'
  return files.has(withoutRoot(path)) ? 'the same file twice' : undefined
}

const plain: ReadonlySet<string> = new Set(['File', 'OldFile', 'Directory'])

/** `demo/templates/web.yaml` is `templates/web.yaml`. */
const withoutRoot = (path: string): string => path.replace(/^(?:\.\/)?[^/]*\/?/, '')

/** Gives the archive piece by piece, so that a bomb is noticed before it is unpacked. */
function feed(parser: Parser, archive: Uint8Array, isRefused: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.on('end', () => resolve())
    parser.on('error', reject)
    const give = (from: number): void => {
      if (isRefused()) return reject(new Error('refused'))
      if (from >= archive.length) return void parser.end()
      const next = from + 65_536
      const goesOn = parser.write(Buffer.from(archive.subarray(from, next)))
      if (goesOn) setImmediate(give, next)
      else parser.once('drain', () => give(next))
    }
    give(0)
  })
}
