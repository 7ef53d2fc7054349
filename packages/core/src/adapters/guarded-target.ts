import { classify } from '../errors/classify.ts'
import { isMooringError, MooringError } from '../errors/mooring-error.ts'
import type { Change, PlannedChange } from '../model/change.ts'
import type { SyncPolicy } from '../model/policy.ts'
import type { Located, Observation, ResourceKey } from '../model/resource.ts'
import type { Placement, Scope } from '../model/scope.ts'
import { outside } from '../pipeline/outside.ts'
import type { Call } from '../ports/call.ts'
import type { Clock } from '../ports/clock.ts'
import type { TargetFacts } from '../ports/renderer.ts'
import type { ApplyResult, Capabilities, Prepared, Preview, Target } from '../ports/target.ts'
import { type Bounds, bounded } from './bounded.ts'

/** A target as the pass uses it: every call ends, every error is classified, every answer makes sense. */
export interface GuardedTarget<Manifest> extends Pick<Target<Manifest>, 'supports' | 'instantiate'> {
  readonly order: NonNullable<Target<Manifest>['order']>
  readonly identity: (signal: AbortSignal) => Promise<string>
  readonly facts: (signal: AbortSignal) => Promise<TargetFacts | undefined>
  readonly prepare: (manifests: readonly Located<Manifest>[], call: Call) => Promise<Prepared<Manifest>>
  readonly observe: (
    keys: readonly ResourceKey[],
    call: Call & { readonly fresh?: boolean },
  ) => Promise<ReadonlyMap<ResourceKey, Observation>>
  /** Everything that carries this owner's mark; nothing where the target cannot tell. */
  readonly owned: (call: Call) => Promise<readonly Observation[]>
  readonly preview: (change: Change<Manifest>, call: Call) => Promise<Preview>
  /** Nothing where the target cannot tell: what it would say is for people, and no reason to fail. */
  readonly explain: (change: Change<Manifest>, call: Call) => Promise<readonly string[]>
  /** In which respect a change lies outside of the application's scope; undefined where it lies within. */
  readonly outsideOf: (change: Pick<PlannedChange, 'key' | 'action'>) => string | undefined
  /**
   * Throws `OUT_OF_SCOPE`, whatever path led here. `settled` resolves when the target is through with the write, even if
   * the caller got a timeout before.
   */
  readonly apply: (
    change: Change<Manifest>,
    call: Call,
  ) => { readonly result: Promise<ApplyResult>; readonly settled: Promise<void> }
}

/** What the engine allows of a target, and hears from it. */
export interface TargetLimits {
  /** Asked right before each write; what it throws keeps the write from starting. */
  readonly mayWrite?: () => void
  /** Told how long the target asks to be left alone, whenever it does. */
  readonly onRetryAfter?: (ms: number) => void
  /** What the application may touch. Default: all. */
  readonly scope?: Scope | undefined
}

