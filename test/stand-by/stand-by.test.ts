import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../tools/control-plane/for-tests.ts'
import type { Assignment } from './agent.ts'
import { strayWrites, type Trio, trio } from './trio.ts'

const controlPlane = sharedControlPlane({ controllers: false })
const ttlMs = 900

async function three(kind: Assignment['store']['kind']): Promise<Trio> {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-stand-by-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const store: Assignment['store'] =
    kind === 'sqlite'
      ? { kind, path: join(folder, 'state.db') }
      : {
          kind,
          kubeconfig: controlPlane().admin.kubeconfig,
          namespace: await controlPlane().createNamespace(),
        }
  const made = await trio(folder, store, ttlMs)
  onTestFinished(made.stop)
  return made
}

/** How often this line stands there. */
const count = (lines: readonly string[], line: string): number => lines.filter((each) => each === line).length

describe.each(['sqlite', 'kubernetes'] as const)('of three engines on one store (%s)', (kind) => {
  test('with clocks hours apart one writes at a time, through pauses, kills and stops', async () => {
    const { leader, until, comes, signal, lines } = await three(kind)
    await until('a write', (all) => all.some((line) => line.startsWith('write ')))

    // Paused for longer than its lease, and woken when another one writes.
    let paused = leader()
    for (;;) {
      const startedBefore = lines().filter((line) => line.startsWith('started ')).length
      const isTaken = (all: readonly string[]): boolean =>
        all.filter((line) => line.startsWith('started ')).length > startedBefore &&
        all.at(-1)?.startsWith('write ') === true
      signal(paused, 'SIGSTOP')
      if (await comes(isTaken, 8_000)) break
      // Paused within a transaction it keeps the lock of a SQLite file: nobody takes over, and nobody writes.
      signal(paused, 'SIGCONT')
      await until('somebody to write again', (all) => all.at(-1)?.startsWith('write ') === true)
      paused = leader()
    }
    const heir = leader()
    expect(heir).not.toBe(paused)
    const superseded = count(lines(), `superseded ${paused}`)
    signal(paused, 'SIGCONT')
    await until('the paused one to notice', (all) => count(all, `superseded ${paused}`) > superseded)
    await until('it to stand by', (all) =>
      all.some((line) => line.startsWith('standby:') && line.endsWith(` ${paused}`)),
    )

    // Killed.
    const killed = leader()
    signal(killed, 'SIGKILL')
    await until('another one to write', (all) => {
      const last = all.at(-1) ?? ''
      return last.startsWith('write ') && last !== `write ${killed}`
    })

    // Stopped as one should be: the last one need not wait for the lease to run out.
    const stopped = leader()
    expect(stopped).not.toBe(killed)
    signal(stopped, 'SIGTERM')
    await until('the last one to write', (all) => {
      const last = all.at(-1) ?? ''
      return last.startsWith('write ') && last !== `write ${stopped}` && last !== `write ${killed}`
    })
    expect(strayWrites(lines())).toEqual([])
  }, 120_000)
})

test('a write of an engine that lost its store would be noticed', () => {
  const lines = ['started one', 'write one', 'started two', 'write two', 'write one']
  expect(strayWrites(lines)).toEqual(['write one, while two has the store'])
})
