import type { Observation, ResourceKey } from '@mooring/core'
import { isNewer } from './resource-version.ts'

/**
 * What is known of the live objects of one resource type. Fed by a watch and by the answers to our own writes, whichever
 * comes first: neither can make it older than the other did.
 */
export interface Records {
  readonly get: (key: ResourceKey) => Observation | undefined
  /** A state that the watch tells. True when it says something new. */
  readonly see: (observation: Observation) => boolean
  /** The watch tells that the object left what it selects; it may still exist. True when it was there before. */
  readonly lose: (last: Observation) => boolean
  /** The watch tells that nothing happened up to this version. */
  readonly reach: (version: string) => void
  /** A state that was answered to a write, or read. */
  readonly learn: (observation: Observation) => void
  /** A write of ours took the object, as it is now, out of what the watch selects: what the watch still says is old. */
  readonly leave: (observation: Observation) => void
  /** This incarnation is gone for good. It was there in `version`. */
  readonly bury: (key: ResourceKey, uid: string | undefined, version: string | undefined) => void
  /** Everything there is as of a list's version. Gives the keys of which something new is known. */
  readonly replaceAll: (observations: readonly Observation[], version: string) => readonly ResourceKey[]
  /** Forgets what a list at this version does not have, among the keys it speaks for. What is known since stays. */
  readonly keepListed: (
    listed: ReadonlySet<ResourceKey>,
    version: string,
    speaksFor: (key: ResourceKey) => boolean,
  ) => void
  readonly size: () => number
}

/** An incarnation that left by our own doing, before the watch said so. */
interface Departure {
  /** States up to this one are old. */
  readonly version: string
  /** All its states are old. */
  readonly isGone: boolean
}

/** No records yet. */
export function createRecords(): Records {
  const live = new Map<ResourceKey, Observation>()
  // By uid. Kept until list or watch has passed the departure.
  const departures = new Map<string, Departure>()
  // How far list and watch have come.
  let reached = ''

  const reach = (version: string | undefined): void => {
    if (version !== undefined && isNewer(version, reached)) reached = version
  }
  const isPast = ({ uid, version }: Observation): boolean => {
    const departure = uid === undefined ? undefined : departures.get(uid)
    return departure !== undefined && (departure.isGone || !isLater(version, departure.version))
  }
  const put = (observation: Observation): boolean => {
    const { key, uid, version } = observation
    const known = live.get(key)
    // Versions of one type share one line, so this holds between incarnations too.
    if (isPast(observation) || (known !== undefined && !isLater(version, known.version))) return false
    if (uid !== undefined) departures.delete(uid)
    live.set(key, observation)
    return !saysTheSame(known, observation)
  }
  const drop = ({ key, uid, version }: Observation): boolean => {
    const known = live.get(key)
    const isAbout = known !== undefined && known.uid === uid && !isLater(known.version, version)
    return isAbout && live.delete(key)
  }
  const dropUnlisted = (
    there: ReadonlySet<ResourceKey>,
    version: string,
    speaksFor: (key: ResourceKey) => boolean,
  ): void => {
    for (const [key, known] of live) {
      const isSince = known.version !== undefined && isNewer(known.version, version)
      if (!isSince && !there.has(key) && speaksFor(key)) live.delete(key)
    }
  }
  return {
    get: (key) => live.get(key),
    see: (observation) => {
      reach(observation.version)
      return put(observation)
    },
    lose: (last) => {
      reach(last.version)
      const { uid = '' } = last
      const departure = departures.get(uid)
      if (departure !== undefined && hasPassed(departure, reached)) departures.delete(uid)
      return drop(last)
    },
    reach,
    learn: (observation) => {
      // The watch has passed this version and does not have it any more: it was there, and has left since.
      const hasLeft = reached !== '' && !live.has(observation.key) && !isLater(observation.version, reached)
      if (!hasLeft) put(observation)
    },
    leave: (observation) => {
      const { uid, version } = observation
      drop(observation)
      if (uid !== undefined && version !== undefined && isNewer(version, reached))
        departures.set(uid, { version, isGone: false })
    },
    bury: (key, uid, version) => {
      if (live.get(key)?.uid === uid) live.delete(key)
      if (uid !== undefined) departures.set(uid, { version: version ?? '', isGone: true })
    },
    replaceAll: (observations, version) => {
      const before = new Map(live)
      if (isNewer(reached, version)) {
        // A version that went back means another history: a cluster that was restored from a backup.
        live.clear()
        departures.clear()
      }
      reached = version
      const listed = new Set(observations.map(({ uid }) => uid))
      for (const [uid, departure] of departures)
        if (!listed.has(uid) && isNotOlder(version, departure.version)) departures.delete(uid)
      for (const observation of observations) put(observation)
      dropUnlisted(new Set(observations.map(({ key }) => key)), version, () => true)
      const keys = new Set([...before.keys(), ...live.keys()])
      return [...keys].filter((key) => !saysTheSame(before.get(key), live.get(key)))
    },
    keepListed: dropUnlisted,
    size: () => live.size,
  }
}

const isNotOlder = (a: string, b: string): boolean => !isNewer(b, a)

/** Somebody may have taken the label off before our delete: then the deletion itself is still to come. */
const hasPassed = ({ version, isGone }: Departure, reached: string): boolean =>
  isGone ? isNewer(reached, version) : isNotOlder(reached, version)

/** Whether a state is later than another; also where that cannot be told. */
const isLater = (version: string | undefined, than: string | undefined): boolean =>
  version === undefined || than === undefined || isNewer(version, than)

/** Whether two observations of one key would lead to the same pass. */
function saysTheSame(before: Observation | undefined, after: Observation | undefined): boolean {
  return (
    before?.uid === after?.uid &&
    before?.fingerprint === after?.fingerprint &&
    before?.deleting === after?.deleting &&
    before?.health.state === after?.health.state &&
    before?.health.message === after?.health.message &&
    before?.owner?.installation === after?.owner?.installation &&
    before?.owner?.application === after?.owner?.application &&
    JSON.stringify(before?.traits) === JSON.stringify(after?.traits)
  )
}
