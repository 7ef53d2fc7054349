import type { Store } from '../../../src/ports/store.ts'
import { faulty, faultyApart } from './faulty-store.ts'
import { ranOut, without } from './lease.ts'

const superseded = 'rejects writes with SUPERSEDED once another process has opened it, and changes nothing'

export const brokenProcesses = [
  faulty(
    'another installation in another process',
    ['keeps its installation when it is opened again by another process'],
    (store) => {
      let disposed = false
      return {
        open: async (options) => {
          const installation = await store.open(options)
          return disposed ? { ...installation, id: 'another' } : installation
        },
        async [Symbol.asyncDispose]() {
          disposed = true
        },
      }
    },
  ),
  faulty(
    'history that another process does not find',
    ['keeps state and history when it is opened again by another process'],
    (store) => {
      let disposed = false
      return {
        history: async (...given) => (disposed ? [] : store.history(...given)),
        async [Symbol.asyncDispose]() {
          disposed = true
        },
      }
    },
  ),
  faultyApart(
    'writes that wait for the disposal',
    [
      'shows another process what was committed, before anything is disposed',
      'rejects writes with SUPERSEDED once another process has opened it, and changes nothing',
      'lets another process read, and fences nobody off',
      'keeps concurrent commits of several applications',
    ],
    (store) => {
      let written = false
      return {
        here: {
          async [Symbol.asyncDispose]() {
            written = true
          },
        },
        there: {
          load: async (...given) => (written ? store.load(...given) : undefined),
          history: async (...given) => (written ? store.history(...given) : []),
          list: async (...given) => (written ? store.list(...given) : []),
        },
      }
    },
  ),
  faultyApart('a fence that one process knows alone', [superseded, ranOut], (store) => ({
    here: fencedAlone(store, ['commit', 'remove']),
  })),
  faultyApart('a removal fenced in one process alone', [superseded], (store) => ({
    here: fencedAlone(store, ['remove']),
  })),
  faultyApart(
    'a reading that fences off other processes',
    ['lets another process read, and fences nobody off', without],
    (store) => ({ there: { open: ({ reading: _, ...options }) => store.open(options) } }),
  ),
]

/** Writes that are let through when their epoch is the latest that this process has opened. */
function fencedAlone(store: Store, methods: readonly ('commit' | 'remove')[]): Partial<Store> {
  let own = 0
  const passing = async <Options extends { readonly epoch: number; readonly signal: AbortSignal }>(
    options: Options,
  ): Promise<Options> => {
    const { epoch } = await store.open({ ...options, reading: true })
    return { ...options, epoch: options.epoch === own ? epoch : options.epoch }
  }
  return {
    async open(options) {
      const installation = await store.open(options)
      own = installation.epoch
      return installation
    },
    ...(methods.includes('commit') && {
      commit: async (application, delta, options) => store.commit(application, delta, await passing(options)),
    }),
    ...(methods.includes('remove') && {
      remove: async (application, options) => store.remove(application, await passing(options)),
    }),
  }
}
