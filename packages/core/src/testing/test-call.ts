import { sha256 } from '@noble/hashes/sha2.js'
import { keyedDigest } from '../digest/keyed-digest.ts'
import type { Call } from '../ports/call.ts'

/** What a test may want different in a {@link testCall}. */
export interface TestCallOptions extends Partial<Call> {
  /** Any text: equal texts give equal digests. Default `test`. Another one stands for another store. */
  readonly digestKey?: string
}

/**
 * A call as the engine makes them, for tests of targets. On behalf of application `app` of installation `test` and
 * never aborted, unless told otherwise.
 *
 * @example
 * ```ts
 * const { desired } = await target.prepare([{ manifest }], testCall())
 * const seen = await target.observe(['web'], { ...testCall({ signal: AbortSignal.timeout(1000) }), fresh: true })
 * ```
 */
export function testCall(options: TestCallOptions = {}): Call {
  return {
    signal: options.signal ?? new AbortController().signal,
    owner: options.owner ?? { installation: 'test', application: 'app' },
    digest: options.digest ?? keyedDigest(sha256(new TextEncoder().encode(options.digestKey ?? 'test'))),
  }
}
