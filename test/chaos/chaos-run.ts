import { setTimeout as pause } from 'node:timers/promises'
import type { ControlPlane } from '../../tools/control-plane/index.ts'
import { type Random, randomOf } from '../crash/random.ts'
import { differences } from './differences.ts'
import { type Account, begin, between, happen, take } from './happenings.ts'
import { type Intruder, intruder } from './intruder.ts'
import { type Interposed, intervalMs, pollMs, unnoticedMs, type World, worldOn } from './world.ts'

/** What one run came to. */
export interface Figures {
  /** What came in, by name: `git refuse`, `api swallow`, `commit`, `edit`, … */
  readonly happened: Readonly<Record<string, number>>
  /** From the end of the faults to everything being as it should, in milliseconds, for each round that healed. */
  readonly healedMs: readonly number[]
  /** What was not as it should be in time, in words. Empty when all is well. */
  readonly wrong: readonly string[]
}

/** How a run is made. */
export interface ChaosRun {
  /** Decides what happens and when; where the engine is just then is left to chance. */
  readonly seed: number
  readonly rounds: number
  readonly controlPlane: ControlPlane
  /** Default: nothing stands between. */
  readonly interposed?: Interposed
  /**
   * Default false. True: connections to the API server that lost bytes may stay dead when the faults end, and a request on
   * one of them hangs for as long as the adapter lets a request wait.
   */
  readonly leavesDead?: boolean
  /** Default: one interval and the longest backoff, and what it takes to notice and to work. */
  readonly boundMs?: number
}

/** Rounds of faults, commits and intrusions, each with time to heal. Ends with the first that has not healed by then. */
export async function chaosRun(options: ChaosRun): Promise<Figures> {
  const { controlPlane, interposed = (target) => target, leavesDead = false, boundMs } = options
  const deadMs = leavesDead ? unnoticedMs : 0
  await using world = await worldOn(controlPlane, interposed)
  const random = randomOf(options.seed)
  const other = intruder(controlPlane.admin.call, world.namespace)
  const happened: Record<string, number> = {}
  const healedMs: number[] = []
  const account = await begin(world.repository)
  await world.engine.start()
  let healing = await heal(world, other, account, { begunAt: Date.now(), deadMs, boundMs })
  for (let round = 1; round <= options.rounds && healing.wrong.length === 0; round++) {
    const begunAt = Date.now()
    await between(other, account, random)
    for (let left = 8 + random.below(8); left > 0; left--) {
      const what = await happen(world, other, account, random)
      happened[what] = (happened[what] ?? 0) + 1
      await pause(random.below(300))
    }
    await restore(world, random, leavesDead)
    healing = await heal(world, other, account, { begunAt, deadMs, boundMs })
    if (healing.wrong.length === 0) healedMs.push(healing.afterMs)
    else healing = { ...healing, wrong: healing.wrong.map((what) => `round ${round}: ${what}`) }
  }
  return { happened, healedMs, wrong: healing.wrong }
}

/** Ends all faults. What hangs on a connection that lost bytes goes on hanging, unless that is reset. */
async function restore({ git, api }: World, random: Random, leavesDead: boolean): Promise<void> {
  await git.restore()
  await api.restore()
  if (random.below(3) > 0) git.reset()
  if (random.below(3) > 0 || !leavesDead) api.reset()
}

/** What the passes themselves may take, on a machine on which others work at the same time. */
const workMs = 5_000

/** How long a healing may take. */
interface Patience {
  /** When the round began. */
  readonly begunAt: number
  readonly deadMs: number
  readonly boundMs: number | undefined
}

/** Waits until all is well, for an interval and the longest backoff at most, and says what is not by then. */
async function heal(
  { engine, namespace, longestBackoffMs }: World,
  other: Intruder,
  account: Account,
  patience: Patience,
): Promise<{ readonly afterMs: number; readonly wrong: readonly string[] }> {
  const endedAt = Date.now()
  const noticeMs = unnoticedMs + patience.deadMs
  for (;;) {
    const live = await other.look()
    const wrong = await differences(engine, live, { ...account, namespace })
    const afterMs = Date.now() - endedAt
    // Backoffs that began when no fault could be noticed any more count for nothing.
    const backoffMs = longestBackoffMs(patience.begunAt, endedAt + noticeMs)
    const boundMs = patience.boundMs ?? noticeMs + pollMs + 1.1 * intervalMs + backoffMs + workMs
    if (wrong.length === 0) take(account, live)
    if (wrong.length === 0 || afterMs > boundMs)
      return {
        afterMs,
        wrong: wrong.map((what) => `${what} (after ${afterMs} of ${Math.round(boundMs)} ms)`),
      }
    await pause(50)
  }
}
