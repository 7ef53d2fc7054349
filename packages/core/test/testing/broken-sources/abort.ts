import { faulty, faultySnapshot, never } from './faulty-source.ts'

const aborted = (method: string) => `rejects ${method} with the reason of a signal that is aborted already`

export const brokenAborts = [
  faulty('a deaf resolve', [aborted('resolve')], (source) => ({
    resolve: (options) => source.resolve({ ...options, signal: never }),
  })),
  faulty('a deaf find', [aborted('find')], (source) => ({
    find: (id) => source.find(id, { signal: never }),
  })),
  faulty('a deaf open', [aborted('open')], (source) => ({
    open: (revision) => source.open(revision, { signal: never }),
  })),
  faultySnapshot('a deaf digestOf', [aborted('digestOf')], (snapshot) => ({
    digestOf: (path) => snapshot.digestOf(path, { signal: never }),
  })),
  faultySnapshot('a deaf list', [aborted('list')], (snapshot) => ({
    list: (path) => snapshot.list(path, { signal: never }),
  })),
  faultySnapshot('a read with an error of its own on abort', [aborted('read')], (snapshot) => ({
    async read(path, options) {
      if (options.signal.aborted) throw new Error('socket hang up')
      return snapshot.read(path, options)
    },
  })),
]
