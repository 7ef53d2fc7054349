import type { RecordedEntry } from '../../../src/model/history.ts'
import type { StateDelta } from '../../../src/model/state.ts'
import { committing, faulty, loading } from './faulty-store.ts'

export const brokenStates = [
  faulty(
    'an empty state for what nobody committed',
    ['has nothing of an application that was never committed', 'forgets what is removed, and nothing else'],
    (store) => ({
      load: async (application, options) =>
        (await store.load(application, options)) ?? {
          value: { formatVersion: 1, head: { deletions: [] }, inventory: new Map() },
          version: '0',
        },
    }),
  ),
  faulty(
    'heads without what is optional',
    [
      'gives back the head, the inventory and the version that were committed',
      'leaves a state that was loaded as it was',
    ],
    (store) =>
      loading(store, (loaded) => ({ ...loaded, value: { ...loaded.value, head: { deletions: [] } } })),
  ),
  faulty(
    'another version than the one answered',
    [
      'gives back the head, the inventory and the version that were committed',
      'takes commits of the newest opening',
    ],
    (store) => loading(store, (loaded) => ({ ...loaded, version: `${loaded.version}x` })),
  ),
  faulty(
    'removals forgotten',
    [
      'takes commits of the newest opening',
      'sets and removes the entries a delta names, and keeps the others',
      'keeps an inventory of 5,000 entries',
    ],
    (store) => committing(store, (delta) => ({ ...delta, remove: [] })),
  ),
  faulty(
    'heads merged with what was there',
    ['replaces the whole head and every field of an entry'],
    (store) => {
      let head = {}
      return committing(store, (delta) => {
        head = { ...head, ...delta.head }
        return { ...delta, head: { ...head, deletions: delta.head.deletions } }
      })
    },
  ),
  faulty(
    'versions that stay',
    [
      'gives back the head, the inventory and the version that were committed',
      'starts anew with an application that was removed',
      'takes commits of the newest opening',
      'forgets what is removed, and nothing else',
      'gives every commit a version of its own',
      'rejects a commit on another version with STATE_CONFLICT, and changes nothing',
    ],
    (store) => ({
      async commit(application, delta, { expected, ...options }) {
        const current = (await store.load(application, options))?.version
        if ((expected === undefined) !== (current === undefined)) {
          return store.commit(application, delta, { ...options, expected })
        }
        await store.commit(application, delta, { ...options, expected: current })
        return 'version'
      },
    }),
  ),
  faulty('a state that goes on changing', ['leaves a state that was loaded as it was'], (store) => {
    const shown = new Map<string, Map<string, unknown>>()
    return {
      async load(application, options) {
        const loaded = await store.load(application, options)
        if (loaded === undefined) return undefined
        const inventory = shown.get(application) ?? new Map()
        shown.set(application, inventory)
        inventory.clear()
        for (const [key, entry] of loaded.value.inventory) inventory.set(key, entry)
        return { ...loaded, value: { ...loaded.value, inventory: inventory as never } }
      },
      async commit(application, delta, options) {
        const version = await store.commit(application, delta, options)
        for (const entry of delta.set) shown.get(application)?.set(entry.key, entry)
        return version
      },
    }
  }),
  faulty(
    'one history for all',
    ['keeps concurrent commits of several applications', 'keeps applications apart'],
    (store) => {
      const all: RecordedEntry[] = []
      let places = 0
      return {
        async commit(application, delta, options) {
          const version = await store.commit(application, delta, options)
          for (const entry of delta.history) all.unshift({ ...entry, place: String(++places) })
          return version
        },
        history: async (_, { signal, limit, before = String(places + 1) }) => {
          signal.throwIfAborted()
          // Whether it can be a place is asked of the store.
          await store.history('nobody', { signal, limit, before })
          return all.filter(({ place }) => Number(place) < Number(before)).slice(0, limit)
        },
      }
    },
  ),
  faulty('room for 1,000 entries', ['keeps an inventory of 5,000 entries'], (store) =>
    committing(store, (delta) => ({ ...delta, set: delta.set.slice(0, 1000) })),
  ),
  faulty('keys in a plain object', ['keeps keys and names made of any characters'], (store) =>
    committing(store, (delta) => {
      const byKey: Record<string, StateDelta['set'][number]> = {}
      for (const entry of delta.set) byKey[entry.key] = entry
      return { ...delta, set: Object.values(byKey) }
    }),
  ),
  faulty(
    'keys made one by Unicode',
    ['keeps keys and names made of any characters', 'keeps an inventory of 5,000 entries'],
    (store) =>
      committing(store, (delta) => ({
        ...delta,
        set: delta.set.map((entry) => ({ ...entry, key: entry.key.normalize('NFC').toLowerCase() })),
      })),
  ),
]
