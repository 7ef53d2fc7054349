import { createHash } from 'node:crypto'
import { MooringError } from '@mooring/core'

/** The line before one host. */
export interface HostGate {
  /**
   * Waits until fewer than this many requests to the host are under way, and counts as one until the function it gives is
   * called. Throws the reason of an abort.
   *
   * Who waits is let in by turns, one of each party (the same credentials) after the other; within a party, first come,
   * first served. A party that has nothing under way does not wait for places that others hold, until there are twice as
   * many: requests that hang under one tenant's credentials hold up that tenant.
   */
  readonly enter: (most: number, party: unknown, signal: AbortSignal) => Promise<() => void>
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

interface Place {
  readonly most: number
  readonly go: () => void
}

interface Party {
  active: number
  readonly waiting: Place[]
}

interface Host {
  active: number
  /** Those with something under way or waiting, in the order of their turns. */
  readonly parties: Map<unknown, Party>
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
    const host = hosts.get(origin) ?? { active: 0, parties: new Map(), pauses: new Map() }
    hosts.set(origin, host)
    return host
  }

  return (origin) => ({
    enter: (most, party, signal) => enter(hostAt(origin), { most, party }, signal),
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

interface Entry {
  readonly most: number
  readonly party: unknown
}

async function enter(host: Host, { most, party: key }: Entry, signal: AbortSignal): Promise<() => void> {
  signal.throwIfAborted()
  const party = host.parties.get(key) ?? { active: 0, waiting: [] }
  host.parties.set(key, party)
  await turnIn(host, { party, most }, signal)
  let isInside = true
  return () => {
    if (!isInside) return
    isInside = false
    host.active--
    party.active--
    admit(host)
  }
}

function turnIn(
  host: Host,
  { party, most }: { readonly party: Party; readonly most: number },
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const place = {
      most,
      go: () => {
        signal.removeEventListener('abort', leave)
        resolve()
      },
    }
    const leave = (): void => {
      party.waiting.splice(party.waiting.indexOf(place), 1)
      admit(host)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', leave, { once: true })
    party.waiting.push(place)
    admit(host)
  })
}

/** Lets in who may, and forgets parties that have gone. */
function admit(host: Host): void {
  for (const [key, party] of host.parties) {
    if (party.active === 0 && party.waiting.length === 0) host.parties.delete(key)
    const [first] = party.waiting
    if (first !== undefined && party.active === 0 && host.active < 2 * first.most) letIn(host, party, first)
  }
  for (let next = nextOf(host); next !== undefined; next = nextOf(host)) {
    const { key, party, first } = next
    if (host.active >= first.most) return
    letIn(host, party, first)
    // Its next turn comes after everybody else's.
    host.parties.delete(key)
    host.parties.set(key, party)
  }
}

function letIn(host: Host, party: Party, place: Place): void {
  party.waiting.shift()
  party.active++
  host.active++
  place.go()
}

/** Only the first in turn is looked at: who wants less company must not be overtaken for ever. */
function nextOf({ parties }: Host) {
  for (const [key, party] of parties) {
    const [first] = party.waiting
    if (first !== undefined) return { key, party, first }
  }
  return undefined
}

const isIdle = ({ parties, pauses }: Host, at: number): boolean =>
  parties.size === 0 && [...pauses.values()].every(({ until }) => until <= at)

/** Who it is, without holding on to what they showed. */
export const keyOf = (shown: string | undefined): string =>
  shown === undefined ? '' : createHash('sha256').update(shown).digest('base64')

const stillPaused = (url: string, ms: number): MooringError =>
  new MooringError({
    code: 'RATE_LIMITED',
    kind: 'transient',
    message: `Expected to ask ${url}, found that its host has asked to be left alone for ${Math.ceil(ms / 1000)} s more`,
    hint: 'Nothing was sent. Poll less often (pollMs), or spread the load over several tokens.',
    retryAfterMs: Math.ceil(ms),
  })
