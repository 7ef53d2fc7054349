import { canonicalJson } from '../digest/canonical-json.ts'
import type { PlannedChange } from '../model/change.ts'

/**
 * Names one change by what it would do to what: the digest that an approval keeps of it. Neither its reason nor its stage
 * is in it: both are others after a crash in the middle, and the change is the same.
 */
export function agreed(change: PlannedChange, digest: (content: string) => string): string {
  const { key, action, expects, to, fingerprint } = change
  const incarnation = expects.kind === 'absent' ? 'absent' : { uid: expects.uid }
  return digest(canonicalJson({ key, action, incarnation, to, fingerprint })).slice(0, kept)
}

/** 96 bits or more in hexadecimal and in base 64: an approval of a thousand changes stays small. */
const kept = 24
