import { once } from 'node:events'
import { readFileSync, writeSync } from 'node:fs'
import { runStoreProcess } from '@mooring/core/testing'
import { createConnection } from '../../src/connection/connection.ts'
import { clusterStore } from '../../src/store/cluster-store.ts'
import { createApi } from '../../src/transport/create-api.ts'
import { tinyLimits } from './tiny-limits.ts'

// Started by killed.test.ts: another process over the same Secrets. Loads everything, and works when it is told to.
const [, , kubeconfigFile = '', namespace = '', work = 'write'] = process.argv
const api = createApi(createConnection({ kubeconfig: { text: readFileSync(kubeconfigFile, 'utf8') } }))
await api.call({ method: 'GET', path: '/readyz', signal: AbortSignal.timeout(30_000) })
const store = clusterStore({
  cluster: 'test',
  options: { namespace, historyEntries: 10_000 },
  api: () => api,
  leave: async () => api[Symbol.asyncDispose](),
  limits: tinyLimits,
})
writeSync(1, 'ready\n')
await once(process.stdin, 'data')
await runStoreProcess(store, work === 'race' ? 'race' : 'write', (line) => writeSync(1, `${line}\n`))
process.exit(0)
