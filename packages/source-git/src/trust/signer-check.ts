import type { Verification } from '@mooring/core'
import { type AllowedSigner, allowedSigners } from './allowed-signers.ts'
import { isArmoured } from './armour.ts'
import { type LoadOpenPgp, openPgpCheck } from './openpgp-check.ts'
import { checkSshSignature } from './ssh-signature.ts'
import { type TrustedKeys, textsOf } from './trusted-keys.ts'

/**
 * Says what is known of a signature over a payload, `now` being the moment at which keys have to be valid: the time that
 * stands in a commit is whatever its author, or a thief of an old key, has put there.
 */
export type SignerCheck = (payload: Uint8Array, signature: string, now: number) => Promise<Verification>

/**
 * Checks signatures against trusted keys, which are read once. Throws `INVALID_OPTION` for keys that are not understood; the
 * check throws `OPENPGP_MISSING`, and `INVALID_OPTION` for OpenPGP keys that cannot be read.
 */
export function signerCheck(trusted: TrustedKeys, load?: LoadOpenPgp): SignerCheck {
  const signers = allowedSigners(textsOf(trusted.ssh))
  const checkOpenPgp = openPgpCheck(textsOf(trusted.openpgp), load)
  return async (payload, signature, now) => {
    if (signature.startsWith('-----BEGIN SSH SIGNATURE-----')) {
      return checkSsh(payload, signature, { signers, now })
    }
    if (signature.startsWith('-----BEGIN PGP SIGNATURE-----')) {
      if (isArmoured(signature, 'PGP SIGNATURE')) return checkOpenPgp(payload, signature, now)
      return { outcome: 'invalid', reason: 'the signature is no OpenPGP signature from begin to end' }
    }
    if (signature.startsWith('-----BEGIN SIGNED MESSAGE-----')) {
      return { outcome: 'untrusted', reason: 'it is signed with X.509, which is not supported' }
    }
    return { outcome: 'invalid', reason: 'the signature is of an unknown kind' }
  }
}

function checkSsh(
  payload: Uint8Array,
  signature: string,
  { signers, now }: { readonly signers: readonly AllowedSigner[]; readonly now: number },
): Verification {
  const checked = checkSshSignature(payload, signature)
  if (checked.kind === 'bad') return { outcome: 'invalid', reason: checked.reason }
  if (checked.kind === 'unusable') return { outcome: 'untrusted', reason: checked.reason }
  const { blob, key } = checked
  const listed = signers.filter((signer) => signer.blob.equals(blob))
  const good = listed.find((signer) => whyNotNow(signer, now) === undefined)
  if (good !== undefined) return { outcome: 'verified', signer: good.name }
  const [first] = listed
  if (first === undefined) {
    return {
      outcome: 'untrusted',
      signer: key.fingerprint,
      reason: 'its key is not on the list of trusted keys',
    }
  }
  return { outcome: 'untrusted', signer: first.name, reason: whyNotNow(first, now) ?? '' }
}

function whyNotNow(signer: AllowedSigner, now: number): string | undefined {
  const { namespaces, validAfter, validBefore } = signer
  if (now < validAfter) return `its key is valid from ${new Date(validAfter).toISOString()} only`
  if (now > validBefore) return `its key was valid until ${new Date(validBefore).toISOString()}`
  return namespaces === undefined || matchesList('git', namespaces)
    ? undefined
    : 'its key is not trusted for Git'
}

/** OpenSSH's pattern lists (ssh_config(5), PATTERNS): a match behind `!` outweighs all others. */
function matchesList(text: string, patterns: readonly string[]): boolean {
  const matches = (pattern: string): boolean =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
    ).test(text)
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern))
}
