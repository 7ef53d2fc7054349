import type { RecordedEntry } from '../../../src/model/history.ts'
import { faulty, latest } from './faulty-store.ts'
import { ranOut } from './lease.ts'

export const brokenCommits = [
  faulty(
    'commits on any version',
    ['rejects a commit on another version with STATE_CONFLICT, and changes nothing'],
    (store) => ({
      async commit(application, delta, { expected, ...options }) {
        const current = (await store.load(application, options))?.version
        const known = expected !== undefined && current !== undefined
        return store.commit(application, delta, { ...options, expected: known ? current : expected })
      },
    }),
  ),
  faulty(
    'first commits on anything',
    ['rejects a first commit where there was one with STATE_CONFLICT, and changes nothing'],
    (store) => ({
      async commit(application, delta, { expected, ...options }) {
        const current = (await store.load(application, options))?.version
        return store.commit(application, delta, { ...options, expected: expected ?? current })
      },
    }),
  ),
  faulty(
    'later commits on nothing',
    ['rejects a later commit where there was none with STATE_CONFLICT, and changes nothing'],
    (store) => ({
      async commit(application, delta, { expected, ...options }) {
        const current = (await store.load(application, options))?.version
        return store.commit(application, delta, {
          ...options,
          expected: current === undefined ? current : expected,
        })
      },
    }),
  ),
  faulty(
    'history written before the check',
    [
      'rejects a first commit where there was one with STATE_CONFLICT, and changes nothing',
      'rejects a later commit where there was none with STATE_CONFLICT, and changes nothing',
      'rejects a commit on another version with STATE_CONFLICT, and changes nothing',
    ],
    (store) => {
      const early: RecordedEntry[] = []
      return {
        async commit(application, delta, options) {
          options.signal.throwIfAborted()
          const last = (await store.load(application, options))?.version
          if (last !== options.expected)
            early.push(...delta.history.map((entry) => ({ ...entry, place: '1' })))
          return store.commit(application, delta, options)
        },
        history: async (application, options) => [...early, ...(await store.history(application, options))],
      }
    },
  ),
  faulty(
    'a check apart from the write',
    ['lets exactly one of several commits on one version through'],
    (store) => ({
      async commit(application, delta, { expected, ...options }) {
        const read = async () => (await store.load(application, options))?.version
        if ((await read()) !== expected) return store.commit(application, delta, { ...options, expected })
        await new Promise((resolve) => setTimeout(resolve, 1))
        return store.commit(application, delta, { ...options, expected: await latest(store, application) })
      },
    }),
  ),
  faulty(
    'room for one application at a time, and no line',
    ['keeps concurrent commits of several applications'],
    (store) => {
      let writing: string | undefined
      return {
        async commit(application, delta, options) {
          const isLost = writing !== undefined && writing !== application
          writing = application
          const kept = isLost ? { ...delta, set: [], history: [] } : delta
          return store.commit(application, kept, options).finally(() => (writing = undefined))
        },
      }
    },
  ),
  faulty(
    'no fence',
    [
      'rejects writes with SUPERSEDED once another process has opened it, and changes nothing',
      'rejects a commit of an older opening with SUPERSEDED, and changes nothing',
      'rejects to remove for an older opening with SUPERSEDED, and changes nothing',
      ranOut,
    ],
    (store) => {
      let epoch = 0
      return {
        async open(options) {
          const installation = await store.open(options)
          epoch = installation.epoch
          return installation
        },
        commit: (application, delta, options) => store.commit(application, delta, { ...options, epoch }),
        remove: (application, options) => store.remove(application, { ...options, epoch }),
      }
    },
  ),
  faulty(
    'a fence that stays where it was first',
    [
      'rejects writes with SUPERSEDED once another process has opened it, and changes nothing',
      'opens for reading without raising the epoch, and fences nobody off',
      'takes commits of the newest opening',
      'rejects a commit of an older opening with SUPERSEDED, and changes nothing',
      ranOut,
    ],
    (store) => {
      let first: number | undefined
      let epoch = 0
      return {
        async open(options) {
          const installation = await store.open(options)
          first ??= installation.epoch
          epoch = installation.epoch
          return installation
        },
        commit(application, delta, options) {
          return store.commit(application, delta, { ...options, epoch: options.epoch === first ? epoch : 0 })
        },
      }
    },
  ),
]
