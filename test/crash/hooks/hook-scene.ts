import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startControlPlane } from '../../../tools/control-plane/index.ts'
import { hookDirectory, hookNamespace } from './hook-place.ts'
import { type HookFigures, hookCrashRun } from './hook-run.ts'

/** Kills engines amid operations with hooks, prints what it counted, and gives what is wrong, in words. */
export async function hookScene(
  target: string,
  wantedKills: number,
  print: (line: string) => void,
): Promise<readonly string[]> {
  await using cluster =
    target === 'kubernetes' ? disposable(await startControlPlane({ audit: false })) : undefined
  const all: HookFigures[] = []
  const killed = (): number =>
    all.flatMap(({ kills }) => Object.values(kills)).reduce((sum, count) => sum + count, 0)
  for (let number = 0; killed() < wantedKills; number++) {
    const folder = mkdtempSync(join(tmpdir(), 'mooring-crash-hooks-'))
    try {
      const place = cluster === undefined ? hookDirectory(folder) : await hookNamespace(cluster.value)
      all.push(await hookCrashRun({ folder, place, releases: 2, killsAtEach: 5, firstFailpoint: number * 7 }))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  const sum = (figure: (figures: HookFigures) => number): number =>
    all.reduce((total, figures) => total + figure(figures), 0)
  const kills: Record<string, number> = {}
  for (const figures of all)
    for (const [name, count] of Object.entries(figures.kills)) kills[name] = (kills[name] ?? 0) + count
  const instancesTwice = all.flatMap((figures) => figures.instancesTwice)
  const functionsTwice = all.flatMap((figures) => figures.functionsTwice)
  const past = all.flatMap((figures) => figures.past)
  const orphans = all.flatMap((figures) => figures.orphans)
  print(JSON.stringify(kills, undefined, 2))
  print(
    `hooks: ${killed()} kills, ${sum((one) => one.operations)} operations, ${sum((one) => one.functionsStarted)} functions started, ${sum((one) => one.instances)} resource hooks, ${sum((one) => one.unknown)} unknown outcomes decided`,
  )
  print(
    `hooks: ${instancesTwice.length} resource hooks created twice, ${functionsTwice.length} non-idempotent function hooks started twice, ${past.length} operations past an unknown outcome, ${orphans.length} orphans`,
  )
  return [
    ...instancesTwice.map((name) => `${name} was created twice`),
    ...functionsTwice.map((id) => `${id} was started twice`),
    ...past.map((id) => `${id} went past an unknown outcome`),
    ...orphans.map((name) => `orphan: ${name} is still there`),
  ]
}

const disposable = <Value extends { readonly stop: () => Promise<unknown> }>(value: Value) => ({
  value,
  [Symbol.asyncDispose]: async () => void (await value.stop()),
})
