import { gzipSync } from 'node:zlib'
import { Header } from 'tar'

/** One entry of an archive, as an honest or a hostile packer writes it. */
export interface ArchiveEntry {
  readonly path: string
  readonly content?: string | Uint8Array
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO'
  readonly linkpath?: string
  /** Instead of the content's length. */
  readonly size?: number
}

/** A gzipped tar archive of exactly these entries. */
export function archiveOf(entries: readonly ArchiveEntry[]): Uint8Array {
  const blocks = entries.flatMap(({ path, content = '', type = 'File', linkpath, size }) => {
    const bytes = Buffer.from(content)
    const block = Buffer.alloc(512)
    const header = new Header({ path, type, size: size ?? bytes.length, mode: 0o644, mtime: new Date(0) })
    if (linkpath !== undefined) header.linkpath = linkpath
    header.encode(block)
    return [block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

/** The archive of a chart, in the folder that Helm puts it in. */
export const chartArchive = (
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Uint8Array =>
  archiveOf(Object.entries(files).map(([path, content]) => ({ path: `${name}/${path}`, content })))
