import { describe, expect, test } from 'vitest'
import { noChanges } from '../../src/model/counts.ts'
import type { Operation } from '../../src/model/operation.ts'
import type { ApplicationHead, SettledOperation } from '../../src/model/state.ts'
import {
  causeToOpen,
  endOperation,
  firstLine,
  markHeld,
  type OpeningInput,
  openOperation,
} from '../../src/pipeline/operation.ts'
import { planOf } from './scene.ts'

const plan = planOf([], {
  desiredDigest: 'd2',
  revision: { id: 'c2', author: 'Grace', message: 'grow\n\nbecause' },
})
const settled = (
  desiredDigest: string,
  outcome: SettledOperation['outcome'] = 'synced',
): ApplicationHead => ({
  deletions: [],
  settled: { id: 'o1', desiredDigest, outcome, reasons: [] },
})
const operation: Operation = {
  id: 'o2',
  cause: 'commit',
  actor: 'Grace',
  revision: plan.revision,
  desiredDigest: 'd2',
  planId: plan.id,
  changed: [],
  counts: noChanges,
  attempts: 0,
  startedAt: 1_000,
  deadlineAt: 61_000,
}

describe('an operation opens', () => {
  const never: ApplicationHead = { deletions: [] }
  test.each<readonly [expected: string, what: string, OpeningInput['head'], Partial<OpeningInput>]>([
    ['commit', 'for the first desired state, even where nothing is to be done', never, {}],
    ['commit', 'for a desired state other than the last', settled('d1'), {}],
    ['commit', 'for another one after a failure', settled('d1', 'failed'), { mayTryAgain: false }],
    ['not', 'for the same desired state without work', settled('d2'), {}],
    [
      'not',
      'for the same, where it failed and it is too early to try again',
      settled('d2', 'failed'),
      { work: 2, mayTryAgain: false },
    ],
    ['commit', 'for the same, where it failed and it is time', settled('d2', 'failed'), { work: 2 }],
    ['commit', 'for the same, where work has come back after it was synced', settled('d2'), { work: 2 }],
    ['not', 'when automation is off', settled('d1'), { automated: false, work: 2 }],
    ['not', 'for the first desired state when automation is off', never, { automated: false, work: 2 }],
    [
      'commit',
      'with automation off, when somebody approved exactly this plan',
      settled('d1'),
      { automated: false, approved: true, work: 2 },
    ],
    ['manual', 'when somebody asks', settled('d1'), { asked: { actor: 'ci' } }],
    [
      'manual',
      'when somebody asks, with automation off',
      settled('d1'),
      { asked: { actor: 'ci' }, automated: false },
    ],
    [
      'manual',
      'when somebody asks and nothing is to be done',
      settled('d2'),
      { asked: { actor: 'ci' }, mayTryAgain: false },
    ],
  ])('%s: %s', (expected, _, head, over) => {
    const usual = { work: 0, automated: true, approved: false, asked: undefined, mayTryAgain: true }
    expect(causeToOpen({ head, plan, ...usual, ...over }) ?? 'not').toBe(expected)
  })
})

describe('a new operation', () => {
  const given = { id: 'o2', now: 1_000, deadlineMs: 60_000 }

  test('for a commit is its author’s, with the first line of the message', () => {
    expect(openOperation(plan, 'commit', undefined, given)).toEqual({ ...operation, message: 'grow' })
  })

  test('for somebody is theirs, with their reason and the plan they approved', () => {
    const asked = { actor: 'ci', reason: 'release 7', planId: plan.id }
    expect(openOperation(plan, 'manual', asked, given)).toEqual({
      ...operation,
      cause: 'manual',
      actor: 'ci',
      message: 'release 7',
      approvedPlanId: plan.id,
    })
  })

  test('for somebody without a reason has no message: the author’s is not theirs', () => {
    expect(openOperation(plan, 'manual', { actor: 'ci' }, given)).not.toHaveProperty('message')
  })

  test('of a revision without author is by nobody known', () => {
    expect(openOperation(planOf([]), 'commit', undefined, given)).toMatchObject({ actor: 'unknown' })
  })
})

