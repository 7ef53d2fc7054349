import assert from 'node:assert/strict'
import { isMooringError, type MooringError } from '../errors/mooring-error.ts'

/** The Mooring error a promise rejects with. Fails when it does not reject, or with anything else. */
export async function rejection(promise: Promise<unknown>, what: string): Promise<MooringError> {
  const thrown = await thrownBy(promise, what)
  assert.ok(isMooringError(thrown), `Expected ${what} to reject with a MooringError, got ${String(thrown)}`)
  return thrown
}

/** Fails unless the promise rejects with a conflict. */
export async function rejectsAsConflict(promise: Promise<unknown>, what: string): Promise<void> {
  const { kind, code } = await rejection(promise, what)
  assert.equal(
    kind,
    'conflict',
    `Expected ${what} to reject with an error of kind conflict, got ${kind} (${code})`,
  )
}

/** Fails unless the promise rejects with this code. */
export async function rejectsWithCode(
  promise: Promise<unknown>,
  expected: string,
  what: string,
): Promise<void> {
  const { code } = await rejection(promise, what)
  assert.equal(code, expected, `Expected ${what} to reject with ${expected}, got ${code}`)
}

/** Fails unless the call, made with a signal that is aborted already, rejects with that signal's reason. */
export async function rejectsWhenAborted(
  call: (signal: AbortSignal) => unknown,
  what: string,
): Promise<void> {
  const reason = new Error('aborted by the contract suite')
  const answer = (async () => call(AbortSignal.abort(reason)))()
  const thrown = await thrownBy(answer, `${what} with an aborted signal`)
  assert.equal(
    thrown,
    reason,
    `Expected ${what} to reject with the signal's own reason, got ${String(thrown)}`,
  )
}

async function thrownBy(promise: Promise<unknown>, what: string): Promise<unknown> {
  try {
    await promise
  } catch (thrown) {
    return thrown
  }
  return assert.fail(`Expected ${what} to reject, but it answered`)
}

/** What a promise gives, or a failure once the suite's patience is over. */
export async function within<Value>(
  promise: Promise<Value>,
  patienceMs: number,
  what: string,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const error = new assert.AssertionError({ message: `Expected ${what} within ${patienceMs} ms` })
    timer = setTimeout(() => reject(error), patienceMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Everything an iterable yields. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = []
  for await (const item of items) collected.push(item)
  return collected
}

/** What the error says that a promise rejects with, hint included. Fails when it does not reject. */
export async function thrownText(promise: Promise<unknown>): Promise<string> {
  const { message, hint, stack } = await rejection(promise, 'a call that must be refused')
  return [message, hint, stack].join('\n')
}

/** Fails when the text is anywhere in what is shown. */
export function assertWithout(text: string, shown: unknown, where: string): void {
  assert.ok(!JSON.stringify(shown).includes(text), `Expected no sensitive value in ${where}`)
}
