import { brokenLines, type HeaderField, headerOf } from './object-header.ts'

/** What a commit or tag says of its signature, before anybody has checked it. */
export type SignedObject =
  | { readonly state: 'unsigned'; readonly reason?: string }
  /** It has a signature, and something about it that no Git writes. */
  | { readonly state: 'malformed'; readonly reason: string }
  /** `signature` is armoured; `payload` is what it is about, byte for byte. */
  | { readonly state: 'signed'; readonly payload: Uint8Array; readonly signature: string }

const malformed = (reason: string): SignedObject => ({ state: 'malformed', reason })

/**
 * Takes the signature out of a commit. What is left is what was signed: Git's own rule
 * (`parse_buffer_signed_by_header` in its commit.c), for commits as Git writes them. Anything that another program may
 * read in another way is malformed: fields twice, in another order or continued that have one line, a NUL byte, more
 * than one signature.
 */
export function signedCommit(raw: Uint8Array): SignedObject {
  const { text, fields, isWhole } = headerOf(raw)
  const signatures = fields.filter(({ name }) => name.startsWith('gpgsig'))
  if (signatures.length === 0) return { state: 'unsigned' }
  const why = isWhole ? whyNoCommit(fields) : 'its head has a line that belongs to nothing'
  if (why !== undefined) return malformed(why)
  const isSha256 = fields[0]?.value.length === 64
  const ours = signatures.filter(({ name }) => name === (isSha256 ? 'gpgsig-sha256' : 'gpgsig'))
  const others = signatures.filter(({ name }) => name === (isSha256 ? 'gpgsig' : 'gpgsig-sha256'))
  if (ours.length + others.length < signatures.length)
    return malformed('it has a signature of an unknown kind')
  if (ours.length > 1 || others.length > 1) return malformed('it has two signatures')
  const [signature] = ours
  if (signature === undefined) {
    return { state: 'unsigned', reason: 'it is signed for another object format only' }
  }
  return {
    state: 'signed',
    payload: without(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), signatures),
    signature: unfold(text, signature),
  }
}

/** What a tag says of itself. */
export interface TagFacts {
  readonly object: string
  readonly type: string
  readonly name: string
}

const beginning = /^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----/gm

/** Takes the signature out of an annotated tag, where it stands at the end, and reads what the tag is about. */
export function signedTag(raw: Uint8Array): {
  readonly signed: SignedObject
  readonly facts: TagFacts | undefined
} {
  const { fields, isWhole, end } = headerOf(raw)
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const facts = isWhole ? tagFacts(fields) : undefined
  const body = bytes.toString('latin1', end)
  const begins = [...body.matchAll(beginning)].map(({ index }) => end + index)
  const hasField = fields.some(({ name }) => name.startsWith('gpgsig'))
  const [at] = begins
  if (at === undefined && !hasField) return { signed: { state: 'unsigned' }, facts }
  if (facts === undefined) return { signed: malformed('its head is not that of a tag'), facts }
  if (hasField) return { signed: malformed('it has a signature in its head, where tags have none'), facts }
  if (at === undefined || begins.length > 1) return { signed: malformed('it has two signatures'), facts }
  return {
    signed: { state: 'signed', payload: bytes.subarray(0, at), signature: bytes.toString('latin1', at) },
    facts,
  }
}

const isId = (value: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)

/** Fields that stand once, at one place, on one line. */
const fixed = ['tree', 'parent', 'author', 'committer', 'encoding']

function whyNoCommit(fields: readonly HeaderField[]): string | undefined {
  const names = fields.map(({ name }) => name)
  const parents = names.findIndex((name, at) => at > 0 && name !== 'parent') - 1
  if (names[0] !== 'tree') return 'its first field is not its tree'
  if (names[parents + 1] !== 'author' || names[parents + 2] !== 'committer') {
    return 'its author and committer are not where they belong'
  }
  const later = names.slice(parents + 3)
  if (fixed.slice(0, 4).some((name) => later.includes(name))) return 'it has a field twice'
  if (later.filter((name) => name === 'encoding').length > 1) return 'it has a field twice'
  const ids = fields.slice(0, parents + 1)
  const length = ids[0]?.value.length
  if (ids.some(({ value }) => !isId(value) || value.length !== length)) return 'its ids are no ids'
  return brokenLines(fields, fixed)
}

function tagFacts(fields: readonly HeaderField[]): TagFacts | undefined {
  const [object, type, name, tagger] = fields
  const names = fields.map((field) => field.name)
  if (object === undefined || type === undefined || name === undefined) return undefined
  if (names.slice(0, 3).join(' ') !== 'object type tag' || !isId(object.value)) return undefined
  if (tagger !== undefined && tagger.name !== 'tagger') return undefined
  if (new Set(names).size < names.length || brokenLines(fields, names) !== undefined) return undefined
  return { object: object.value, type: type.value, name: name.value }
}

/** The object without these fields. */
function without(bytes: Buffer, fields: readonly HeaderField[]): Uint8Array {
  const parts: Buffer[] = []
  let from = 0
  for (const { start, end } of fields) {
    parts.push(bytes.subarray(from, start))
    from = end
  }
  return Buffer.concat([...parts, bytes.subarray(from)])
}

/** The lines of a field, without the space that each but the first begins with. */
const unfold = (text: string, { name, start, end }: HeaderField): string =>
  text.slice(start + name.length + 1, end - 1).replaceAll('\n ', '\n')
