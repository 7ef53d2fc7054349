import { describe, expect, test, vi } from 'vitest'
import { classify, messageOf, summariseError } from '../../src/errors/classify.ts'
import { isMooringError, MooringError } from '../../src/errors/mooring-error.ts'

const details = {
  code: 'QUOTA',
  kind: 'permanent',
  message: 'no room',
  hint: 'make some',
  retryAfterMs: 5,
} as const

/** Another installed copy of the module: its own class, of the same structure. */
async function anotherCopy() {
  vi.resetModules()
  const copy = await import('../../src/errors/mooring-error.ts')
  expect(copy.MooringError).not.toBe(MooringError)
  return copy
}

describe('a Mooring error', () => {
  test('is an Error with code, kind, message, hint and cause', () => {
    const cause = new Error('below')
    const error = new MooringError({ ...details, cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ ...details, name: 'MooringError', cause })
    expect(isMooringError(error)).toBe(true)
  })

  test('has no fields for what nobody gave', () => {
    const error = new MooringError({ code: 'X', kind: 'transient', message: 'm' })
    expect(Object.keys(error).sort()).toEqual(['code', 'kind', 'name'])
    expect('cause' in error).toBe(false)
  })

  test('of another installed copy is recognised, both ways', async () => {
    const copy = await anotherCopy()
    const theirs = new copy.MooringError(details)
    expect(theirs).not.toBeInstanceOf(MooringError)
    expect(isMooringError(theirs)).toBe(true)
    expect(copy.isMooringError(new MooringError(details))).toBe(true)
  })

  test('of another copy keeps its code and kind when it is classified', async () => {
    const copy = await anotherCopy()
    const theirs = new copy.MooringError(details)
    expect(classify(theirs, 'TARGET_FAILED', 'somewhere')).toBe(theirs)
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'MooringError'],
    ['a plain error', new Error('x')],
    ['an object that looks like one', { ...details, name: 'MooringError' }],
    ['a copy of the fields of one', Object.assign({}, new MooringError(details))],
  ])('is not %s', (_, thrown) => {
    expect(isMooringError(thrown)).toBe(false)
  })
})

const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic

/** What code we do not know may throw, and what is said of it. */
const thrown: readonly (readonly [what: string, value: unknown, message: string])[] = [
  ['an error', new RangeError('too far'), 'too far'],
  ['an error without a message', new RangeError(), 'RangeError'],
  ['an error whose message is no text', Object.assign(new Error('x'), { message: { a: 1 } }), 'Error'],
  ['a text', 'plain words', 'plain words'],
  ['an empty text', '', 'threw an empty text'],
  ['undefined', undefined, 'threw undefined'],
  ['null', null, 'threw null'],
  ['a number', 42, 'threw 42'],
  ['a big integer', 1n, 'threw 1'],
  ['a symbol', Symbol('s'), 'threw Symbol(s)'],
  ['a function', () => 'source text', 'threw a function'],
  ['an object with a message', { message: 'from elsewhere', status: 500 }, 'from elsewhere'],
  [
    'an object without one',
    { headers: { authorization: 'Bearer hunter2' } },
    'threw an object without a message',
  ],
  ['an object in a circle', cyclic, 'threw an object without a message'],
  ['an object without a prototype', Object.create(null), 'threw an object without a message'],
  [
    'an object that throws when it is looked at',
    {
      get message() {
        throw new Error('no')
      },
    },
    'threw an object without a message',
  ],
  ['a revoked proxy', revoked(), 'threw an object without a message'],
]

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

describe('whatever is thrown', () => {
  test.each(thrown)('%s, says something', (_, value, message) => {
    expect(messageOf(value)).toBe(message)
  })

  test.each(thrown)(
    '%s, becomes a transient error that names the place and keeps the cause',
    (_, value, message) => {
      const error = classify(value, 'TARGET_FAILED', 'Target x failed')
      expect(error.code).toBe('TARGET_FAILED')
      expect(error.kind).toBe('transient')
      expect(error.message).toBe(`Target x failed: ${message}`)
      expect(error.cause).toBe(value)
    },
  )
})

test('an error as data leaves out stack, cause and what was not given', () => {
  expect(summariseError(new MooringError({ ...details, cause: new Error('x') }))).toEqual({
    code: 'QUOTA',
    kind: 'permanent',
    message: 'no room',
    hint: 'make some',
  })
  expect(summariseError(new MooringError({ code: 'X', kind: 'conflict', message: 'm' }))).toEqual({
    code: 'X',
    kind: 'conflict',
    message: 'm',
  })
})
