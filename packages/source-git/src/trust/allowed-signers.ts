import { plain } from '../objects/plain.ts'
import { invalidOption } from '../options/invalid-option.ts'
import { isBase64 } from './armour.ts'
import { isKeyType, type SshKey, sshKeyOf } from './ssh-key.ts'

/** One line of a list of trusted SSH keys. */
export interface AllowedSigner {
  /** Who it is: the principals of the line, else the comment of the key, else its fingerprint. */
  readonly name: string
  /** The key as it stands in signatures. */
  readonly blob: Buffer
  /** Undefined: any. Else patterns, as in the option `namespaces`. */
  readonly namespaces: readonly string[] | undefined
  /** First and last moment at which it is valid, in milliseconds since the epoch. */
  readonly validAfter: number
  readonly validBefore: number
}

/** Reads lists of trusted SSH keys. Throws `INVALID_OPTION`, with the line, for anything that is not understood. */
export function allowedSigners(texts: readonly string[]): readonly AllowedSigner[] {
  const signers: AllowedSigner[] = []
  for (const text of texts) {
    if (typeof text !== 'string') throw invalidOption('trusted.ssh', 'a text, or a list of texts')
    for (const [at, line] of text.split(/\r?\n/).entries()) {
      const content = line.trim()
      if (content !== '' && !content.startsWith('#')) signers.push(signerOf(content, at + 1))
    }
  }
  return signers
}

function signerOf(line: string, number: number): AllowedSigner {
  const refuse = (found: string): Error =>
    invalidOption(
      'trusted.ssh',
      'lines of an allowed signers file, or public keys',
      `line ${number} is neither: ${found}`,
      'Compare with ssh-keygen(1), ALLOWED SIGNERS. Public keys only: `ssh-keygen -y` gives one of a private key.',
    )
  const words = wordsOf(line)
  if (words === undefined) throw refuse('a quotation mark is not closed')
  if (line.startsWith('-----BEGIN')) throw refuse('it begins an armoured key')
  const keyAt = [0, 1, 2].find((at) => isKeyType(words[at] ?? ''))
  if (keyAt === undefined) throw refuse('it has no key')
  const key = sshKeyIn(words[keyAt] ?? '', words[keyAt + 1] ?? '')
  if ('reason' in key) throw refuse(key.reason)
  const options = keyAt === 2 ? optionsOf(words[1] ?? '') : {}
  if ('reason' in options) throw refuse(options.reason)
  const named = keyAt === 0 ? words.slice(2).join(' ') : unquote(words[0] ?? '')
  if (keyAt > 0 && named.split(',').every((principal) => /^!?$|^!/.test(principal.trim())))
    throw refuse('its principals say only who it is not for, so that it is for nobody')
  return {
    name: plain(named) || key.fingerprint,
    blob: key.blob,
    namespaces: undefined,
    validAfter: Number.NEGATIVE_INFINITY,
    validBefore: Number.POSITIVE_INFINITY,
    ...options,
  }
}

function sshKeyIn(
  type: string,
  base64: string,
): (SshKey & { readonly blob: Buffer }) | { readonly reason: string } {
  if (!isBase64(base64)) return { reason: 'its key is no base64' }
  const blob = Buffer.from(base64, 'base64')
  const key = sshKeyOf(blob)
  if ('reason' in key) return key
  return key.type === type ? { ...key, blob } : { reason: `its key is not of type ${type}` }
}

type Options = Partial<Pick<AllowedSigner, 'namespaces' | 'validAfter' | 'validBefore'>>

/** The options of a line. Their names count in any case, as in OpenSSH. */
function optionsOf(text: string): Options | { readonly reason: string } {
  let options: Options = {}
  for (const option of separated(text, ',')) {
    const [name = '', ...rest] = option.split('=')
    const value = unquote(rest.join('='))
    const given = optionOf(name.toLowerCase(), value)
    if ('reason' in given) return given
    options = { ...options, ...given }
  }
  return options
}

function optionOf(name: string, value: string): Options | { readonly reason: string } {
  switch (name) {
    case 'namespaces':
      return { namespaces: value.split(',').map((pattern) => pattern.trim()) }
    case 'valid-after':
    case 'valid-before': {
      const at = momentOf(value)
      if (at === undefined) return { reason: `${name} is no time such as 20270101 or 202701011200Z` }
      return name === 'valid-after' ? { validAfter: at } : { validBefore: at }
    }
    case 'cert-authority':
      return { reason: 'certificates are not supported, list the keys themselves' }
    default:
      return { reason: 'it has an unknown option' }
  }
}

/** `YYYYMMDD[HHMM[SS]][Z]`. Without Z it is local time, as in OpenSSH. */
function momentOf(text: string): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z)?$/i.exec(text)
  if (found === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  // The 31st of February is no day, and Date makes another one of it.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || date.getUTCHours() !== hour)
    return undefined
  return found[7] === undefined
    ? new Date(year, month - 1, day, hour, minute, second).getTime()
    : date.getTime()
}

const wordsOf = (line: string): readonly string[] | undefined =>
  (line.match(/"/g) ?? []).length % 2 === 0
    ? separated(line.replaceAll('\t', ' '), ' ').filter((word) => word !== '')
    : undefined

/** Parts between separators that stand outside of quotation marks. */
function separated(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let isQuoted = false
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted
    if (text[at] !== separator || isQuoted) continue
    parts.push(text.slice(from, at))
    from = at + 1
  }
  return [...parts, text.slice(from)]
}

const unquote = (text: string): string => text.replaceAll('"', '')
