/** What stands in a repository for a file that Git LFS keeps elsewhere. */
export interface LfsPointer {
  /** SHA-256 of the file, in hexadecimal digits. */
  readonly oid: string
  /** Bytes of the file. */
  readonly size: number
}

/** The present address of the format, and the one it had in 2014. */
const starts = ['version https://git-lfs.github.com/spec/v1', 'version https://hawser.github.com/spec/v1']
/** Pointers are about 130 bytes; the specification says less than 1024. */
const maxPointerBytes = 1024

/** Whether a file stands in for one that Git LFS keeps elsewhere. */
export function isLfsPointer(content: Uint8Array): boolean {
  if (content.byteLength > maxPointerBytes) return false
  const text = Buffer.from(content).toString('latin1')
  return starts.some((start) => text.startsWith(start))
}

/**
 * Reads a pointer, as git-lfs/docs/spec.md says: a version, then one key and value in each line, in the order of the
 * alphabet. Undefined for one that says something else: extensions change the content in ways that nobody here knows.
 */
export function readLfsPointer(content: Uint8Array): LfsPointer | undefined {
  const lines = Buffer.from(content)
    .toString('latin1')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
  const [version = '', oidLine = '', sizeLine = '', ...others] = lines
  const oid = /^oid sha256:([0-9a-f]{64})$/.exec(oidLine)?.[1]
  const size = /^size (0|[1-9]\d{0,15})$/.exec(sizeLine)?.[1]
  if (!starts.includes(version) || oid === undefined || size === undefined || others.length > 0)
    return undefined
  return { oid, size: Number(size) }
}
