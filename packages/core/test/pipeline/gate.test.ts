import { describe, expect, test } from 'vitest'
import type { Health } from '../../src/model/resource.ts'
import { gate, unreadyOf } from '../../src/pipeline/gate.ts'
import { order } from '../../src/pipeline/order.ts'
import { change } from './scene.ts'

const progressing: Health = { state: 'progressing', message: 'rolling out' }
const degraded: Health = { state: 'degraded' }
const unhealthy = new Map([
  ['ns', progressing],
  ['config', degraded],
  ['early', progressing],
])
const ordered = order(
  [
    { key: 'ns', label: 'ns', wave: 0, dependsOn: [] },
    { key: 'config', label: 'config', wave: 0, dependsOn: [] },
    { key: 'early', label: 'early', wave: -1, dependsOn: [] },
    { key: 'web', label: 'web', wave: 0, dependsOn: ['config'] },
    { key: 'free', label: 'free', wave: -1, dependsOn: [] },
    { key: 'below', label: 'below', wave: 0, dependsOn: ['web'] },
  ],
  [{ before: 'ns', after: 'web' }],
)
const explicit = (key: string): readonly string[] => (key === 'web' ? ['config'] : [])

const gateOf = (keys: readonly string[], changed: readonly string[]): readonly string[] => [
  ...gate(
    keys.map((key) => change({ key })),
    new Set(changed),
    explicit,
    ordered,
    unhealthy,
  ).keys(),
]

describe('a stage waits for', () => {
  test.each<
    readonly [what: string, stage: readonly string[], changed: readonly string[], awaited: readonly string[]]
  >([
    ['nothing, where it depends on nothing', ['free'], ['ns', 'config', 'early'], []],
    ['nothing, where it is empty', [], ['ns', 'config', 'early'], []],
    ['explicit dependencies, even those that this operation did not change', ['web'], [], ['config']],
    ["the target's edges, to what this operation changed", ['web'], ['ns'], ['ns', 'config']],
    ['an earlier wave, of what this operation changed', ['ns'], ['early'], ['early']],
    ['all of them together', ['free', 'web'], ['ns', 'early', 'config'], ['ns', 'config', 'early']],
    ['nothing that only something before it waits for', ['below'], ['ns', 'config'], []],
  ])('%s', (_, stage, changed, awaited) => {
    expect(gateOf(stage, changed)).toEqual(awaited)
  })

  test('whatever it waits for with its health, for people', () => {
    const awaited = gate([change({ key: 'web' })], new Set(['ns']), explicit, ordered, unhealthy)
    expect([...awaited]).toEqual([
      ['ns', progressing],
      ['config', degraded],
    ])
  })

  test('nothing at all where everything is healthy', () => {
    expect(gate([change({ key: 'web' })], new Set(['ns']), explicit, ordered, new Map()).size).toBe(0)
  })
})

test('an operation waits for everything it changed, and for nothing else', () => {
  expect([...unreadyOf(new Set(['ns', 'web']), unhealthy).keys()]).toEqual(['ns'])
  expect(unreadyOf(new Set(), unhealthy).size).toBe(0)
})
