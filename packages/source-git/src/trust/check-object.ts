import type { Verification } from '@mooring/core'
import { type SignedObject, signedCommit, signedTag, type TagFacts } from './signed-object.ts'
import type { SignerCheck } from './signer-check.ts'

/** What is known of the signature of a commit as it is stored. */
export const checkCommit = (check: SignerCheck, raw: Uint8Array, now: number): Promise<Verification> =>
  outcomeOf(check, signedCommit(raw), now)

/** What a tag has to be about. Default anything. */
export interface ExpectedTag {
  readonly commit?: string
  readonly name?: string
}

/** What is known of the signature of a tag as it is stored, which has to be for this commit and under this name. */
export async function checkTag(
  check: SignerCheck,
  raw: Uint8Array,
  expected: ExpectedTag,
  now: number,
): Promise<Verification> {
  const { signed, facts } = signedTag(raw)
  const verification = await outcomeOf(check, signed, now)
  if (verification.outcome !== 'verified') return verification
  const reason = facts === undefined ? 'its head is not that of a tag' : whyOther(facts, expected)
  return reason === undefined ? verification : { ...verification, outcome: 'invalid', reason }
}

function whyOther({ object, type, name }: TagFacts, expected: ExpectedTag): string | undefined {
  if (type !== 'commit') return 'the tag is signed for something other than a commit'
  if (expected.commit !== undefined && expected.commit !== object)
    return 'the tag is signed for another commit'
  if (expected.name !== undefined && expected.name !== name) return 'the tag is signed under another name'
  return undefined
}

async function outcomeOf(check: SignerCheck, signed: SignedObject, now: number): Promise<Verification> {
  switch (signed.state) {
    case 'unsigned':
      return { outcome: 'unsigned', reason: signed.reason ?? 'it has no signature' }
    case 'malformed':
      return { outcome: 'invalid', reason: signed.reason }
    case 'signed':
      return check(signed.payload, signed.signature, now)
    default:
      return signed satisfies never
  }
}
