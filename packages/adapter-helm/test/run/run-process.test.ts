import { systemClock } from '@mooring/core'
import { expect, test } from 'vitest'
import { helmVersion, isSupported } from '../../src/run/helm-version.ts'
import { type ProcessSpec, runProcess } from '../../src/run/run-process.ts'
import { slots } from '../../src/run/slots.ts'

const { signal } = new AbortController()

const program = (script: string, more: Partial<ProcessSpec['limits']> = {}, input?: string): ProcessSpec => ({
  path: process.execPath,
  args: ['--eval', script],
  env: { A: '1' },
  folder: '/',
  clock: systemClock,
  limits: { timeoutMs: 30_000, memoryBytes: 2 ** 31, outputBytes: 1_000_000, graceMs: 200, ...more },
  ...(input !== undefined && { input }),
})

test('input, environment and folder are what was given, and nothing else', async () => {
  const script =
    'process.stdin.pipe(process.stdout); console.error(Object.keys(process.env).join(), process.cwd())'
  expect(await runProcess(program(script, {}, 'hello'), signal)).toEqual({
    code: 0,
    stdout: 'hello',
    stderr: 'A /\n',
  })
})

test('an abort ends the process and what it started, even if both ignore SIGTERM', async () => {
  const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"
  const script = `
    const child = require('child_process').spawn(process.execPath, ['--eval', ${JSON.stringify(stubborn)}], { stdio: 'ignore' })
    process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log(child.pid)`
  const aborting = new AbortController()
  const reason = new Error('no longer wanted')
  const running = runProcess({ ...program(script), path: process.execPath }, aborting.signal)
  setTimeout(() => aborting.abort(reason), 300)
  await expect(running).rejects.toBe(reason)
})

test('more output than allowed ends it', async () => {
  const ran = await runProcess(
    program("setInterval(() => console.log('x'.repeat(1000)), 0)", { outputBytes: 5000 }),
    signal,
  )
  expect(ran).toMatchObject({ code: undefined, exceeded: 'output' })
  expect(ran.stdout).toHaveLength(5000)
})

test('of errors the beginning and the end are kept', async () => {
  const script = "process.stderr.write('first' + 'x'.repeat(200_000) + 'last')"
  const { stderr } = await runProcess(program(script), signal)
  expect(stderr.startsWith('first')).toBe(true)
  expect(stderr.endsWith('last')).toBe(true)
  expect(stderr).toHaveLength(65_536)
})

test('places are handed out in the order of asking, and an abort leaves the line', async () => {
  const { within } = slots(1)
  const order: string[] = []
  let release = (): void => {}
  const first = within(signal, () => new Promise<void>((resolve) => (release = resolve)))
  const aborting = new AbortController()
  const second = within(aborting.signal, async () => order.push('second'))
  const third = within(signal, async () => order.push('third'))
  aborting.abort(new Error('left'))
  await expect(second).rejects.toThrow('left')
  release()
  await Promise.all([first, third])
  expect(order).toEqual(['third'])
})

test.each([
  ['v4.1.4', '4.1.4', true],
  ['v3.14.0+gabc', '3.14.0', true],
  ['v3.13.9', '3.13.9', false],
  ['v2.17.0', '2.17.0', false],
  ['v5.0.0', '5.0.0', false],
])('%s is version %s, supported: %s', (printed, version, supported) => {
  expect(helmVersion(printed)).toBe(version)
  expect(isSupported(version)).toBe(supported)
})
