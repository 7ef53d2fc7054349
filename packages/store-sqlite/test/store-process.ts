import { writeSync } from 'node:fs'
import type { Store } from '@mooring/core'
import { runStoreProcess, type StoreWork } from '@mooring/core/testing'
import type { Journal } from '../src/connection.ts'
import { storeWithJournal } from '../src/sqlite-store.ts'

// Started by the harness: another process over the same file, with a fault where a test asks for one.
const [, , path = '', work, journal, fault = 'none'] = process.argv
const whole = storeWithJournal(path, { historyEntries: 10_000 }, { journalFor: () => journal as Journal })
const store = { ...whole, ...faultOf(fault, whole) }
await runStoreProcess(store, work as StoreWork, (line) => writeSync(1, `${line}\n`))

function faultOf(name: string, { commit, load }: Store): Partial<Store> {
  let later: Promise<unknown> = Promise.resolve()
  switch (name) {
    case 'torn':
      return {
        async commit(application, { set, ...delta }, options) {
          if (set.length < 20) return commit(application, { set, ...delta }, options)
          const first = { ...delta, set: set.slice(0, 20) }
          const expected = await commit(application, first, options)
          return commit(application, { ...delta, set: set.slice(20), history: [] }, { ...options, expected })
        },
      }
    case 'early':
      return {
        async commit(application, delta, options) {
          later = later
            .then(() => new Promise((resolve) => setTimeout(resolve, 5)))
            .then(() => commit(application, delta, options))
          await new Promise((resolve) => setTimeout(resolve, 1))
          return String(Number(options.expected ?? 0) + 1)
        },
      }
    case 'racing':
      return {
        async commit(application, delta, options) {
          for (;;) {
            try {
              return await commit(application, delta, options)
            } catch {
              options = { ...options, expected: (await load(application, options))?.version }
            }
          }
        },
      }
    default:
      return {}
  }
}
