import { expect, test } from 'vitest'
import { sweptMap } from '../../src/scheduler/swept-map.ts'

const setUp = () =>
  sweptMap(
    (name) => ({ name, isIdle: true }),
    ({ isIdle }) => isIdle,
  )

test('gives the same thing for the same name', () => {
  const map = setUp()
  expect(map.get('a')).toBeUndefined()
  expect(map.of('a')).toBe(map.of('a'))
  expect(map.get('a')).toBe(map.of('a'))
})

test('forgets what is idle when there is much of it', () => {
  const map = setUp()
  for (let count = 0; count < 10_000; count++) map.of(`name ${count}`)
  expect(map.size()).toBeLessThanOrEqual(64)
})

test('keeps what is not idle, however much it is', () => {
  const map = setUp()
  for (let count = 0; count < 1000; count++) map.of(`busy ${count}`).isIdle = false
  for (let count = 0; count < 10_000; count++) map.of(`name ${count}`)
  expect(map.size()).toBeLessThanOrEqual(2000)
  for (let count = 0; count < 1000; count++) expect(map.get(`busy ${count}`)).toBeDefined()
})