/** Puts the engine's guarantees around an adapter, so that adapters stay small. */
export function guardedTarget<Manifest>(
  target: Target<Manifest>,
  policy: SyncPolicy,
  clock: Clock,
  { mayWrite = () => {}, onRetryAfter = () => {}, scope = {} }: TargetLimits = {},
): GuardedTarget<Manifest> {
  const limits = (signal: AbortSignal, what: string, timeoutMs = policy.readTimeoutMs): Bounds => ({
    clock,
    signal,
    timeoutMs,
    onTimeout: () => timedOut(target.name, what, timeoutMs),
  })
  const heard = async <Value>(result: Promise<Value>): Promise<Value> => {
    try {
      return await result
    } catch (thrown) {
      if (isMooringError(thrown) && thrown.kind === 'transient' && Number.isFinite(thrown.retryAfterMs))
        onRetryAfter(thrown.retryAfterMs ?? 0)
      throw thrown
    }
  }
  const ask = <Value>(
    signal: AbortSignal,
    what: string,
    run: (signal: AbortSignal) => Promise<Value>,
    check: (answer: Value) => string | undefined,
  ): Promise<Value> =>
    answered(target.name, what, signal, heard(bounded(limits(signal, what), run).result), check)

  const { instantiate } = target
  const outsideOf: GuardedTarget<Manifest>['outsideOf'] = ({ key, action }) =>
    outside(scope, action, () => placementOf(target, key))

  return {
    outsideOf,
    supports: target.supports,
    order: (resources) => target.order?.(resources) ?? [],
    ...(instantiate && { instantiate }),
    identity: (signal) =>
      ask(
        signal,
        'identity',
        (inner) => target.identity({ signal: inner }),
        (answer) => (typeof answer === 'string' && answer !== '' ? undefined : 'a text that is not empty'),
      ),
    facts: async (signal) =>
      target.facts === undefined
        ? undefined
        : ask(
            signal,
            'facts',
            (inner) => target.facts?.({ signal: inner }) as Promise<TargetFacts>,
            (answer) => (typeof answer?.digest === 'string' ? undefined : 'facts with a digest'),
          ),
    prepare: (manifests, call) =>
      ask(call.signal, 'prepare', (signal) => target.prepare(manifests, { ...call, signal }), expectPrepared),
    observe: (keys, call) =>
      ask(
        call.signal,
        'observe',
        (signal) => target.observe(keys, { ...call, signal }),
        (answer) => expectObservations(answer, target.supports),
      ),
    owned: (call) =>
      ask(
        call.signal,
        'owned',
        async (signal) => {
          const found: Observation[] = []
          if (target.owned === undefined || !target.supports.marks) return found
          for await (const observation of target.owned({ ...call, signal })) found.push(observation)
          return found
        },
        (answer) =>
          expectObservations(
            new Map(answer.map((observation) => [observation?.key, observation])),
            target.supports,
          ),
      ),
    preview: async (change, call) => {
      // It would show what is live, which may be somebody else's.
      const why = outsideOf(change)
      if (why !== undefined) throw outOfScope(change, why)
      return ask(
        call.signal,
        `preview of ${change.label}`,
        (signal) => target.preview(change, { ...call, signal }),
        (answer) => (typeof answer === 'object' && answer !== null ? undefined : 'a preview'),
      )
    },
    explain: async (change, call) => {
      const { explain } = target
      if (explain === undefined) return []
      const run = (signal: AbortSignal): Promise<readonly string[]> => explain(change, { ...call, signal })
      const lines = await bounded(limits(call.signal, 'explain'), run).result.catch(() => [])
      return Array.isArray(lines) ? lines.filter((line) => typeof line === 'string') : []
    },
    apply: (change, call) => {
      const why = outsideOf(change)
      if (why !== undefined)
        return { result: Promise.reject(outOfScope(change, why)), settled: Promise.resolve() }
      const what = `${change.action} of ${change.label}`
      const { result, settled } = bounded(limits(call.signal, what, policy.applyTimeoutMs), (signal) => {
        mayWrite()
        return target.apply(change, { ...call, signal })
      })
      const check = (answer: ApplyResult): string | undefined =>
        expectApplied(change, answer, target.supports)
      return { result: answered(target.name, what, call.signal, heard(result), check), settled }
    },
  }
}

async function answered<Value>(
  target: string,
  what: string,
  signal: AbortSignal,
  result: Promise<Value>,
  check: (answer: Value) => string | undefined,
): Promise<Value> {
  let answer: Value
  try {
    answer = await result
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    throw classify(thrown, 'TARGET_FAILED', `Target ${target} failed at ${what}`)
  }
  const expected = check(answer)
  if (expected === undefined) return answer
  throw new MooringError({
    code: 'TARGET_INVALID_ANSWER',
    kind: 'permanent',
    message: `Target ${target} broke its contract at ${what}: expected ${expected}`,
    hint: 'This is a mistake in the adapter. Run its contract suite, describeTarget, from @mooring/core/testing.',
  })
}

