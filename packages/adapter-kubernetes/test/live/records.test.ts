import type { Observation } from '@mooring/core'
import { expect, test } from 'vitest'
import { createRecords } from '../../src/live/records.ts'

const key = '/ConfigMap/shop/a'

const at = (version: string, more: Partial<Observation> = {}): Observation => ({
  key,
  uid: 'one',
  version,
  fingerprint: `f${version}`,
  health: { state: 'healthy' },
  ...more,
})

test('an event from before our own write changes nothing', () => {
  const records = createRecords()
  records.see(at('8'))
  records.learn(at('10'))
  expect(records.see(at('9'))).toBe(false)
  expect(records.get(key)?.version).toBe('10')
})

test('the event of our own write is no news', () => {
  const records = createRecords()
  records.learn(at('10'))
  expect(records.see(at('10'))).toBe(false)
})

test('versions compare as numbers of any length', () => {
  const records = createRecords()
  records.see(at('99'))
  expect(records.see(at('100'))).toBe(true)
  expect(records.get(key)?.version).toBe('100')
})

test('a late event of an earlier incarnation does not take the place of what we made', () => {
  const records = createRecords()
  records.see(at('5', { uid: 'old' }))
  records.learn(at('10', { uid: 'new' }))
  records.see(at('7', { uid: 'old' }))
  records.lose(at('8', { uid: 'old' }))
  expect(records.get(key)).toMatchObject({ uid: 'new', version: '10' })
})

test('a late event does not bring back what we deleted', () => {
  const records = createRecords()
  records.see(at('5'))
  records.bury(key, 'one', '6')
  expect(records.see(at('6'))).toBe(false)
  expect(records.get(key)).toBeUndefined()
})

test('a label taken off and put back before our delete, told late, does not bring the object back', () => {
  const records = createRecords()
  records.see(at('5'))
  records.bury(key, 'one', '7')
  records.lose(at('6'))
  records.see(at('7'))
  expect(records.get(key)).toBeUndefined()
})

test('a list from before our delete does not bring the object back, nor does one from before our create forget it', () => {
  const records = createRecords()
  records.bury(key, 'one', '6')
  const other = at('9', { key: '/ConfigMap/shop/b', uid: 'b' })
  records.learn(other)
  records.replaceAll([at('6')], '6')
  expect(records.get(key)).toBeUndefined()
  expect(records.get(other.key)).toEqual(other)
})

test('a deleted object made anew is seen', () => {
  const records = createRecords()
  records.see(at('5'))
  records.bury(key, 'one', '5')
  records.lose(at('6'))
  expect(records.see(at('7', { uid: 'two' }))).toBe(true)
})

test('an answer that comes after the watch has told that the object left does not bring it back', () => {
  const records = createRecords()
  records.replaceAll([], '1')
  records.see(at('10'))
  records.lose(at('11'))
  records.learn(at('10'))
  expect(records.get(key)).toBeUndefined()
})

test('late events from before a release do not show the object as ours', () => {
  const records = createRecords()
  records.see(at('5'))
  records.leave(at('8'))
  records.see(at('7'))
  expect(records.get(key)).toBeUndefined()
  records.lose(at('8'))
  expect(records.see(at('9'))).toBe(true)
})

test('the loss of a label, told late, does not hide what we have labelled since', () => {
  const records = createRecords()
  records.see(at('5'))
  records.learn(at('7'))
  expect(records.lose(at('6'))).toBe(false)
  expect(records.get(key)?.version).toBe('7')
})

test('a list tells what is new, what changed and what left', () => {
  const records = createRecords()
  const b = at('2', { key: 'b', uid: 'b' })
  const c = at('3', { key: 'c', uid: 'c' })
  records.replaceAll([at('1'), b, c], '5')
  const news = records.replaceAll(
    [at('1'), at('6', { key: 'b', uid: 'b' }), at('7', { key: 'd', uid: 'd' })],
    '9',
  )
  expect([...news].sort()).toEqual(['b', 'c', 'd'])
})

test('a version that went back is another history: nothing of the first one counts', () => {
  const records = createRecords()
  records.replaceAll([at('40')], '50')
  records.see(at('90'))
  records.learn(at('95', { key: 'b', uid: 'b' }))
  records.bury('c', 'c', '94')
  records.replaceAll([at('40'), at('41', { key: 'c', uid: 'c' })], '60')
  expect(records.get(key)?.version).toBe('40')
  expect(records.get('b')).toBeUndefined()
  expect(records.get('c')?.version).toBe('41')
})

test('a status that only moves on is no news, and what is learnt is no news twice', () => {
  const records = createRecords()
  records.see(at('5', { fingerprint: 'same' }))
  expect(records.see(at('6', { fingerprint: 'same' }))).toBe(false)
  expect(records.get(key)?.version).toBe('6')
  expect(records.see(at('7', { fingerprint: 'same', health: { state: 'degraded' } }))).toBe(true)
})
