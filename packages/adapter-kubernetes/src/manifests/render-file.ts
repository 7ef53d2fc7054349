import { setImmediate } from 'node:timers/promises'
import {
  isMooringError,
  type Located,
  type Origin,
  type Skipped,
  type Snapshot,
  type SnapshotEntry,
} from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import type { Fault, Faults } from './fault.ts'
import { faultList } from './fault-list.ts'
import { limits } from './limits.ts'
import type { Decryption } from './manifests.ts'
import { parseJson } from './parse-json.ts'
import type { ManifestSettings } from './settings.ts'
import { type Sorted, sortOut } from './sort-out.ts'
import type { Read } from './source-document.ts'
import { textOf } from './text-of.ts'

/** What one file holds. */
export interface FileContent {
  readonly manifests: readonly Located<KubernetesObject>[]
  readonly skipped: readonly Skipped[]
  readonly faults: Faults
}

/** What is around a file. */
export interface Surroundings {
  readonly snapshot: Snapshot
  readonly settings: ManifestSettings
  readonly signal: AbortSignal
}

/** Reads one file, decrypts it if it has to be, and sorts out what it holds. Never throws for what the file holds. */
export async function renderFile(entry: SnapshotEntry, around: Surroundings): Promise<FileContent> {
  const { path: file, size } = entry
  if (size !== undefined && size > limits.fileBytes) return failed(tooLarge(file))
  const bytes = await around.snapshot.read(file, { signal: around.signal })
  const content = await contentOf(bytes, file, around)
  const { decrypt } = around.settings
  if (decrypt === undefined || !isEncryptedFile(content)) return content
  const decrypted = await decryptFile(bytes, file, decrypt, around.signal)
  return 'code' in decrypted ? failed(decrypted) : contentOf(decrypted, file, around)
}

async function contentOf(bytes: Uint8Array, file: string, around: Surroundings): Promise<FileContent> {
  if (bytes.length > limits.fileBytes) return failed(tooLarge(file))
  const read = textOf(bytes)
  if ('says' in read)
    return failed({ code: 'MALFORMED_MANIFEST', origin: originOf(file, read), says: read.says })
  const sorted: Sorted = { manifests: [], skipped: [], faults: faultList() }
  const { applyControlObjects } = around.settings
  let since = await turn(around.signal)
  for (const document of await documentsOf(read.text, file)) {
    if ('faults' in document) {
      for (const { code, says, ...place } of document.faults) {
        sorted.faults.add({ code, origin: originOf(file, place), says })
      }
    } else sortOut(document, { file, applyControlObjects }, sorted)
    if (performance.now() - since > turnMs) since = await turn(around.signal)
  }
  return { ...sorted, faults: sorted.faults.faults() }
}

/** Reading is work for the processor: between files, and after this long between documents, others have their turn. */
const turnMs = 10

async function turn(signal: AbortSignal): Promise<number> {
  await setImmediate()
  signal.throwIfAborted()
  return performance.now()
}

/** JSON files are read as JSON, which YAML is not a strict superset of. The YAML parser is loaded when there is YAML. */
async function documentsOf(text: string, file: string): Promise<Iterable<Read>> {
  if (file.endsWith('.json')) return parseJson(text)
  const { parseYaml } = await import('./yaml/parse-yaml.ts')
  return parseYaml(text)
}

const isEncryptedFile = ({ faults }: FileContent): boolean =>
  faults.listed.some(({ code }) => code === 'ENCRYPTED_MANIFEST')

/** The file decrypted, or the fault. An abort is none. */
async function decryptFile(
  bytes: Uint8Array,
  file: string,
  { run, name }: Decryption,
  signal: AbortSignal,
): Promise<Uint8Array | Fault> {
  try {
    const decrypted = await run(bytes, file, { signal })
    if (decrypted instanceof Uint8Array) return decrypted
    throw new TypeError('it gave no bytes')
  } catch (cause) {
    signal.throwIfAborted()
    // Only what Mooring's own errors say is known to hold no secret.
    const why = isMooringError(cause) ? `: ${cause.message}` : ''
    return {
      code: 'DECRYPTION_FAILED',
      origin: { file },
      says: `a file that ${name} could not decrypt${why}`,
      cause,
    }
  }
}

const tooLarge = (file: string): Fault => ({
  code: 'MANIFESTS_TOO_LARGE',
  origin: { file },
  says: `a file of more than ${limits.fileBytes / 1024 / 1024} MiB`,
})

const failed = (fault: Fault): FileContent => ({
  manifests: [],
  skipped: [],
  faults: { listed: [fault], count: 1 },
})

function originOf(
  file: string,
  { line, document }: { readonly line?: number; readonly document?: number },
): Origin {
  return { file, ...(line !== undefined && { line }), ...(document !== undefined && { document }) }
}
