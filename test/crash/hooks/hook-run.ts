import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProcess } from '../run-process.ts'
import type { HookAssignment } from './hook-agent.ts'
import { type HookFailpoint, hookFailpoints } from './hook-failpoints.ts'
import type { HookPlace } from './hook-place.ts'

/** What a run of operations with hooks came to. */
export interface HookFigures {
  /** Kills at each instant; `random` for those at any. */
  readonly kills: Readonly<Record<string, number>>
  readonly operations: number
  readonly functionsStarted: number
  readonly instances: number
  /** Outcomes that a crash made unknown, each decided by a person. */
  readonly unknown: number
  readonly instancesTwice: readonly string[]
  readonly functionsTwice: readonly string[]
  /** Operations that wrote past a hook, or ended synced with one, whose outcome nobody knows. */
  readonly past: readonly string[]
  /** Instances that are there beside another one of their hook. */
  readonly orphans: readonly string[]
}

/** How a run is made. */
export interface HookCrashRun {
  readonly folder: string
  readonly place: HookPlace
  readonly releases: number
  readonly killsAtEach: number
  readonly firstFailpoint: number
}

/** Makes releases with hooks by processes that are killed, and counts what happened twice, or too early. */
export async function hookCrashRun(options: HookCrashRun): Promise<HookFigures> {
  const { place, folder, killsAtEach, releases } = options
  const notes = join(folder, 'notes')
  const kills: Record<string, number> = {}
  const incarnations = new Map<string, Set<string>>()
  const look = async (): Promise<void> => {
    for (const [name, uid] of await place.instances())
      incarnations.set(name, (incarnations.get(name) ?? new Set()).add(uid))
  }
  let next = options.firstFailpoint
  for (let release = 0; release < releases; release++) {
    const files = place.filesOf(`release ${release}`)
    const assignment = { place: place.settings, store: join(folder, 'state.db'), notes, files }
    for (let kill = 0; kill < killsAtEach; kill++) {
      const failpoint = failpointOf(next++)
      const { killed } = await run(
        { ...assignment, ...(failpoint && { failpoint }) },
        failpoint ? undefined : next % 300,
      )
      await look()
      if (!killed) break
      const name = failpoint?.name ?? 'random'
      kills[name] = (kills[name] ?? 0) + 1
    }
    const { killed } = await run(assignment)
    if (killed) throw new Error(`Release ${release} came to no end`)
    await look()
  }
  const live = [...(await place.instances()).keys()]
  return { kills, ...judge(existsSync(notes) ? readFileSync(notes, 'utf8') : '', incarnations, live) }
}

const run = (assignment: HookAssignment, killAfterMs?: number): ReturnType<typeof runProcess> =>
  runProcess(join(import.meta.dirname, 'hook-agent.ts'), assignment, killAfterMs)

/** Each instant in turn, at its first to third time; every sixth kill is at any moment. */
function failpointOf(number: number): HookFailpoint | undefined {
  if (number % 6 === 5) return undefined
  const at = number - Math.floor(number / 6)
  const name = hookFailpoints[at % hookFailpoints.length]
  return name && { name, count: 1 + (Math.floor(at / hookFailpoints.length) % 3) }
}

/** Counts, from what every process noted and what was seen of the place. */
function judge(
  text: string,
  incarnations: ReadonlyMap<string, ReadonlySet<string>>,
  live: readonly string[],
): Omit<HookFigures, 'kills'> {
  const lines = text.split('\n').filter((line) => line !== '')
  const of = (word: string): readonly string[] =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
  const starts = of('starts')
  const ends = new Set(of('ends'))
  const finished = [...new Set(of('finished'))].map((line) => line.split(' '))
  const once = starts.filter((id) => !id.endsWith('/again'))
  const synced = new Set(finished.flatMap(([id, outcome]) => (outcome === 'synced' && id ? [id] : [])))
  const unended = once.filter((id) => !ends.has(id) && synced.has(id.split('/')[0] ?? ''))
  // Of every hook the last instance stays, as the default policy says, and no other one.
  const hooks = live.map((name) => name.replace(/-[0-9a-f-]{12,}$/, ''))
  return {
    operations: new Set(starts.map((id) => id.split('/')[0])).size,
    functionsStarted: starts.length,
    instances: incarnations.size,
    unknown: finished.filter(([, , code]) => code === 'HOOK_OUTCOME_UNKNOWN').length,
    instancesTwice: [...incarnations].flatMap(([name, uids]) => (uids.size > 1 ? [name] : [])),
    functionsTwice: once.filter((id, at) => once.indexOf(id) !== at),
    past: [...of('past'), ...unended],
    orphans: live.filter((_, at) => hooks.indexOf(hooks[at] ?? '') !== at),
  }
}
