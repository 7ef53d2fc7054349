import { MooringError } from '../../../src/errors/mooring-error.ts'
import type { StateDelta } from '../../../src/model/state.ts'
import { faulty, latest, never, telling } from './faulty-store.ts'

const paged =
  'is read in pages that lose and repeat nothing, although all entries have the same time and more are added'

export const brokenHistories = [
  faulty(
    'entries without what is optional',
    [
      'gives back every field of a history entry',
      'keeps entries through commits that add none',
      'keeps applications apart',
      'lets exactly one of several commits on one version through',
    ],
    (store) => telling(store, (entries) => entries.map(({ message: _message, ...entry }) => entry)),
  ),
  faulty(
    'oldest first',
    [
      'gives as many entries as asked',
      'is read in pages that lose and repeat nothing, although all entries have the same time and more are added',
      'gives nothing before the oldest entry',
      'gives back every field of a history entry',
      'gives the newest entries first, within a commit and between commits',
    ],
    (store) => telling(store, (entries) => entries.toReversed()),
  ),
  faulty('no limit', ['gives as many entries as asked', paged], (store) => ({
    history: (application, options) => store.history(application, { ...options, limit: 1000 }),
  })),
  faulty('entries before a place and at it', [paged, 'gives nothing before the oldest entry'], (store) => ({
    history: (application, { before, ...options }) =>
      store.history(application, {
        ...options,
        ...(before !== undefined && { before: /^\d+$/.test(before) ? String(Number(before) + 1) : before }),
      }),
  })),
  faulty('places that are times', [paged, 'refuses a place it cannot have given'], (store) => ({
    async history(application, { before, ...options }) {
      const all = await store.history(application, { ...options, limit: 1000 })
      const older = all.filter(({ at }) => before === undefined || at < Number(before))
      return older.slice(0, options.limit).map((entry) => ({ ...entry, place: String(entry.at) }))
    },
  })),
  faulty('any text for a place', ['refuses a place it cannot have given'], (store) => ({
    history: (application, { before, ...options }) =>
      store.history(application, { ...options, ...(before && !Number.isNaN(Number(before)) && { before }) }),
  })),
  faulty('room for 100 entries', ['keeps 120 entries'], (store) =>
    telling(store, (entries) => entries.slice(0, 100)),
  ),
  faulty(
    'history of the last commit alone',
    [
      'keeps concurrent commits of several applications',
      'keeps 120 entries',
      'gives back every field of a history entry',
      'gives the newest entries first, within a commit and between commits',
      'keeps entries through commits that add none',
      paged,
    ],
    (store) => {
      let last = 0
      return {
        async commit(application, delta, options) {
          const version = await store.commit(application, delta, options)
          last = delta.history.length
          return version
        },
        history: async (application, options) => (await store.history(application, options)).slice(0, last),
      }
    },
  ),
]

export const brokenRemovals = [
  faulty('a removal of everything', ['forgets what is removed, and nothing else'], (store) => ({
    async remove(application, options) {
      await store.remove(application, options)
      for (const other of await store.list(options)) {
        const expected = await latest(store, other)
        if (expected !== undefined) await store.remove(other, { ...options, expected })
      }
    },
  })),
  faulty(
    'a removal that leaves the name in the list',
    ['forgets what is removed, and nothing else'],
    (store) => {
      const removed: string[] = []
      return {
        async remove(application, options) {
          await store.remove(application, options)
          removed.push(application)
        },
        list: async (options) => [...(await store.list(options)), ...removed],
      }
    },
  ),
  faulty('entries that come back', ['starts anew with an application that was removed'], (store) => {
    const removed = new Map<string, StateDelta['set']>()
    return {
      async remove(application, options) {
        const loaded = await store.load(application, options)
        await store.remove(application, options)
        removed.set(application, [...(loaded?.value.inventory.values() ?? [])])
      },
      commit: (application, delta, options) =>
        store.commit(
          application,
          { ...delta, set: [...(removed.get(application) ?? []), ...delta.set] },
          options,
        ),
    }
  }),
  faulty(
    'a removal of any version',
    ['rejects to remove another version with STATE_CONFLICT, and changes nothing'],
    (store) => ({
      remove: async (application, options) =>
        store.remove(application, { ...options, expected: (await latest(store, application)) ?? '' }),
    }),
  ),
  faulty(
    'a removal without a fence',
    [
      'rejects writes with SUPERSEDED once another process has opened it, and changes nothing',
      'rejects to remove for an older opening with SUPERSEDED, and changes nothing',
    ],
    (store) => {
      let epoch = 0
      return {
        async open(options) {
          const installation = await store.open(options)
          epoch = installation.epoch
          return installation
        },
        remove: (application, options) => store.remove(application, { ...options, epoch }),
      }
    },
  ),
]

export const brokenAborts = [
  faulty('a deaf open', ['rejects open with the reason of a signal that is aborted already'], (store) => ({
    open: (options) => store.open({ ...options, signal: never }),
  })),
  faulty('a deaf load', ['rejects load with the reason of a signal that is aborted already'], (store) => ({
    load: (application) => store.load(application, { signal: never }),
  })),
  faulty(
    'a deaf history',
    ['rejects history with the reason of a signal that is aborted already'],
    (store) => ({
      history: (application, options) => store.history(application, { ...options, signal: never }),
    }),
  ),
  faulty('a deaf list', ['rejects list with the reason of a signal that is aborted already'], (store) => ({
    list: () => store.list({ signal: never }),
  })),
  faulty(
    'a commit that rejects on abort after it has written',
    ['rejects commit with the reason of a signal that is aborted already, and changes nothing'],
    (store) => ({
      async commit(application, delta, options) {
        const version = await store.commit(application, delta, { ...options, signal: never })
        options.signal.throwIfAborted()
        return version
      },
    }),
  ),
  faulty(
    'a removal with an error of its own on abort',
    ['rejects remove with the reason of a signal that is aborted already, and changes nothing'],
    (store) => ({
      async remove(application, options) {
        if (options.signal.aborted)
          throw new MooringError({ code: 'ABORTED', kind: 'transient', message: 'aborted' })
        return store.remove(application, options)
      },
    }),
  ),
]
