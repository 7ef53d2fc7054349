import { describe, expect, test } from 'vitest'
import { guardedTarget } from '../../src/adapters/guarded-target.ts'
import { MooringError } from '../../src/errors/mooring-error.ts'
import type { Change } from '../../src/model/change.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import type { Target } from '../../src/ports/target.ts'
import { type MemoryManifest, memoryTarget, simulatedClock, testCall } from '../../src/testing/index.ts'

const policy = { ...defaultPolicy, readTimeoutMs: 1_000, applyTimeoutMs: 5_000 }
const controller = new AbortController()
const call = testCall({ signal: controller.signal })
const change: Change<MemoryManifest> = {
  key: 'web',
  label: 'Thing web',
  action: 'create',
  reason: 'added',
  expects: { kind: 'absent' },
  stage: 0,
  desired: { key: 'web', label: 'Thing web', manifest: { id: 'web' }, digest: '1', traits: {} },
}
const observation = { key: 'web', uid: 'u', version: 'v', fingerprint: 'f', health: { state: 'healthy' } }
const resource = { key: 'web', label: 'Thing web', manifest: {}, digest: '1', traits: {} }

function guarded(over: Partial<Target<MemoryManifest>>) {
  const clock = simulatedClock()
  const target = { ...memoryTarget({ name: 'cluster' }), ...over }
  return { clock, target: guardedTarget(target, policy, clock) }
}
type Guarded = ReturnType<typeof guarded>['target']

/** Every question a target is asked, and how long it may think. */
const questions: Readonly<
  Record<
    string,
    {
      readonly ask: (target: Guarded, c?: typeof call) => Promise<unknown>
      readonly what: string
      readonly ms: number
    }
  >
> = {
  identity: { ask: (target, c = call) => target.identity(c.signal), what: 'identity', ms: 1_000 },
  facts: { ask: (target, c = call) => target.facts(c.signal), what: 'facts', ms: 1_000 },
  prepare: { ask: (target, c = call) => target.prepare([], c), what: 'prepare', ms: 1_000 },
  observe: { ask: (target, c = call) => target.observe(['web'], c), what: 'observe', ms: 1_000 },
  preview: { ask: (target, c = call) => target.preview(change, c), what: 'preview of Thing web', ms: 1_000 },
  apply: {
    ask: (target, c = call) => target.apply(change, c).result,
    what: 'create of Thing web',
    ms: 5_000,
  },
}
const methods = Object.keys(questions)
const answering = (method: string, answer: unknown): Guarded =>
  guarded({ [method]: async () => answer }).target
const ask = (method: string, target: Guarded, over?: typeof call): Promise<unknown> =>
  questions[method]?.ask(target, over) as Promise<unknown>

const everyNonsense = [undefined, null, 0, 1n, true, '', Symbol('x'), () => 1]

describe('a target that answers nonsense', () => {
  const observed = (over: object) => new Map([['web', { ...observation, ...over }]])
  const prepared = (over: object) => ({ desired: [{ ...resource, ...over }], waiting: [] })

  test.each<readonly [method: string, answers: readonly unknown[]]>([
    ['identity', [...everyNonsense, {}, []]],
    ['facts', [undefined, null, 0, '', {}, { digest: 1 }, []]],
    [
      'prepare',
      [
        ...everyNonsense,
        {},
        [],
        { desired: [] },
        { waiting: [] },
        { desired: {}, waiting: [] },
        { desired: [], waiting: 'none' },
        { desired: new Map(), waiting: [] },
        ...[undefined, null, 'web', {}].map((bad) => ({ desired: [resource, bad], waiting: [] })),
        { desired: Array(1), waiting: [] },
        ...['key', 'label', 'digest'].flatMap((field) =>
          [undefined, null, 7, {}].map((bad) => prepared({ [field]: bad })),
        ),
        ...[undefined, null, 'none', 7].map((traits) => prepared({ traits })),
        ...[
          undefined,
          null,
          'w',
          {},
          { label: 'w' },
          { label: 'w', reason: 1 },
          { label: 1, reason: 'r' },
        ].map((bad) => ({
          desired: [],
          waiting: [bad],
        })),
      ],
    ],
    [
      'observe',
      [
        ...everyNonsense,
        {},
        [],
        { web: observation },
        [['web', observation]],
        new Set(['web']),
        new Map([['web', undefined]]),
        new Map([['web', null]]),
        new Map([['web', 'there']]),
        new Map([['other', observation]]),
        observed({ key: 'other' }),
        observed({ health: undefined }),
        observed({ health: null }),
        observed({ health: 'healthy' }),
        observed({ health: { state: 'fine' } }),
        observed({ health: { state: 'toString' } }),
        ...['uid', 'version', 'fingerprint', 'memo'].flatMap((field) =>
          [null, 7, {}].map((bad) => observed({ [field]: bad })),
        ),
        ...[null, 'us', {}, { installation: 'here' }, { installation: 1, application: 2 }].map((owner) =>
          observed({ owner }),
        ),
        ...[null, 'never'].map((traits) => observed({ traits })),
      ],
    ],
    ['preview', [undefined, null, 0, '', true, () => 1]],
    [
      'apply',
      [
        ...everyNonsense,
        {},
        { outcome: 'done' },
        { outcome: 'changed' },
        { outcome: 'unchanged', observation: null },
        { outcome: 'changed', observation: {} },
        { outcome: 'changed', observation: { ...observation, key: 'other' } },
        { outcome: 'changed', observation: { ...observation, health: undefined } },
        { outcome: 'changed', observation: { ...observation, uid: 7 } },
      ],
    ],
  ])('at %s is told so, each time', async (method, answers) => {
    for (const answer of answers) {
      await expect(ask(method, answering(method, answer))).rejects.toMatchObject({
        code: 'TARGET_INVALID_ANSWER',
        kind: 'permanent',
        message: expect.stringMatching(
          new RegExp(`^Target cluster broke its contract at ${questions[method]?.what}: expected `),
        ),
      })
    }
  })

  test.each(['delete', 'release'] as const)('need not observe what it left after a %s', async (action) => {
    const { target } = guarded({ apply: async () => ({ outcome: 'changed' }) })
    expect(await target.apply({ ...change, action }, call).result).toEqual({ outcome: 'changed' })
  })

  test.each(['create', 'update', 'replace'] as const)(
    'must observe what it left after a %s',
    async (action) => {
      const { target } = guarded({ apply: async () => ({ outcome: 'changed' }) })
      await expect(target.apply({ ...change, action }, call).result).rejects.toMatchObject({
        code: 'TARGET_INVALID_ANSWER',
        message: expect.stringContaining('the observation after the write'),
      })
    },
  )
})

