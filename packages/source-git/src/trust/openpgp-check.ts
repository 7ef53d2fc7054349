import { MooringError, type Verification } from '@mooring/core'
import type * as OpenPgp from 'openpgp'
import { invalidOption } from '../options/invalid-option.ts'
import type { SignerCheck } from './signer-check.ts'

/** Gives the package `openpgp`. */
export type LoadOpenPgp = () => Promise<typeof OpenPgp>

/** How far the clock of whoever signs may be ahead of ours. */
const maxAheadMs = 300_000

/**
 * Checks OpenPGP signatures with the package `openpgp`, which is loaded at the first one. Digests and keys that it takes for
 * weak (MD5, SHA-1, RSA below 2047 bits) are refused by it.
 */
export function openPgpCheck(
  armoured: readonly string[],
  load: LoadOpenPgp = () => import('openpgp'),
): SignerCheck {
  const blocks = blocksOf(armoured)
  let loading: Promise<Loaded> | undefined
  const loaded = (): Promise<Loaded> => {
    loading ??= readAll(blocks, load)
    loading.catch(() => {
      loading = undefined
    })
    return loading
  }
  return async (payload, signature, now) => {
    if (blocks.length === 0) {
      return { outcome: 'untrusted', reason: 'it is signed with OpenPGP, and no OpenPGP key is trusted' }
    }
    return check(await loaded(), { payload, signature, now })
  }
}

interface Loaded {
  readonly openpgp: typeof OpenPgp
  readonly keys: readonly OpenPgp.Key[]
}

const block = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g

function blocksOf(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => {
    const blocks = typeof text === 'string' ? (text.match(block) ?? []) : []
    if (blocks.length > 0 && !/-----BEGIN PGP (?!PUBLIC)/.test(text)) return blocks
    throw invalidOption(
      'trusted.openpgp',
      'armoured public keys, which begin with -----BEGIN PGP PUBLIC KEY BLOCK-----',
      'a text has none, or something else too',
      '`gpg --armor --export <address>` prints one.',
    )
  })
}

async function readAll(blocks: readonly string[], load: LoadOpenPgp): Promise<Loaded> {
  const openpgp = await load().catch((cause: unknown) => {
    throw new MooringError({
      code: 'OPENPGP_MISSING',
      kind: 'permanent',
      message: 'Expected package openpgp, to check an OpenPGP signature, found that it cannot be loaded',
      hint: 'Install `openpgp` (version 6.3 or later) beside @mooring/source-git, or sign with SSH keys, which need no package.',
      cause,
    })
  })
  try {
    const keys = await Promise.all(blocks.map((armoredKeys) => openpgp.readKeys({ armoredKeys })))
    return { openpgp, keys: keys.flat() }
  } catch {
    throw invalidOption('trusted.openpgp', 'armoured public keys', 'one of them cannot be read')
  }
}

interface Signed {
  readonly payload: Uint8Array
  readonly signature: string
  readonly now: number
}

async function check({ openpgp, keys }: Loaded, { payload, signature, now }: Signed): Promise<Verification> {
  const read = await openpgp.readSignature({ armoredSignature: signature }).catch(() => undefined)
  const [packet, ...others] = read?.packets ?? []
  if (read === undefined || packet === undefined || others.length > 0) {
    return { outcome: 'invalid', reason: 'the signature is malformed, or more than one' }
  }
  // Signatures over text do not care for the kind of line breaks: other bytes would pass for the same.
  if (packet.signatureType !== openpgp.enums.signature.binary) {
    return { outcome: 'invalid', reason: 'the signature is not one over bytes' }
  }
  const keyId = packet.issuerKeyID
  const named = keys.filter((key) => key.getKeys(keyId).length > 0)
  const [owner] = named
  if (owner === undefined) {
    return {
      outcome: 'untrusted',
      signer: keyId.toHex(),
      reason: 'its key is not on the list of trusted keys',
    }
  }
  const signer = signerOf(owner)
  const usable = await keptUsable(named, keyId, now)
  if (usable.length === 0) {
    return { outcome: 'untrusted', signer, reason: 'its key has expired, was revoked, or is not for signing' }
  }
  const message = await openpgp.createMessage({ binary: payload })
  try {
    const { signatures } = await openpgp.verify({
      message,
      signature: read,
      verificationKeys: usable.map((key) => key.toPublic()),
      format: 'binary',
      date: new Date(now + maxAheadMs),
    })
    const [one] = signatures
    if (signatures.length === 1 && (await one?.verified) === true) return { outcome: 'verified', signer }
  } catch {
    // What the package says of it would repeat what stands in the signature.
  }
  return { outcome: 'invalid', signer, reason: 'the signature does not fit the content, or is a weak one' }
}

/** Those keys of which the part that signed is valid right now, and not only when the signature says it was made. */
async function keptUsable(
  keys: readonly OpenPgp.Key[],
  keyId: OpenPgp.KeyID,
  now: number,
): Promise<readonly OpenPgp.Key[]> {
  const usable: OpenPgp.Key[] = []
  for (const key of keys) {
    const isUsable = await key.getSigningKey(keyId, new Date(now)).then(
      () => true,
      () => false,
    )
    if (isUsable) usable.push(key)
  }
  return usable
}

const signerOf = (key: OpenPgp.Key): string =>
  (key.getUserIDs()[0] ?? '').replace(/\p{Cc}/gu, '') || key.getFingerprint().toUpperCase()
