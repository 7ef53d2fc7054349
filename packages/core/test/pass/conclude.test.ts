import { describe, expect, test } from 'vitest'
import { type ErrorKind, MooringError } from '../../src/errors/mooring-error.ts'
import { noChanges } from '../../src/model/counts.ts'
import type { Operation } from '../../src/model/operation.ts'
import type { Hold, Plan } from '../../src/model/plan.ts'
import type { Health } from '../../src/model/resource.ts'
import { type Conclusion, conclude, describeHolds, saysTheSame } from '../../src/pass/conclude.ts'
import type { Progress } from '../../src/pass/run.ts'
import { change, planOf } from '../pipeline/scene.ts'

const poll = 2_000
const now = 100_000
const operation: Operation = {
  id: 'o1',
  cause: 'commit',
  actor: 'ada',
  revision: { id: 'c1' },
  desiredDigest: 'd1',
  planId: 'p1',
  changed: [],
  counts: noChanges,
  attempts: 1,
  startedAt: 0,
  deadlineAt: now + 60_000,
}
const overdue: Operation = { ...operation, deadlineAt: now }
const failure = (kind: ErrorKind, retryAfterMs?: number): MooringError =>
  new MooringError({
    code: `A_${kind.toUpperCase()}`,
    kind,
    message: 'broke',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
const unready = (health: Health): Progress['unready'] => new Map([['web', health]])
const progressing = unready({ state: 'progressing', message: 'rolling out' })
const hold = (over: Partial<Hold> = {}): Hold => ({
  guard: 'prune-budget',
  code: 'PRUNE_BUDGET',
  message: 'too many',
  release: 'revert',
  keys: ['web'],
  holdsOperation: true,
  ...over,
})
const waiting = [{ label: 'Widget w', reason: 'nobody has defined Widget' }]

interface Given extends Partial<Progress> {
  readonly plan?: Partial<Plan>
}
const concluded = ({ plan, ...progress }: Given): Conclusion =>
  conclude({
    plan: planOf([change({ label: 'Deployment shop/web' })], plan),
    progress: {
      operation: undefined,
      failures: [],
      unready: new Map(),
      left: 0,
      settling: 0,
      gone: 0,
      unpruned: 0,
      applied: 0,
      heals: noChanges,
      healed: [],
      unhealthy: new Map(),
      labelOf: (key) => `label of ${key}`,
      ...progress,
    },
    now,
    healthPollMs: poll,
    policy: { stageDeadlineMs: 60_000 },
  })

describe('without an operation, a pass', () => {
  test.each<readonly [what: string, Given, end: Conclusion['end']]>([
    ['that had nothing to do rests', {}, { kind: 'rest' }],
    [
      'with resources that are not ready rests: heals wait for nothing',
      { unready: progressing },
      { kind: 'rest' },
    ],
    ['with holds rests', { plan: { holds: [hold()] } }, { kind: 'rest' }],
    ['that left something waits', { left: 1 }, { kind: 'wait', atMostMs: 15 * poll }],
    ['with deletions under way waits', { settling: 1 }, { kind: 'wait', atMostMs: 15 * poll }],
    ['with something that waits waits', { plan: { waiting } }, { kind: 'wait', atMostMs: 15 * poll }],
    ['that failed tries again', { failures: [failure('transient')] }, { kind: 'retry' }],
    ['that failed for good stalls', { failures: [failure('permanent')] }, { kind: 'stall' }],
    [
      'that met a conflict plans anew',
      { failures: [failure('permanent'), failure('conflict')] },
      { kind: 'replan' },
    ],
  ])('%s', (_, given, end) => {
    expect(concluded(given)).toEqual({ end, held: false })
  })
})

describe('a pass of an operation', () => {
  test.each<readonly [what: string, Given, Conclusion]>([
    [
      'that did everything, and everything is healthy, ends it synced',
      { operation },
      { end: { kind: 'rest' }, ended: { outcome: 'synced', reasons: [] }, held: false },
    ],
    [
      'that did everything at the last moment ends it synced',
      { operation: overdue },
      { end: { kind: 'rest' }, ended: { outcome: 'synced', reasons: [] }, held: false },
    ],
    [
      'that waits for health comes back soon',
      { operation, unready: progressing },
      { end: { kind: 'wait', atMostMs: poll }, held: false },
    ],
    [
      'that waits comes back at the deadline at the latest',
      { operation: { ...operation, deadlineAt: now + 500 }, unready: progressing },
      { end: { kind: 'wait', atMostMs: 500 }, held: false },
    ],
    [
      'with deletions under way waits',
      { operation, settling: 2 },
      { end: { kind: 'wait', atMostMs: poll }, held: false },
    ],
    [
      'that left something waits',
      { operation, left: 3 },
      { end: { kind: 'wait', atMostMs: poll }, held: false },
    ],
    [
      'with something that waits waits',
      { operation, plan: { waiting } },
      { end: { kind: 'wait', atMostMs: poll }, held: false },
    ],

    // Time is up.
    [
      'that still waits at the deadline times out, and says for what',
      { operation: overdue, unready: progressing },
      {
        end: { kind: 'stall' },
        ended: { outcome: 'timed-out', reasons: ['Deployment shop/web is progressing: rolling out'] },
        held: false,
      },
    ],
    [
      'that still waits at the deadline of its stage times out, names the stage, and what waits to be pruned',
      {
        operation: { ...operation, begun: { stage: 2, at: now - 60_000 } },
        unready: progressing,
        unpruned: 3,
      },
      {
        end: { kind: 'stall' },
        ended: {
          outcome: 'timed-out',
          reasons: [
            'stage 2 was not ready within 60 s (sync.stageDeadlineMs)',
            'Deployment shop/web is progressing: rolling out',
            "3 deletes waited for that; with sync.pruneWhen: 'applied' they would not",
          ],
        },
        held: false,
      },
    ],
    [
      'that waits comes back at the deadline of its stage at the latest',
      { operation: { ...operation, begun: { stage: 1, at: now - 59_500 } }, unready: progressing },
      { end: { kind: 'wait', atMostMs: 500 }, held: false },
    ],
    [
      'with something degraded at the deadline has failed',
      { operation: overdue, unready: unready({ state: 'degraded' }) },
      {
        end: { kind: 'stall' },
        ended: { outcome: 'failed', reasons: ['Deployment shop/web is degraded'] },
        held: false,
      },
    ],
    [
      'with something nobody has defined at the deadline times out',
      { operation: overdue, plan: { waiting }, settling: 1 },
      {
        end: { kind: 'stall' },
        ended: {
          outcome: 'timed-out',
          reasons: ['Widget w waits: nobody has defined Widget', '1 deletions are under way'],
        },
        held: false,
      },
    ],
    [
      'with a kind that never came has failed at the deadline, with the code of that',
      { operation: overdue, plan: { waiting: waiting.map((one) => ({ ...one, code: 'UNKNOWN_KIND' })) } },
      {
        end: { kind: 'stall' },
        ended: {
          outcome: 'failed',
          reasons: ['UNKNOWN_KIND: Widget w waits: nobody has defined Widget'],
        },
        held: false,
      },
    ],
    [
      'that could not write at the deadline says so',
      { operation: overdue, left: 2 },
      {
        end: { kind: 'stall' },
        ended: { outcome: 'timed-out', reasons: ['2 changes wait for an earlier write to end'] },
        held: false,
      },
    ],

    // Failures.
    [
      'that failed tries again',
      { operation, failures: [failure('transient')] },
      { end: { kind: 'retry' }, held: false },
    ],
    [
      'that failed partly for good tries again',
      { operation, failures: [failure('permanent'), failure('transient')] },
      { end: { kind: 'retry' }, held: false },
    ],
    [
      'that failed altogether for good ends it',
      { operation, failures: [failure('permanent'), failure('permanent')] },
      {
        end: { kind: 'stall' },
        ended: { outcome: 'failed', reasons: ['A_PERMANENT: broke', 'A_PERMANENT: broke'] },
        held: false,
      },
    ],
    [
      'that failed at the deadline ends it',
      { operation: overdue, failures: [failure('transient')] },
      { end: { kind: 'stall' }, ended: { outcome: 'failed', reasons: ['A_TRANSIENT: broke'] }, held: false },
    ],
    [
      'that met a conflict plans anew, even at the deadline',
      { operation: overdue, failures: [failure('permanent'), failure('conflict')] },
      { end: { kind: 'replan' }, held: false },
    ],

    // Held.
    [
      'that is held waits for somebody',
      { operation, plan: { holds: [hold()] } },
      { end: { kind: 'wait' }, held: true },
    ],
    [
      'that is held and waits for health looks at it meanwhile',
      { operation, plan: { holds: [hold()] }, unready: progressing },
      { end: { kind: 'wait', atMostMs: poll }, held: true },
    ],
    [
      'that is held does not time out',
      { operation: { ...overdue, heldSince: 1 }, plan: { holds: [hold()] }, unready: progressing },
      { end: { kind: 'wait', atMostMs: poll }, held: true },
    ],
    [
      'that was held until now does not time out: the deadline moves on first',
      { operation: { ...overdue, heldSince: 1 }, unready: progressing },
      { end: { kind: 'wait', atMostMs: 0 }, held: false },
    ],
    [
      'whose policy leaves something out ends synced without it',
      { operation, plan: { holds: [hold({ holdsOperation: false })] } },
      { end: { kind: 'rest' }, ended: { outcome: 'synced', reasons: [] }, held: false },
    ],
    [
      'that is held and failed tries again',
      { operation, plan: { holds: [hold()] }, failures: [failure('transient')] },
      { end: { kind: 'retry' }, held: false },
    ],
  ])('%s', (_, given, conclusion) => {
    expect(concluded(given)).toEqual(conclusion)
  })

  test.each<readonly [waits: readonly (number | undefined)[], end: Conclusion['end']]>([
    [[undefined], { kind: 'retry' }],
    [[0], { kind: 'retry' }],
    [[500, 9_000, undefined], { kind: 'retry', retryAfterMs: 9_000 }],
    [[Number.NaN, 700], { kind: 'retry', retryAfterMs: 700 }],
    [[Number.POSITIVE_INFINITY, 700], { kind: 'retry', retryAfterMs: 700 }],
    [[-5], { kind: 'retry' }],
  ])('asked to wait %j ms comes back after the longest', (waits, end) => {
    const failures = waits.map((ms) => failure('transient', ms))
    expect(concluded({ operation, failures }).end).toEqual(end)
    expect(concluded({ failures }).end).toEqual(end)
  })

  test('with 200,000 failures comes to the same as with one', () => {
    const failures = Array<MooringError>(200_000).fill(failure('transient', 10))
    expect(concluded({ operation, failures }).end).toEqual({ kind: 'retry', retryAfterMs: 10 })
  })
})

test('holds are described one line each, those that policy leaves out not at all', () => {
  expect(describeHolds([hold(), hold({ holdsOperation: false }), hold({ code: 'OTHER' })])).toEqual([
    'PRUNE_BUDGET: too many (revert)',
    'OTHER: too many (revert)',
  ])
})

describe('history says the same twice only where', () => {
  const before = { desiredDigest: 'd1', outcome: 'failed', reasons: ['why'] }
  test.each<readonly [same: boolean, what: string, ...Parameters<typeof saysTheSame>]>([
    [true, 'a commit fails again for the same reasons', operation, 'failed', ['why'], before],
    [false, 'nothing ended before', operation, 'failed', ['why'], undefined],
    [false, 'the reasons are others', operation, 'failed', ['why', 'more'], before],
    [false, 'the outcome is another', operation, 'timed-out', ['why'], before],
    [false, 'it was synced', operation, 'synced', [], { ...before, outcome: 'synced', reasons: [] }],
    [false, 'the desired state is another', { ...operation, desiredDigest: 'd2' }, 'failed', ['why'], before],
    [false, 'somebody asked', { ...operation, cause: 'manual' }, 'failed', ['why'], before],
  ])('%s: %s', (same, _, ...given) => {
    expect(saysTheSame(...given)).toBe(same)
  })
})
