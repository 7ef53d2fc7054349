import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate with its key, both PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly name: string
  readonly privateKey: KeyObject
}

/** What a certificate says. */
export interface CertificateOptions {
  readonly commonName: string
  readonly organization?: string
  /** Who signs it. Default: itself, as an authority does. */
  readonly issuer?: Certificate
  /** IPv4 addresses it is for. */
  readonly addresses?: readonly string[]
  readonly notAfter?: Date
}

/** Makes a certificate (X.509 v3, ECDSA on P-256), because Node can only read them. */
export function certificate(options: CertificateOptions): Certificate {
  const { commonName, issuer, addresses = [], notAfter = new Date(Date.now() + 86_400_000) } = options
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'))
  const subject = nameOf(options)
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, ...randomBytes(8)])),
    algorithm,
    issuer === undefined ? subject : nameOf({ commonName: issuer.name }),
    sequence(time(new Date(notAfter.getTime() - 2 * 86_400_000)), time(notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...(issuer === undefined ? [authority()] : []), ...subjectNames(addresses))),
  )
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey)
  const whole = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature))
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name: commonName,
    privateKey,
  }
}

const authority = (): Buffer =>
  sequence(
    oid('2.5.29.19'),
    der(0x01, Buffer.from([0xff])),
    der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
  )

const subjectNames = (addresses: readonly string[]): readonly Buffer[] =>
  addresses.length === 0
    ? []
    : [
        sequence(
          oid('2.5.29.17'),
          der(
            0x04,
            sequence(...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number))))),
          ),
        ),
      ]

const nameOf = ({
  commonName,
  organization,
}: Pick<CertificateOptions, 'commonName' | 'organization'>): Buffer =>
  sequence(
    ...(organization === undefined ? [] : [attribute('2.5.4.10', organization)]),
    attribute('2.5.4.3', commonName),
  )

const attribute = (type: string, value: string): Buffer =>
  der(0x31, sequence(oid(type), der(0x0c, Buffer.from(value))))

const time = (date: Date): Buffer =>
  der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = rest.flatMap((part) => {
    const digits = [part & 0x7f]
    for (let left = part >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
    return digits
  })
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]))
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
