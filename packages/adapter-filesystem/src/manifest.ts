import { isUtf8 } from 'node:buffer'

/** One file as it should be: what `files()` renders and `directory()` writes. Plain JSON. */
export interface FileManifest {
  /** Relative to the directory, with `/`. Never absolute, never with `.` or `..` parts. */
  readonly path: string
  /** True: mode 0755. False: mode 0644. */
  readonly executable: boolean
  /** How `content` stands for bytes: as text, or as base64 where the bytes are no text. */
  readonly encoding: 'utf8' | 'base64'
  readonly content: string
}

/** The bytes of a file as it should be. */
export const bytesOf = ({ content, encoding }: FileManifest): Uint8Array => Buffer.from(content, encoding)

/** The permission bits of a file as it should be, whatever the umask of the process. */
export const modeOf = ({ executable }: FileManifest): number => (executable ? 0o755 : 0o644)

/** Bytes as manifests hold them: as text if they are valid UTF-8 without a NUL, else as base64. */
export function contentOf(bytes: Uint8Array): Pick<FileManifest, 'encoding' | 'content'> {
  const encoding = isUtf8(bytes) && !bytes.includes(0) ? 'utf8' : 'base64'
  return {
    encoding,
    content: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding),
  }
}