function expectPrepared<Manifest>(answer: Prepared<Manifest>): string | undefined {
  if (!Array.isArray(answer?.desired) || !Array.isArray(answer.waiting))
    return 'desired and waiting resources'
  // By index, because what is bad may be undefined, or a hole.
  const bad = answer.desired.findIndex(
    (resource) => !areTexts(resource?.key, resource?.label, resource?.digest) || !isRecord(resource.traits),
  )
  if (bad !== -1) return 'a key, a label, a digest and traits for every resource'
  const vague = answer.waiting.findIndex((waiting) => !areTexts(waiting?.label, waiting?.reason))
  return vague === -1 ? undefined : 'a label and a reason for everything that waits'
}

const healthStates: ReadonlySet<string> = new Set(['healthy', 'progressing', 'degraded', 'paused', 'unknown'])

function expectObservations(
  answer: ReadonlyMap<ResourceKey, Observation>,
  supports: Capabilities,
): string | undefined {
  if (!(answer instanceof Map)) return 'a Map of observations by key'
  for (const [key, observation] of answer) {
    if (observation?.key !== key) return `the observation of ${key} under its own key`
    if (!healthStates.has(observation.health?.state)) return `a health state for ${key}`
    const { uid, version, fingerprint, memo, owner, traits } = observation
    // Written out: a pass looks at a hundred thousand of them.
    const plain =
      isTextOrAbsent(uid) && isTextOrAbsent(version) && isTextOrAbsent(fingerprint) && isTextOrAbsent(memo)
    if ((supports.uids && uid === undefined) || (supports.versions && version === undefined))
      return `the uid and version of ${key} that it says it supports`
    if (!plain) return `texts, or nothing, as uid, version, fingerprint and memo of ${key}`
    if (owner !== undefined && !areTexts(owner?.installation, owner?.application))
      return `a whole owner of ${key}`
    if (traits !== undefined && !isRecord(traits)) return `traits of ${key} as an object`
  }
  return undefined
}

const isTextOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'string'

const areTexts = (...values: readonly unknown[]): boolean =>
  values.every((value) => typeof value === 'string')

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null

function expectApplied(
  change: { readonly action: string; readonly key: ResourceKey },
  answer: ApplyResult,
  supports: Capabilities,
) {
  if (answer?.outcome === 'under-way')
    return typeof answer.ended?.then === 'function' ? undefined : 'a promise of the end of a write under way'
  if (answer?.outcome !== 'changed' && answer?.outcome !== 'unchanged')
    return "an outcome, 'changed', 'unchanged' or 'under-way'"
  const observation = answer.observation
  if (observation === undefined) {
    return change.action === 'delete' || change.action === 'release'
      ? undefined
      : 'the observation after the write'
  }
  return expectObservations(new Map([[change.key, observation]]), supports)
}

const timedOut = (target: string, what: string, timeoutMs: number): MooringError =>
  new MooringError({
    code: 'TARGET_TIMEOUT',
    kind: 'transient',
    message: `Target ${target} did not answer ${what} within ${timeoutMs} ms`,
    hint: 'See whether the target is reachable and not overloaded. Limits: sync.readTimeoutMs, sync.applyTimeoutMs.',
  })

/** What the target says of a key; nothing where it fails to. */
function placementOf<Manifest>(target: Target<Manifest>, key: ResourceKey): Placement | undefined {
  try {
    const found = target.placeOf?.(key)
    if (typeof found?.kind !== 'string' || !isTextOrAbsent(found.namespace)) return undefined
    return found
  } catch {
    return undefined
  }
}

const outOfScope = ({ action, label }: Pick<PlannedChange, 'action' | 'label'>, why: string): MooringError =>
  new MooringError({
    code: 'OUT_OF_SCOPE',
    kind: 'permanent',
    message: `Expected a change within the scope of the application, got the ${action} of ${label}: ${why}`,
    hint: 'Take it out of the application; or whoever runs the platform widens its scope. Nothing was written.',
  })
