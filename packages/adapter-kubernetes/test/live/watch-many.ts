import { readFile } from 'node:fs/promises'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { testCall } from '@mooring/core/testing'
import { markOf } from '../../src/objects/owner-mark.ts'
import { intruder } from '../intruder.ts'

/** Watches many objects of 10 kB each and prints how many bytes of heap are kept of each. */
const [kubeconfig = '', namespace = '', count = '0'] = process.argv.slice(2)
const owner = { installation: namespace, application: 'app' }
const keys = Array.from({ length: Number(count) }, (_, n) => `/ConfigMap/${namespace}/c-${n}`)

const other = await intruder(await readFile(kubeconfig, 'utf8'))
const make = (key: string) =>
  other.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: key.split('/')[3] ?? '', namespace, ...markOf(owner, key) },
    data: { text: key.padEnd(10_000, 'x') },
  })
const half = keys.length / 2
const makeAll = async (some: readonly string[]): Promise<void> => {
  for (let at = 0; at < some.length; at += 50) await Promise.all(some.slice(at, at + 50).map(make))
}
// One half comes by list, the other by watch.
await makeAll(keys.slice(0, half))

const heap = (): number => {
  for (let n = 0; n < 4; n++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
const cluster = kubernetesCluster({ kubeconfig })
const target = cluster.target()
const call = testCall({ owner })
// What is loaded once does not count.
await target.observe(['/Secret/default/none'], call)
const before = heap()
await target.observe(keys.slice(0, 1), call)
await makeAll(keys.slice(half))
let observed = 0
while (observed < keys.length) observed = (await target.observe(keys, call)).size
const perObject = (heap() - before) / keys.length
target.forget?.(keys)
await target[Symbol.asyncDispose]()
const leftPerObject = (heap() - before) / keys.length
process.stdout.write(JSON.stringify({ observed, perObject, leftPerObject }))
await other.close()