test.each<readonly [string, unknown]>([
  ['identity', 'cluster-1'],
  ['facts', { digest: '1', versions: ['v1'] }],
  ['prepare', { desired: [], waiting: [] }],
  ['prepare', { desired: [resource], waiting: [{ label: 'w', reason: 'undefined' }] }],
  ['observe', new Map()],
  ['observe', new Map([['web', { key: 'web', uid: 'u', version: 'v', health: { state: 'unknown' } }]])],
  [
    'observe',
    new Map([
      ['web', { ...observation, owner: { installation: 'i', application: 'a' }, memo: '', traits: {} }],
    ]),
  ],
  ['preview', {}],
  ['apply', { outcome: 'unchanged', observation }],
])('a sensible answer to %s is passed on as it is', async (method, answer) => {
  expect(await ask(method, answering(method, answer))).toBe(answer)
})

test('a target without facts has none', async () => {
  expect(await guarded({}).target.facts(call.signal)).toBeUndefined()
})

describe.each(methods)('a target that, at %s,', (method) => {
  test('never answers is given up in time, and its own signal is aborted', async () => {
    let seen: AbortSignal | undefined
    const { target, clock } = guarded({
      [method]: (...args: readonly unknown[]) => {
        const last = args.at(-1) as { readonly signal: AbortSignal }
        seen = last.signal
        return new Promise(() => {})
      },
    })
    const { what, ms } = questions[method] as { readonly what: string; readonly ms: number }
    const failing = expect(ask(method, target)).rejects.toMatchObject({
      code: 'TARGET_TIMEOUT',
      kind: 'transient',
      message: `Target cluster did not answer ${what} within ${ms} ms`,
    })
    await clock.advance(ms - 1)
    expect(seen?.aborted).toBe(false)
    await clock.advance(1)
    await failing
    expect(seen?.aborted).toBe(true)
  })

  test.each([
    ['an error', new Error('no route'), 'no route'],
    ['a text', 'no route', 'no route'],
    ['undefined', undefined, 'threw undefined'],
    ['null', null, 'threw null'],
    ['a big integer', 7n, 'threw 7'],
  ])('throws %s fails with a transient error that says where', async (_, thrown, text) => {
    const fail = (): never => {
      throw thrown as Error
    }
    for (const failing of [fail, async () => fail()]) {
      await expect(ask(method, guarded({ [method]: failing }).target)).rejects.toMatchObject({
        code: 'TARGET_FAILED',
        kind: 'transient',
        message: `Target cluster failed at ${questions[method]?.what}: ${text}`,
      })
    }
  })

  test('throws a Mooring error is taken at its word', async () => {
    const error = new MooringError({ code: 'QUOTA', kind: 'permanent', message: 'full' })
    await expect(ask(method, guarded({ [method]: () => Promise.reject(error) }).target)).rejects.toBe(error)
  })

  test('is aborted fails with the caller’s reason, whatever it throws then', async () => {
    const stopping = new AbortController()
    const over = testCall({ signal: stopping.signal })
    const { target } = guarded({
      [method]: (...args: readonly unknown[]) => {
        const { signal } = args.at(-1) as { readonly signal: AbortSignal }
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('socket closed'))),
        )
      },
    })
    const asked = ask(method, target, over)
    await Promise.resolve()
    const reason = new Error('engine stops')
    stopping.abort(reason)
    await expect(asked).rejects.toBe(reason)
  })
})

describe('a write', () => {
  test('that timed out has settled when the target is through with it', async () => {
    const { promise, resolve } = Promise.withResolvers<never>()
    const { target, clock } = guarded({ apply: () => promise })
    const { result, settled } = target.apply(change, call)
    const failing = expect(result).rejects.toMatchObject({ code: 'TARGET_TIMEOUT' })
    await clock.advance(5_000)
    await failing
    let done = false
    const watching = settled.then(() => {
      done = true
    })
    await clock.advance(60_000)
    expect(done).toBe(false)
    resolve({ outcome: 'changed', observation } as never)
    await watching
    expect(done).toBe(true)
  })
})
