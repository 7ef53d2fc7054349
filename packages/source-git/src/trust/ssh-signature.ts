import { hash, verify } from 'node:crypto'
import { dearmour } from './armour.ts'
import { sshFields, sshNumber, sshString } from './ssh-fields.ts'
import { type NoSshKey, type SshKey, sshKeyOf } from './ssh-key.ts'

/** What checking an SSH signature has found: who made it, or why it is none. */
export type SshSigned =
  | { readonly kind: 'good'; readonly blob: Buffer; readonly key: SshKey }
  /** It may be a signature, by a key that cannot be used. */
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'bad'; readonly reason: string }

const magic = Buffer.from('SSHSIG')
/** What Git's signatures are made for: one that was made to sign in somewhere, or for a file, is none. */
const namespace = 'git'

/**
 * Checks a signature in the format of `ssh-keygen -Y sign` (OpenSSH's PROTOCOL.sshsig) over a payload, with the key that
 * stands in it. Whether that key is trusted is another question.
 */
export function checkSshSignature(payload: Uint8Array, armoured: string): SshSigned {
  const bytes = dearmour(armoured, 'SSH SIGNATURE')
  if (bytes === undefined)
    return { kind: 'bad', reason: 'the signature is no SSH signature from begin to end' }
  if (!bytes.subarray(0, magic.length).equals(magic)) {
    return { kind: 'bad', reason: 'the signature is malformed' }
  }
  const [version, blob, space, reserved, hashName, signature] =
    sshFields(bytes.subarray(magic.length), 'usssss') ?? []
  if (!version || !blob || !space || !reserved || !hashName || !signature) {
    return { kind: 'bad', reason: 'the signature is malformed' }
  }
  if (version.readUInt32BE(0) !== 1) return { kind: 'bad', reason: 'the signature has an unknown version' }
  if (space.toString('latin1') !== namespace) {
    return { kind: 'bad', reason: 'the signature was made for something other than Git' }
  }
  const digestName = hashName.toString('latin1')
  if (digestName !== 'sha256' && digestName !== 'sha512') {
    return { kind: 'bad', reason: 'the signature is over a weak or unknown digest' }
  }
  const key = sshKeyOf(blob)
  if (isNoKey(key)) return { kind: 'unusable', reason: key.reason }
  const digest = hash(digestName, payload, 'buffer')
  const signed = Buffer.concat([magic, ...[space, reserved, hashName, digest].map(sshString)])
  const reason = whyNotSigned(signed, signature, key)
  return reason === undefined ? { kind: 'good', blob, key } : { kind: 'bad', reason }
}

const isNoKey = (key: SshKey | NoSshKey): key is NoSshKey => 'reason' in key

/** Someone touched the token when it signed. */
const userPresent = 1

function whyNotSigned(signed: Buffer, signature: Buffer, key: SshKey): string | undefined {
  const { application } = key
  const fields = sshFields(signature, application === undefined ? 'ss' : 'ssbu')
  const [algorithm, value, flags, counter] = fields ?? []
  if (algorithm === undefined || value === undefined) return 'the signature is malformed'
  const scheme = schemes[algorithm.toString('latin1')]
  if (scheme === undefined || scheme.keyType !== key.type) {
    return 'the signature was made with a weak or unknown algorithm, or one of another kind of key'
  }
  const raw = scheme.valueOf(value, key)
  if (raw === undefined) return 'the signature is malformed'
  if (application === undefined || flags === undefined || counter === undefined) {
    return isSigned(scheme, signed, key, raw) ? undefined : doesNotFit
  }
  if (((flags[0] ?? 0) & userPresent) === 0) return 'the security token signed without being touched'
  const onToken = Buffer.concat([
    hash('sha256', application, 'buffer'),
    flags,
    counter,
    hash('sha256', signed, 'buffer'),
  ])
  return isSigned(scheme, onToken, key, raw) ? undefined : doesNotFit
}

const doesNotFit = 'the signature does not fit the content'

const isSigned = ({ digest }: Scheme, data: Buffer, { key }: SshKey, signature: Buffer): boolean =>
  verify(digest, data, { key, dsaEncoding: 'ieee-p1363' }, signature)

interface Scheme {
  readonly keyType: string
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  /** The signature as node:crypto wants it. */
  readonly valueOf: (value: Buffer, key: SshKey) => Buffer | undefined
}

const ed25519Value = (value: Buffer): Buffer | undefined => (value.length === 64 ? value : undefined)

const ecdsaValue =
  (bytes: number) =>
  (value: Buffer): Buffer | undefined => {
    const [r, s] = (sshFields(value, 'ss') ?? []).map((number) => sshNumber(number, bytes))
    return r && s && Buffer.concat([r, s])
  }

/** As long as the modulus. OpenSSH leaves leading zeros out. */
function rsaValue(value: Buffer, { key }: SshKey): Buffer | undefined {
  const bytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
  return value.length > bytes ? undefined : Buffer.concat([Buffer.alloc(bytes - value.length), value])
}

/** By the name of the algorithm. `ssh-rsa` is not among them: it is RSA over SHA-1. */
const schemes: Readonly<Record<string, Scheme>> = {
  'ssh-ed25519': { keyType: 'ssh-ed25519', digest: null, valueOf: ed25519Value },
  'rsa-sha2-256': { keyType: 'ssh-rsa', digest: 'sha256', valueOf: rsaValue },
  'rsa-sha2-512': { keyType: 'ssh-rsa', digest: 'sha512', valueOf: rsaValue },
  'ecdsa-sha2-nistp256': { keyType: 'ecdsa-sha2-nistp256', digest: 'sha256', valueOf: ecdsaValue(32) },
  'ecdsa-sha2-nistp384': { keyType: 'ecdsa-sha2-nistp384', digest: 'sha384', valueOf: ecdsaValue(48) },
  'ecdsa-sha2-nistp521': { keyType: 'ecdsa-sha2-nistp521', digest: 'sha512', valueOf: ecdsaValue(66) },
  'sk-ssh-ed25519@openssh.com': {
    keyType: 'sk-ssh-ed25519@openssh.com',
    digest: null,
    valueOf: ed25519Value,
  },
  'sk-ecdsa-sha2-nistp256@openssh.com': {
    keyType: 'sk-ecdsa-sha2-nistp256@openssh.com',
    digest: 'sha256',
    valueOf: ecdsaValue(32),
  },
}
