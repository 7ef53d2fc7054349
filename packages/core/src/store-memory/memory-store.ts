import { MooringError } from '../errors/mooring-error.ts'
import type { RecordedEntry } from '../model/history.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { ResourceKey } from '../model/resource.ts'
import type { ApplicationHead, ApplicationState, StateDelta } from '../model/state.ts'
import type { Installation, LeaseRequest, Store } from '../ports/store.ts'

/**
 * A store that lives as long as the process: for trying things out, for tests, and for programs that can find their
 * resources again by their marks. Give the engine an installation id with it, or every start is a stranger to what the
 * last one applied. Keeps the last 1000 history entries of each application.
 *
 * Throws `HISTORY_PLACE_UNKNOWN`, `INSTALLATION_CHANGED`, `LEASE_HELD`, `STATE_CONFLICT` and `SUPERSEDED` as {@link Store} says.
 */
export function memoryStore(): Store {
  const records = new Map<string, ApplicationRecord>()
  let installation: Installation | undefined
  let commits = 0
  let lease: KeptLease | undefined

  const assertLatest = (epoch: number) => {
    const latest = installation?.epoch ?? 0
    if (epoch !== latest) throw superseded(epoch, latest)
  }

  return {
    name: 'memory',
    supports: { durable: false, lease: true },

    async open({ signal, installation: asked, reading = false, lease: request }) {
      signal.throwIfAborted()
      installation ??= { id: asked ?? crypto.randomUUID(), digestKey: randomKey(), epoch: 0 }
      if (asked !== undefined && asked !== installation.id) throw installationChanged(installation.id, asked)
      if (reading) return { ...installation, digestKey: installation.digestKey.slice() }
      if (request !== undefined) assertFree(lease, request)
      installation = { ...installation, epoch: installation.epoch + 1 }
      lease = request && {
        holder: request.holder,
        ttlMs: request.ttlMs,
        epoch: installation.epoch,
        renewals: 0,
      }
      return { ...installation, digestKey: installation.digestKey.slice() }
    },

    lease: {
      async read({ signal }) {
        signal.throwIfAborted()
        return lease && { holder: lease.holder, ttlMs: lease.ttlMs, version: versionOf(lease) }
      },
      async renew({ signal, epoch }) {
        signal.throwIfAborted()
        assertLatest(epoch)
        if (lease === undefined) throw superseded(epoch, epoch)
        lease = { ...lease, renewals: lease.renewals + 1 }
      },
      async release({ signal, epoch }) {
        signal.throwIfAborted()
        if (lease?.epoch === epoch) lease = undefined
      },
    },

    async load(application, { signal }) {
      signal.throwIfAborted()
      const record = records.get(application)
      return record && { value: stateOf(record), version: record.version }
    },

    async commit(application, delta, { signal, expected, epoch }) {
      signal.throwIfAborted()
      assertLatest(epoch)
      const record = records.get(application)
      assertExpected(application, record, expected)
      const version = String(++commits)
      if (record === undefined) records.set(application, firstRecord(delta, version))
      else take(record, delta, version)
      return version
    },

    async history(application, { signal, limit, before }) {
      signal.throwIfAborted()
      return newestFirst(records.get(application)?.history ?? [], limit, placeIn(application, before))
    },

    async list({ signal }) {
      signal.throwIfAborted()
      return [...records.keys()].sort()
    },

    async remove(application, { signal, expected, epoch }) {
      signal.throwIfAborted()
      assertLatest(epoch)
      assertExpected(application, records.get(application), expected)
      records.delete(application)
    },

    async [Symbol.asyncDispose]() {},
  }
}

/** What the store keeps of one application. Changed in place, so that a commit costs what it changes. */
interface ApplicationRecord {
  version: string
  head: ApplicationHead
  readonly inventory: Map<ResourceKey, InventoryEntry>
  /** Oldest first. */
  readonly history: RecordedEntry[]
  /** The place of the next entry: places are numbers that only grow. */
  nextPlace: number
}

interface KeptLease {
  readonly holder: string
  readonly ttlMs: number
  /** Of the opening that took it. */
  readonly epoch: number
  readonly renewals: number
}

const versionOf = ({ epoch, renewals }: KeptLease): string => `${epoch}.${renewals}`

function assertFree(lease: KeptLease | undefined, { after }: LeaseRequest): void {
  if (lease === undefined || versionOf(lease) === after) return
  throw new MooringError({
    code: 'LEASE_HELD',
    kind: 'conflict',
    message: `Expected the lease of the store to be free, but ${lease.holder} has it`,
    hint: 'Wait until it is given back or has not been renewed for its time to live, then open the store again.',
  })
}

const randomKey = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32))

const historyLimit = 1000

function firstRecord(delta: StateDelta, version: string): ApplicationRecord {
  const record: ApplicationRecord = {
    version,
    head: delta.head,
    inventory: new Map(),
    history: [],
    nextPlace: 1,
  }
  take(record, delta, version)
  return record
}

function take(record: ApplicationRecord, delta: StateDelta, version: string): void {
  record.version = version
  record.head = delta.head
  for (const key of delta.remove) record.inventory.delete(key)
  for (const entry of delta.set) record.inventory.set(entry.key, entry)
  for (const entry of delta.history) record.history.push({ ...entry, place: String(record.nextPlace++) })
  if (record.history.length > historyLimit) record.history.splice(0, record.history.length - historyLimit)
}

/** A copy of the inventory, because the record goes on changing. */
function stateOf(record: ApplicationRecord): ApplicationState {
  return { formatVersion: 1, head: record.head, inventory: new Map(record.inventory) }
}

function newestFirst(history: readonly RecordedEntry[], limit: number, before: number): RecordedEntry[] {
  const entries: RecordedEntry[] = []
  for (let at = history.length - 1; at >= 0 && entries.length < limit; at--) {
    const entry = history[at]
    if (entry !== undefined && Number(entry.place) < before) entries.push(entry)
  }
  return entries
}

function placeIn(application: string, before: string | undefined): number {
  if (before === undefined) return Number.POSITIVE_INFINITY
  if (/^[1-9]\d{0,15}$/.test(before)) return Number(before)
  throw new MooringError({
    code: 'HISTORY_PLACE_UNKNOWN',
    kind: 'permanent',
    message: `Expected the place of an entry in the history of ${application}, got ${JSON.stringify(before)}`,
    hint: 'Give the place of the last entry that was read, as it is.',
  })
}

function assertExpected(
  application: string,
  record: ApplicationRecord | undefined,
  expected: string | undefined,
): void {
  if (record?.version === expected) return
  throw new MooringError({
    code: 'STATE_CONFLICT',
    kind: 'conflict',
    message: `Expected version ${expected ?? 'none'} of the state of ${application}, found ${record?.version ?? 'none'}`,
    hint: 'Load the state again and decide anew.',
  })
}

function superseded(epoch: number, latest: number): MooringError {
  return new MooringError({
    code: 'SUPERSEDED',
    kind: 'permanent',
    message: `Expected the store's latest epoch, ${latest}, got ${epoch}: the store was opened again since`,
    hint: 'Stop this engine, or open the store again if it is the one that should go on.',
  })
}

function installationChanged(kept: string, asked: string): MooringError {
  return new MooringError({
    code: 'INSTALLATION_CHANGED',
    kind: 'permanent',
    message: `Expected installation ${asked}, but this store belongs to installation ${kept}`,
    hint: 'Give the store that belongs to the installation, or leave the id out to use the one the store keeps.',
  })
}
