import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

/** Somebody who signs certificates of clients. */
export interface Authority {
  /** Its own certificate, PEM. */
  readonly certificate: string
  /** A certificate for a user: Kubernetes takes the common name for the user's, organizations for groups. Valid for a day. */
  readonly sign: (user: { readonly name: string; readonly groups: readonly string[] }) => Certificate
  /** A certificate for a server, for these names and IPv4 addresses. Valid for a day. */
  readonly signServer: (names: readonly string[]) => Certificate
}

/** Makes an authority. Node signs but writes no certificates, so the few fields that count are written here (RFC 5280). */
export function certificateAuthority(name: string): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = nameOf([[commonName, name]])
  const certificateOf = (subject: Buffer, of: KeyObject, extensions: readonly Buffer[]): string =>
    signed({ issuer, subject, publicKey: of, extensions }, privateKey)
  const certified = (subject: Buffer, extensions: readonly Buffer[]): Certificate => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return {
      certificate: certificateOf(subject, pair.publicKey, extensions),
      key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }
  }
  return {
    certificate: certificateOf(issuer, publicKey, [
      sequence(oid(2, 5, 29, 19), boolean, octets(sequence(boolean))), // basicConstraints, critical: an authority
    ]),
    sign: ({ name, groups }) => {
      const subject = nameOf([...groups.map((group) => [organization, group] as const), [commonName, name]])
      return certified(subject, [
        sequence(oid(2, 5, 29, 37), octets(sequence(oid(1, 3, 6, 1, 5, 5, 7, 3, 2)))),
      ])
    },
    signServer: (names) =>
      certified(nameOf([[commonName, names[0] ?? '']]), [
        sequence(oid(2, 5, 29, 37), octets(sequence(oid(1, 3, 6, 1, 5, 5, 7, 3, 1)))),
        sequence(oid(2, 5, 29, 17), octets(sequence(...names.map(alternativeName)))),
      ]),
  }
}

function signed(
  content: {
    readonly issuer: Buffer
    readonly subject: Buffer
    readonly publicKey: KeyObject
    readonly extensions: readonly Buffer[]
  },
  key: KeyObject,
): string {
  const algorithm = sequence(oid(1, 2, 840, 10045, 4, 3, 2)) // ecdsa-with-SHA256
  const now = Date.now()
  const validity = sequence(time(now - 3_600_000), time(now + 86_400_000))
  const unsigned = sequence(
    tagged(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    content.issuer,
    validity,
    content.subject,
    content.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...content.extensions)),
  )
  const der = sequence(unsigned, algorithm, tagged(0x03, Buffer.from([0]), sign('sha256', unsigned, key)))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** An ASN.1 value in DER: its tag, its length, its content. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts)
const octets = (content: Buffer): Buffer => tagged(0x04, content)
const integer = (content: Buffer): Buffer => tagged(0x02, content)
const boolean = tagged(0x01, Buffer.from([255]))

const time = (at: number): Buffer =>
  tagged(0x18, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')}`))

function oid(first: number, second: number, ...rest: readonly number[]): Buffer {
  const bytes = [first * 40 + second, ...rest].flatMap((value) => {
    const groups = [value & 127]
    for (let left = value >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128)
    return groups
  })
  return tagged(0x06, Buffer.from(bytes))
}

const alternativeName = (name: string): Buffer =>
  /^[\d.]+$/.test(name)
    ? tagged(0x87, Buffer.from(name.split('.').map(Number)))
    : tagged(0x82, Buffer.from(name))

const commonName = oid(2, 5, 4, 3)
const organization = oid(2, 5, 4, 10)

const nameOf = (attributes: readonly (readonly [type: Buffer, value: string])[]): Buffer =>
  sequence(
    ...attributes.map(([type, value]) => tagged(0x31, sequence(type, tagged(0x0c, Buffer.from(value))))),
  )