describe('a held operation', () => {
  test('remembers since when, however often it is held again', () => {
    const held = markHeld(operation, true, 5_000)
    expect(held).toEqual({ ...operation, heldSince: 5_000 })
    expect(markHeld(held, true, 9_000)).toEqual(held)
  })

  test('gets the time it was held back: its deadline moves on by that', () => {
    const released = markHeld(markHeld(operation, true, 5_000), false, 1_005_000)
    expect(released).toEqual({ ...operation, deadlineAt: operation.deadlineAt + 1_000_000 })
    expect(released).not.toHaveProperty('heldSince')
  })

  test('gets it back for the stage that it is in as well', () => {
    const begun = { ...operation, begun: { stage: 2, at: 4_000 } }
    expect(markHeld(markHeld(begun, true, 5_000), false, 9_000).begun).toEqual({ stage: 2, at: 8_000 })
  })

  test('held twice gets both times back', () => {
    const times = [
      [true, 10_000],
      [false, 12_000],
      [false, 15_000],
      [true, 20_000],
      [true, 21_000],
      [false, 25_000],
    ] as const
    const end = times.reduce((now, [held, at]) => markHeld(now, held, at), operation)
    expect(end).toEqual({ ...operation, deadlineAt: operation.deadlineAt + 2_000 + 5_000 })
  })

  test('that was never held stays as it is', () => {
    expect(markHeld(operation, false, 5_000)).toBe(operation)
  })
})

describe('the end of an operation', () => {
  const head: ApplicationHead = {
    ...settled('d1'),
    target: 'cluster-1',
    applied: { id: 'c1' },
    suspended: { by: 'ada', at: 1 },
    pin: { revision: { id: 'c1' }, by: 'ada', at: 1 },
    deletions: [{ at: 1, count: 2 }],
    operation,
  }

  test('synced makes its revision the applied one, and keeps all the rest', () => {
    const { operation: _, ...rest } = head
    expect(endOperation(head, operation, 'synced', [], 4_000).head).toEqual({
      ...rest,
      applied: plan.revision,
      settled: { id: 'o2', desiredDigest: 'd2', outcome: 'synced', reasons: [] },
    })
  })

  test.each(['failed', 'superseded', 'timed-out'] as const)(
    '%s leaves the applied revision as it was',
    (outcome) => {
      const ended = endOperation(head, operation, outcome, ['why'], 4_000).head
      expect(ended.applied).toEqual({ id: 'c1' })
      expect(ended.settled).toEqual({ id: 'o2', desiredDigest: 'd2', outcome, reasons: ['why'] })
      expect(ended).not.toHaveProperty('operation')
    },
  )

  test('writes one line of history: who, what, when, from where to where, why and how', () => {
    const counts = { ...noChanges, created: 2 }
    const message = 'grow'
    expect(endOperation(head, { ...operation, counts, message }, 'failed', ['why'], 4_000).history).toEqual({
      at: 4_000,
      cause: 'commit',
      actor: 'Grace',
      operation: 'o2',
      planId: plan.id,
      from: 'c1',
      to: 'c2',
      revision: { ...operation.revision, message: 'grow' },
      desiredDigest: operation.desiredDigest,
      message: 'grow',
      counts,
      outcome: 'failed',
      reasons: ['why'],
      tookMs: 3_000,
    })
  })

  test('of the first one comes from nowhere', () => {
    const { history } = endOperation({ deletions: [] }, operation, 'synced', [], 4_000)
    expect(history).not.toHaveProperty('from')
    expect(history).not.toHaveProperty('message')
  })
})

test.each([
  [undefined, undefined],
  ['', ''],
  ['one', 'one'],
  ['one\ntwo\nthree', 'one'],
  ['\n', ''],
])('the first line of %j is %j', (message, line) => {
  expect(firstLine(message)).toBe(line)
})
