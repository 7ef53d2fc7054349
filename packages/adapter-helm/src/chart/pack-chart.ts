import { gzipSync } from 'node:zlib'
import { Header, Pax } from 'tar'
import type { Chart } from './chart.ts'

/** A chart as an archive: equal charts give equal archives, without times, owners or modes of anybody's files. */
export function packChart({ name, files }: Pick<Chart, 'name' | 'files'>): Uint8Array {
  const blocks: Buffer[] = []
  for (const path of [...files.keys()].sort()) {
    const content = Buffer.from(files.get(path) ?? '')
    blocks.push(...entry(`${name}/${path}`, content))
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

function entry(path: string, content: Buffer): readonly Buffer[] {
  const block = Buffer.alloc(512)
  const header = new Header({ path, type: 'File', size: content.length, mode: 0o644, mtime: new Date(0) })
  // A long path stands in an entry of its own before the file.
  const needsPax = header.encode(block)
  const pax = needsPax ? new Pax({ path, size: content.length }).encode() : Buffer.alloc(0)
  return [pax, block, content, Buffer.alloc((512 - (content.length % 512)) % 512)]
}
