import { createHash } from 'node:crypto'
import { MooringError } from '@mooring/core'

/** The line before one host. */
export interface HostGate {
  /**
   * Waits until fewer than this many requests to the host are under way, and counts as one until the function it gives is
   * called. First come, first served. Throws the reason of an abort.
   */
  readonly enter: (most: number, signal: AbortSignal) => Promise<() => void>
  /** Throws `RATE_LIMITED` while the host wants to be left alone by whoever shows these credentials. */
  readonly refuseWhilePaused: (shown: string | undefined, url: string) => void
  /** The host has asked to be left alone, for so long if it said so. */
  readonly pause: (shown: string | undefined, ms: number | undefined) => void
  /** The host has answered: the next pause is a short one again. */
  readonly welcome: (shown: string | undefined) => void
}

/** Lines before hosts. */
export type HostGates = (origin: string) => HostGate

interface Pause {
  until: number
  streak: number
}

interface Host {
  active: number
  readonly waiting: { readonly most: number; readonly go: () => void }[]
  readonly pauses: Map<string, Pause>
}

/** A host that does not say how long gets this much, doubled with every time in a row. */
const firstPauseMs = 10_000
const longestPauseMs = 300_000
const sweepFrom = 100

/**
 * One line for each host, however many repositories are read from it. Limits of rate are counted by server for a token, or
 * for an address without one; so whoever shows other credentials does not wait for a pause that is not theirs.
 */
export function hostGates(now: () => number = Date.now): HostGates {
  const hosts = new Map<string, Host>()

  const hostAt = (origin: string): Host => {
    if (hosts.size >= sweepFrom) for (const [name, host] of hosts) if (isIdle(host, now())) hosts.delete(name)
    const host = hosts.get(origin) ?? { active: 0, waiting: [], pauses: new Map() }
    hosts.set(origin, host)
    return host
  }

  return (origin) => ({
    enter: (most, signal) => enter(hostAt(origin), most, signal),
    refuseWhilePaused: (shown, url) => {
      const pause = hostAt(origin).pauses.get(keyOf(shown))
      if (pause !== undefined && pause.until > now()) throw stillPaused(url, pause.until - now())
    },
    pause: (shown, ms) => {
      const { pauses } = hostAt(origin)
      const { streak } = pauses.get(keyOf(shown)) ?? { streak: 0 }
      const forMs = ms ?? Math.min(firstPauseMs * 2 ** streak, longestPauseMs)
      pauses.set(keyOf(shown), { until: now() + forMs, streak: streak + 1 })
    },
    welcome: (shown) => {
      hosts.get(origin)?.pauses.delete(keyOf(shown))
    },
  })
}

async function enter(host: Host, most: number, signal: AbortSignal): Promise<() => void> {
  signal.throwIfAborted()
  if (host.active >= most || host.waiting.length > 0) await turnIn(host, most, signal)
  else host.active++
  let isInside = true
  return () => {
    if (!isInside) return
    isInside = false
    host.active--
    admit(host)
  }
}

/** Only the first in line is looked at: who wants less company must not be overtaken for ever. */
function admit(host: Host): void {
  for (
    let first = host.waiting[0];
    first !== undefined && host.active < first.most;
    first = host.waiting[0]
  ) {
    host.waiting.shift()
    host.active++
    first.go()
  }
}

function turnIn(host: Host, most: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const place = {
      most,
      go: () => {
        signal.removeEventListener('abort', leave)
        resolve()
      },
    }
    const leave = (): void => {
      host.waiting.splice(host.waiting.indexOf(place), 1)
      admit(host)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', leave, { once: true })
    host.waiting.push(place)
  })
}

const isIdle = ({ active, waiting, pauses }: Host, at: number): boolean =>
  active === 0 && waiting.length === 0 && [...pauses.values()].every(({ until }) => until <= at)

/** Whose pause it is, without holding on to what they showed. */
const keyOf = (shown: string | undefined): string =>
  shown === undefined ? '' : createHash('sha256').update(shown).digest('base64')

const stillPaused = (url: string, ms: number): MooringError =>
  new MooringError({
    code: 'RATE_LIMITED',
    kind: 'transient',
    message: `Expected to ask ${url}, found that its host has asked to be left alone for ${Math.ceil(ms / 1000)} s more`,
    hint: 'Nothing was sent. Poll less often (pollMs), or spread the load over several tokens.',
    retryAfterMs: Math.ceil(ms),
  })
