import { describe, expect, test } from 'vitest'
import type { ChangeAction } from '../../src/model/change.ts'
import { noChanges } from '../../src/model/counts.ts'
import { countChange, describeCounts } from '../../src/pipeline/counts.ts'
import { change } from './scene.ts'

describe('counts', () => {
  test.each<readonly [ChangeAction, string]>([
    ['create', '1 created'],
    ['update', '1 updated'],
    ['delete', '1 deleted'],
    ['replace', '1 replaced'],
    ['release', '1 released'],
  ])('of one %s are %s', (action, text) => {
    const counts = countChange(noChanges, change({ action }))
    expect(describeCounts(counts)).toBe(text)
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(1)
  })

  test('add up and leave out what did not happen', () => {
    const actions: readonly ChangeAction[] = ['update', 'create', 'delete', 'create']
    const counts = actions.reduce((sum, action) => countChange(sum, change({ action })), {
      ...noChanges,
      failed: 3,
      held: 1,
    })
    expect(describeCounts(counts)).toBe('2 created, 1 updated, 1 deleted, 3 failed, 1 held')
  })

  test('of nothing say so', () => {
    expect(describeCounts(noChanges)).toBe('nothing to do')
  })
})
