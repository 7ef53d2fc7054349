import { createPublicKey, hash, type JsonWebKey, type KeyObject } from 'node:crypto'
import { sshFields, sshNumber } from './ssh-fields.ts'

/** A public key as OpenSSH writes it. */
export interface SshKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, … */
  readonly type: string
  readonly key: KeyObject
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
  /** Of a key on a security token: the application it was made for, which its signatures name. */
  readonly application?: Buffer
}

/** Why bytes are no key to check signatures with. */
export interface NoSshKey {
  readonly reason: string
}

/** Below this, RSA is not accepted: as OpenSSH and Git forges have it. */
const minRsaBits = 2048
/** Beyond this a signature costs more to check than it is worth. OpenSSH's own limit. */
const maxRsaBits = 16_384

/** Reads the bytes of a public key. */
export function sshKeyOf(blob: Buffer): SshKey | NoSshKey {
  const type = typeOf(blob)
  const read = type === undefined ? undefined : readers[type]
  if (type === undefined || read === undefined) {
    return { reason: `keys of type ${printableType(type)} are not supported` }
  }
  const found = read(blob)
  if (found === undefined) return { reason: 'the key is malformed' }
  if ('reason' in found) return found
  const { jwk, ...more } = found
  try {
    return {
      type,
      fingerprint: fingerprintOf(blob),
      key: createPublicKey({ key: jwk, format: 'jwk' }),
      ...more,
    }
  } catch {
    // A point that is not on its curve, for one.
    return { reason: 'the key is malformed' }
  }
}

/** Whether a word names a type of key, supported or not. */
export const isKeyType = (word: string): boolean =>
  /^(?:ssh-(?:ed25519|ed448|rsa|dss)|ecdsa-sha2-nistp\d+|sk-[a-z0-9-]+@openssh\.com|[a-z0-9-]+-cert-v\d\d@openssh\.com)$/.test(
    word,
  )

type Read = { readonly jwk: JsonWebKey; readonly application?: Buffer } | NoSshKey | undefined

const readers: Readonly<Record<string, (blob: Buffer) => Read>> = {
  'ssh-ed25519': (blob) => ed25519(sshFields(blob, 'ss')?.[1]),
  'ssh-rsa': rsa,
  'ecdsa-sha2-nistp256': (blob) => ecdsa(sshFields(blob, 'sss'), 'nistp256'),
  'ecdsa-sha2-nistp384': (blob) => ecdsa(sshFields(blob, 'sss'), 'nistp384'),
  'ecdsa-sha2-nistp521': (blob) => ecdsa(sshFields(blob, 'sss'), 'nistp521'),
  'sk-ssh-ed25519@openssh.com': (blob) => {
    const [, point, application] = sshFields(blob, 'sss') ?? []
    return onToken(ed25519(point), application)
  },
  'sk-ecdsa-sha2-nistp256@openssh.com': (blob) => {
    const fields = sshFields(blob, 'ssss')
    return onToken(ecdsa(fields, 'nistp256'), fields?.[3])
  },
}

const ed25519 = (point: Buffer | undefined): Read =>
  point?.length === 32 ? { jwk: { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') } } : undefined

const curves = {
  nistp256: { crv: 'P-256', bytes: 32 },
  nistp384: { crv: 'P-384', bytes: 48 },
  nistp521: { crv: 'P-521', bytes: 66 },
} as const

function ecdsa(fields: readonly Buffer[] | undefined, curve: keyof typeof curves): Read {
  const [, name, point] = fields ?? []
  const { crv, bytes } = curves[curve]
  if (name?.toString('latin1') !== curve || point?.length !== 1 + 2 * bytes || point[0] !== 4)
    return undefined
  const x = point.toString('base64url', 1, 1 + bytes)
  return { jwk: { kty: 'EC', crv, x, y: point.toString('base64url', 1 + bytes) } }
}

function rsa(blob: Buffer): Read {
  const [, exponent, modulus] = sshFields(blob, 'sss') ?? []
  const e = exponent && sshNumber(exponent)
  const n = modulus && sshNumber(modulus)
  if (e === undefined || n === undefined) return undefined
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24
  if (bits < minRsaBits) return { reason: `RSA keys of ${bits} bits are too weak: it takes ${minRsaBits}` }
  if (bits > maxRsaBits) return { reason: `RSA keys of ${bits} bits are too large: ${maxRsaBits} are enough` }
  return { jwk: { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') } }
}

const onToken = (read: Read, application: Buffer | undefined): Read =>
  read === undefined || 'reason' in read || application === undefined ? read : { ...read, application }

function typeOf(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined
  return blob.toString('latin1', 4, 4 + Math.min(blob.readUInt32BE(0), 64))
}

/** Fit for messages: what names a type comes from whoever made the signature. */
const printableType = (type: string | undefined): string =>
  type !== undefined && /^[A-Za-z0-9@.-]{1,64}$/.test(type) ? type : 'unknown'

const fingerprintOf = (blob: Buffer): string => `SHA256:${hash('sha256', blob, 'base64').replace(/=+$/, '')}`
