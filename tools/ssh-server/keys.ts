import { generateKeyPairSync } from 'node:crypto'

/** A pair of keys as OpenSSH reads them. */
export interface SshKeys {
  /** PEM. */
  readonly privateKey: string
  /** `ecdsa-sha2-nistp256 AAAA…` */
  readonly publicKey: string
}

/** Makes a pair of keys. */
export function sshKeys(): SshKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  const type = 'ecdsa-sha2-nistp256'
  const blob = Buffer.concat([Buffer.from(type), Buffer.from('nistp256'), point].map(sized))
  return {
    privateKey: privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
    publicKey: `${type} ${blob.toString('base64')}`,
  }
}

/** Behind its length (RFC 4251, string). */
function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
