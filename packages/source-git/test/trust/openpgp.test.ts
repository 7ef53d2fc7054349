import * as openpgp from 'openpgp'
import { describe, expect, test } from 'vitest'
import { verifyCommit, verifyTag } from '../../src/index.ts'
import { openPgpCheck } from '../../src/trust/openpgp-check.ts'
import { errorOf } from '../scene.ts'

// Made by GnuPG 2.2.40 and Git 2.39.5.
const gpgKey = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawHiIxYJKwYBBAHaRw8BAQdAsXstfTg/hIvKnFUGIbR7BYfNaiFPYd5Jgm1x
JvqvM/C0GkFkYSBUZXN0IDxhZGFAZXhhbXBsZS5jb20+iJAEExYIADgWIQQQfbgi
EaHLMih/hPcKHxtwjkatRAUCawHiIwIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIX
gAAKCRAKHxtwjkatRGygAP42/SFD6hoYkb5VisGvQt4eLYZkaAiaFK/rGWVHSy/p
egEAoW8pexFqpc0N0lwnCiD8f/Fn+pJJGbP094FXaz2UuwI=
=rcjX
-----END PGP PUBLIC KEY BLOCK-----
`
const gpgCommit = Buffer.from(`tree c49897f29f9819a0ab6850d7e22443508a1a29d5
author Ada <ada@example.com> 1795285539 +0000
committer Ada <ada@example.com> 1795285539 +0000
gpgsig -----BEGIN PGP SIGNATURE-----
 
 iHUEABYIAB0WIQQQfbgiEaHLMih/hPcKHxtwjkatRAUCawHiIwAKCRAKHxtwjkat
 ROo7AQDfcV7uGnSBNK1ybmeXA9+u+KEMd5GsD81PtK+UaDH9ggEAgP+6jAJundia
 AV2HaTFBXOWmatB3Q6b/RVUCRPE3SAk=
 =YpIP
 -----END PGP SIGNATURE-----

Signed by gpg
`)
/** Made with `--digest-algo SHA1`, which GnuPG 2.2 takes for good. */
const gpgSha1Signature = `-----BEGIN PGP SIGNATURE-----

