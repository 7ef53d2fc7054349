import { describe, expect, test } from 'vitest'
import { independentOf, stagesOf } from '../../src/pass/stages.ts'
import { order } from '../../src/pipeline/order.ts'
import { change } from '../pipeline/scene.ts'

describe('the stages of a plan', () => {
  test('come first stage first, with their changes as they stood', () => {
    const changes = [
      change({ key: 'c', stage: 3 }),
      change({ key: 'a', stage: 0 }),
      change({ key: 'd', stage: 3 }),
      change({ key: 'b', stage: 1 }),
    ]
    const inBrief = stagesOf(changes).map((stage) => [stage.number, stage.changes.map(({ key }) => key)])
    expect(inBrief).toEqual([
      [0, ['a']],
      [1, ['b']],
      [3, ['c', 'd']],
    ])
  })

  test('end ownership where all of their changes do', () => {
    const changes = [
      change({ key: 'a' }),
      change({ key: 'b', action: 'delete', stage: 1 }),
      change({ key: 'c', action: 'release', stage: 1 }),
    ]
    expect(stagesOf(changes).map(({ ends }) => ends)).toEqual([false, true])
  })

  test('of nothing are none', () => {
    expect(stagesOf([])).toEqual([])
  })
})

describe('when something has failed', () => {
  const ordered = order(
    [
      { key: 'ns', label: 'ns', wave: 0, dependsOn: [] },
      { key: 'config', label: 'config', wave: 0, dependsOn: ['ns'] },
      { key: 'web', label: 'web', wave: 0, dependsOn: ['config'] },
      { key: 'free', label: 'free', wave: 0, dependsOn: [] },
      { key: 'early', label: 'early', wave: -1, dependsOn: [] },
      { key: 'late', label: 'late', wave: 1, dependsOn: [] },
    ],
    [],
  )
  const stoppedBy = (...failed: readonly string[]): readonly string[] => {
    const changes = ['config', 'web', 'free', 'early', 'late'].map((key) => change({ key }))
    const { free, stopped } = independentOf(new Set(failed), changes, ordered)
    expect([...free, ...stopped].map(({ key }) => key).sort()).toEqual(changes.map(({ key }) => key).sort())
    return stopped.map(({ key }) => key)
  }

  test.each<readonly [failed: readonly string[], stopped: readonly string[]]>([
    [[], []],
    [['ns'], ['config', 'late']],
    [['config'], ['web', 'late']],
    [['free'], ['late']],
    [['early'], ['config', 'web', 'free', 'late']],
    [['late'], []],
    [
      ['late', 'ns'],
      ['config', 'late'],
    ],
  ])('%j stops what depends on it or comes in a later wave: %j', (failed, stopped) => {
    expect(stoppedBy(...failed)).toEqual(stopped)
  })

  test('a heal goes on in a later wave, and not where it depends on what failed', () => {
    const heals = [change({ key: 'late', reason: 'drift' }), change({ key: 'config', reason: 'vanished' })]
    const { free, stopped } = independentOf(new Set(['ns']), heals, ordered)
    expect(free.map(({ key }) => key)).toEqual(['late'])
    expect(stopped.map(({ key }) => key)).toEqual(['config'])
  })

  test('200,000 failures are no more trouble than one', () => {
    const failed = new Set(Array.from({ length: 200_000 }, (_, at) => `r${at}`))
    expect(independentOf(failed, [change({ key: 'late' })], ordered).free).toEqual([])
  })
})
