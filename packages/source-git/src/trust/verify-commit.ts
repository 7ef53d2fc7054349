import { MooringError, type Verification } from '@mooring/core'
import { checkCommit, checkTag } from './check-object.ts'
import { signedCommit } from './signed-object.ts'
import { signerCheck } from './signer-check.ts'
import type { TrustedKeys } from './trusted-keys.ts'

/** What {@link verifyCommit} looks at. */
export interface CommitToVerify {
  /** The commit as Git stores it, byte for byte: what `git cat-file commit <id>` prints. */
  readonly raw: Uint8Array
  /**
   * The armoured signature, where it comes apart from the commit, as from a forge's API. `raw` is then the payload.
   * Default: the one in the commit.
   */
  readonly signature?: string
  readonly trusted: TrustedKeys
  /** When keys have to be valid, in milliseconds since the epoch. Default: now. */
  readonly now?: number
}

/**
 * What is known of a commit's signature. Made by SSH keys, with nothing but node:crypto, or OpenPGP keys, with the package
 * `openpgp`. Works on the bytes as they are: no encoding, line break or odd field is put right on the way. The id is not
 * looked at: compare it with the bytes before.
 *
 * Throws `INVALID_OPTION` for bytes that are none and trusted keys that are not understood, and `OPENPGP_MISSING`. Whatever stands in the commit is an
 * outcome, never an error.
 */
export async function verifyCommit({ raw, signature, trusted, now }: CommitToVerify): Promise<Verification> {
  checkBytes(raw)
  const check = signerCheck(trusted)
  const at = now ?? Date.now()
  if (signature === undefined) return checkCommit(check, raw, at)
  if (signedCommit(raw).state === 'unsigned') return check(raw, signature, at)
  return { outcome: 'invalid', reason: 'it has a signature of its own beside the one given' }
}

/** As text it would have lost the bytes that are no UTF-8, and with them what was signed. */
function checkBytes(raw: unknown): void {
  if (raw instanceof Uint8Array) return
  throw new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: 'Expected option raw to be the bytes of a Git object (a Uint8Array), found something else',
    hint: 'Give what `git cat-file` prints as bytes, without decoding it.',
  })
}

/** What {@link verifyTag} looks at. */
export interface TagToVerify {
  /** The tag object as Git stores it: what `git cat-file tag <name>` prints. */
  readonly raw: Uint8Array
  readonly trusted: TrustedKeys
  /** The commit it has to lead to. Default any. */
  readonly commit?: string
  /**
   * The name it has to have, such as `v1.2.0`. Default any: a server may then pass off an old signed tag as a new one, under
   * another name.
   */
  readonly name?: string
  /** As in {@link CommitToVerify}. */
  readonly now?: number
}

/** What is known of an annotated tag's signature. Throws as {@link verifyCommit} does. */
export async function verifyTag({ raw, trusted, now, ...expected }: TagToVerify): Promise<Verification> {
  checkBytes(raw)
  return checkTag(signerCheck(trusted), raw, expected, now ?? Date.now())
}