iHUEABYCAB0WIQQQfbgiEaHLMih/hPcKHxtwjkatRAUCawHiJAAKCRAKHxtwjkat
RO35AP0fDU0GzdDShZcvXUOtnrhSimBSmSo4Nx9vc4oIiNNAvwD/TEb1E6IzH6xW
7DSr8GKrCF4D0XQqoPeJpX2+KxssKQk=
=X71+
-----END PGP SIGNATURE-----
`
const gpgNow = 1_795_285_599_000

const start = Date.UTC(2026, 0, 1)
const day = 86_400_000
const payload = Buffer.from(
  `tree ${'1'.repeat(40)}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nmessage\n`,
)

/** A key that is valid for 100 days from the start. */
const newKey = () =>
  openpgp.generateKey({
    userIDs: [{ name: 'Ada Test', email: 'ada@example.com' }],
    format: 'object',
    date: new Date(start),
    keyExpirationTime: (100 * day) / 1000,
  })

async function signatureOf(
  content: { readonly bytes: Uint8Array } | { readonly text: string },
  signingKeys: openpgp.PrivateKey | openpgp.PrivateKey[],
): Promise<string> {
  const message =
    'text' in content
      ? await openpgp.createMessage({ text: content.text })
      : await openpgp.createMessage({ binary: content.bytes })
  const date = new Date(start + day)
  return String(await openpgp.sign({ message, signingKeys, detached: true, date })).replaceAll('\r\n', '\n')
}

const signed = (signature: string): Buffer =>
  Buffer.from(
    payload.toString('latin1').replace('\n\n', `\ngpgsig ${signature.trimEnd().replaceAll('\n', '\n ')}\n\n`),
  )

describe('a commit signed with OpenPGP', () => {
  test('by GnuPG is verified', async () => {
    expect(await verifyCommit({ raw: gpgCommit, trusted: { openpgp: gpgKey }, now: gpgNow })).toEqual({
      outcome: 'verified',
      signer: 'Ada Test <ada@example.com>',
    })
  })

  test('by GnuPG and changed afterwards is invalid', async () => {
    const raw = Buffer.from(gpgCommit.toString().replace('by gpg', 'by gpt'))
    expect(await verifyCommit({ raw, trusted: { openpgp: gpgKey }, now: gpgNow })).toMatchObject({
      outcome: 'invalid',
    })
  })

  test('is verified by one key of several, as is a tag', async () => {
    const [ada, bob] = [await newKey(), await newKey()]
    const trusted = { openpgp: [gpgKey, `${bob.publicKey.armor()}\n${ada.publicKey.armor()}`] }
    const raw = signed(await signatureOf({ bytes: payload }, ada.privateKey))
    expect(await verifyCommit({ raw, trusted, now: start + 2 * day })).toMatchObject({ outcome: 'verified' })
    const tag = Buffer.from(`object ${'1'.repeat(40)}\ntype commit\ntag v1\ntagger A <a@b> 1 +0000\n\nv1\n`)
    const tagRaw = Buffer.concat([tag, Buffer.from(await signatureOf({ bytes: tag }, ada.privateKey))])
    expect(await verifyTag({ raw: tagRaw, trusted, now: start + 2 * day, name: 'v1' })).toMatchObject({
      outcome: 'verified',
    })
  })

  test('by a key on no list, or without any, is untrusted', async () => {
    const trusted = { openpgp: (await newKey()).publicKey.armor() }
    expect(await verifyCommit({ raw: gpgCommit, trusted, now: gpgNow })).toEqual({
      outcome: 'untrusted',
      signer: expect.stringMatching(/^[0-9a-f]{16}$/),
      reason: 'its key is not on the list of trusted keys',
    })
    expect(await verifyCommit({ raw: gpgCommit, trusted: {}, now: gpgNow })).toMatchObject({
      outcome: 'untrusted',
    })
  })

  test('counts for as long as its key is valid by our clock, whatever it says of its own time', async () => {
    const { privateKey, publicKey } = await newKey()
    const raw = signed(await signatureOf({ bytes: payload }, privateKey))
    const outcomeAt = async (now: number) =>
      (await verifyCommit({ raw, trusted: { openpgp: publicKey.armor() }, now })).outcome
    expect(await outcomeAt(start + 99 * day)).toBe('verified')
    expect(await outcomeAt(start + 101 * day)).toBe('untrusted')
    expect(await outcomeAt(start + day - 10 * 60_000)).toBe('invalid')
  })

  test('by a key that was revoked is untrusted', async () => {
    const { privateKey } = await newKey()
    const raw = signed(await signatureOf({ bytes: payload }, privateKey))
    const { publicKey } = await openpgp.revokeKey({
      key: privateKey,
      format: 'object',
      date: new Date(start + 2 * day),
    })
    const now = start + 3 * day
    expect(await verifyCommit({ raw, trusted: { openpgp: publicKey.armor() }, now })).toMatchObject({
      outcome: 'untrusted',
    })
  })

  test('over text, by two keys or with something behind it is invalid', async () => {
    const { privateKey, publicKey } = await newKey()
    const bytes = payload
    const good = await signatureOf({ bytes }, privateKey)
    const wrong = [
      await signatureOf({ text: payload.toString() }, privateKey),
      await signatureOf({ bytes }, [privateKey, (await newKey()).privateKey]),
      `${good.trimEnd()}\nevil`,
      `evil\n${good}`,
      `${good.trimEnd()}\n${good}`,
      good.replace('SIGNATURE-----', 'MESSAGE-----'),
      good.replace(/\n\n[\s\S]{8}/, '\n\nAAAAAAAA'),
    ]
    const trusted = { openpgp: publicKey.armor() }
    const now = start + 2 * day
    expect(await verifyCommit({ raw: signed(good), trusted, now })).toMatchObject({ outcome: 'verified' })
    for (const signature of wrong) {
      expect(await verifyCommit({ raw: signed(signature), trusted, now })).toMatchObject({
        outcome: 'invalid',
      })
    }
  })

  test('over SHA-1 is invalid, although GnuPG takes it', async () => {
    const text = gpgCommit.toString('latin1')
    const field = /gpgsig -----BEGIN[\s\S]*?-----END PGP SIGNATURE-----\n/.exec(text)?.[0] ?? ''
    const raw = Buffer.from(text.replace(field, ''), 'latin1')
    const trusted = { openpgp: gpgKey }
    const signature = field.slice('gpgsig '.length).replaceAll('\n ', '\n')
    expect(await verifyCommit({ raw, signature, trusted, now: gpgNow })).toMatchObject({
      outcome: 'verified',
    })
    expect(await verifyCommit({ raw, signature: gpgSha1Signature, trusted, now: gpgNow })).toMatchObject({
      outcome: 'invalid',
      signer: 'Ada Test <ada@example.com>',
    })
  })
})

describe('OpenPGP keys', () => {
  test('that are none are refused, private ones too, without repeating them', async () => {
    const { privateKey } = await newKey()
    for (const text of ['', 'ssh-ed25519 AAAA', privateKey.armor(), `${gpgKey}${privateKey.armor()}`]) {
      const error = await errorOf(verifyCommit({ raw: gpgCommit, trusted: { openpgp: text } }))
      expect(error.code).toBe('INVALID_OPTION')
      expect(error.message).not.toMatch(/AAAA|[a-zA-Z0-9+/]{40}/)
    }
  })

  test('that cannot be read are refused when they are needed', async () => {
    const broken = gpgKey.replace(/\n\n[\s\S]{26}/, `\n\n${'A'.repeat(26)}`)
    const error = await errorOf(verifyCommit({ raw: gpgCommit, trusted: { openpgp: broken } }))
    expect(error.code).toBe('INVALID_OPTION')
  })

  test('need the package, and only where such a signature is to be checked', async () => {
    const missing = new Error('Cannot find package')
    const check = openPgpCheck([gpgKey], () => Promise.reject(missing))
    const error = await errorOf(check(payload, 'signature', gpgNow))
    expect(error).toMatchObject({ code: 'OPENPGP_MISSING', kind: 'permanent', cause: missing })
    expect(await openPgpCheck([], () => Promise.reject(missing))(payload, '', 0)).toMatchObject({
      outcome: 'untrusted',
    })
  })
})
