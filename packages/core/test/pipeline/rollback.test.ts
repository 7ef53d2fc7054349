import type { ApplicationHead, RecordedEntry } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { noChanges } from '../../src/model/counts.ts'
import { chooseRevision, previousRevision } from '../../src/pipeline/rollback.ts'

/** An entry of the history; newest first in a list. */
const entry = (to: string, digest: string, more: Partial<RecordedEntry> = {}): RecordedEntry => ({
  at: 0,
  cause: 'commit',
  actor: 'ada',
  to,
  desiredDigest: digest,
  counts: noChanges,
  outcome: 'synced',
  reasons: [],
  place: to,
  ...more,
})

const headAt = (digest: string, more: Partial<ApplicationHead> = {}): ApplicationHead => ({
  deletions: [],
  settled: { id: 'o', desiredDigest: digest, outcome: 'synced', reasons: [] },
  ...more,
})

describe('the revision before', () => {
  const idOf = (history: readonly RecordedEntry[], head: ApplicationHead, refused = false) => {
    const found = previousRevision(history, head, refused)
    return found.kind === 'chosen' ? found.chosen.id : undefined
  }

  test('is the last that was brought about before what runs', () => {
    expect(idOf([entry('c2', 'd2'), entry('c1', 'd1')], headAt('d2'))).toBe('c1')
  })

  test('passes over what failed, and over other commits that asked for the same', () => {
    const history = [
      entry('c4', 'd4', { outcome: 'failed' }),
      entry('c3', 'd4'),
      entry('c2', 'd2', { outcome: 'timed-out' }),
      entry('c1', 'd1'),
    ]
    expect(idOf(history, headAt('d4'))).toBe('c1')
  })

  test('is what was last brought about, where what is open has not come to its end', () => {
    const failed = [entry('c2', 'd2', { outcome: 'failed' }), entry('c1', 'd1')]
    expect(idOf(failed, headAt('d2'))).toBe('c1')
  })

  test('is what runs, where the latest commit could not be rendered', () => {
    expect(idOf([entry('c2', 'd2'), entry('c1', 'd1')], headAt('d2'), true)).toBe('c2')
  })

  test('is no other rendering of the same revision', () => {
    expect(idOf([entry('c2', 'd2b'), entry('c2', 'd2'), entry('c1', 'd1')], headAt('d2b'))).toBe('c1')
  })

  test('of a pinned application is what ran before the pinned revision first did', () => {
    const pin = { revision: { id: 'c2' }, by: 'ada', at: 0 }
    const history = [
      entry('c2', 'd2', { cause: 'rollback' }),
      entry('c3', 'd3'),
      entry('c2', 'd2'),
      entry('c1', 'd1'),
    ]
    expect(idOf(history, headAt('d2', { pin }))).toBe('c1')
  })

  test('is none where nothing else was ever brought about', () => {
    expect(idOf([entry('c1', 'd1')], headAt('d1'))).toBeUndefined()
    expect(idOf([], { deletions: [] })).toBeUndefined()
  })
})

describe('a revision that somebody names', () => {
  const history = [
    entry('abcd2222', 'd3', { from: 'abcd1111', place: '7' }),
    entry('abcd1111', 'd2', { revision: { id: 'abcd1111', label: 'main@abcd1' } }),
    entry('ffff0000', 'd1', { outcome: 'failed' }),
    entry('ffff0000', 'd0'),
  ]

  test.each([
    ['abcd2222', { id: 'abcd2222', desiredDigest: 'd3' }],
    ['main@abcd1', { id: 'abcd1111', desiredDigest: 'd2' }],
    ['abcd2', { id: 'abcd2222', desiredDigest: 'd3' }],
    [{ place: '7' }, { id: 'abcd2222', desiredDigest: 'd3' }],
  ])('is found by %j', (to, chosen) => {
    expect(chooseRevision(to, history)).toEqual({ kind: 'chosen', chosen })
  })

  test('is known by what it was brought about as, rather than by what failed', () => {
    expect(chooseRevision('ffff', history)).toMatchObject({ chosen: { desiredDigest: 'd0' } })
  })

  test('may be one of several', () => {
    expect(chooseRevision('abcd', history)).toEqual({ kind: 'ambiguous', ids: ['abcd2222', 'abcd1111'] })
  })

  test.each(['abc', 'zzzz', '', '7', { place: '9' }])('is not found by %j', (to) => {
    expect(chooseRevision(to, history)).toEqual({ kind: 'unknown' })
  })
})
