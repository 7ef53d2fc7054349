// One engine under commits, drift, faults and restarts of its applications, for as long as you like; fails when it grows.
//
//     main.ts [--minutes N] [--seed S]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createEngine, defineApplication, jsonRenderer } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget } from '@mooring/core/testing'
import { sqliteStore } from '@mooring/store-sqlite'
import { randomOf } from '../crash/random.ts'
import { growthOf, type Sample } from './growth.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string' } },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('Expected --minutes and --seed to be numbers')
const say = (line: string): void => void process.stdout.write(`${line}\n`)
say(`seed ${seed}, ${minutes} minutes`)

const random = randomOf(seed)
const folder = mkdtempSync(join(tmpdir(), 'mooring-soak-'))
const applications = ['one', 'two', 'three', 'four'] as const
const perApplication = 50
const fileOf = (application: string, number: number, size: number) =>
  [`${application}/r${number}.json`, JSON.stringify({ id: `${application}-${number}`, size })] as const
const files = Object.fromEntries(
  applications.flatMap((name) => Array.from({ length: perApplication }, (_, at) => fileOf(name, at, 0))),
)
const source = memorySource({ pollMs: 100, files })
const target = memoryTarget()
const engine = createEngine({
  store: sqliteStore(join(folder, 'state.db'), { historyEntries: 50 }),
  lease: { ttlMs: 5_000 },
})
const defined = (name: string) =>
  defineApplication({
    name,
    source,
    path: name,
    renderer: jsonRenderer<MemoryManifest>(),
    target,
    sync: { intervalMs: 1_000, prune: true },
  })
for (const name of applications) engine.add(defined(name))
const done = { commits: 0, drift: 0, faults: 0, replaced: 0, syncs: 0 }
const happenings = [
  () => {
    done.commits++
    source.commit(
      Object.fromEntries([
        fileOf(random.pick(applications), random.below(perApplication), random.below(999)),
      ]),
    )
  },
  () => {
    done.drift++
    target.live.put({ id: `${random.pick(applications)}-${random.below(perApplication)}`, size: -1 })
  },
  () => {
    done.faults++
    target.failNext(random.pick(['apply', 'observe'] as const), new Error('unplugged'))
  },
  () => {
    done.replaced++
    engine.replace(defined(random.pick(applications)))
  },
  () => {
    done.syncs++
    void engine.sync(random.pick(applications), { actor: 'soak', timeoutMs: 500 }).catch(() => undefined)
  },
] as const

function look(): Sample {
  globalThis.gc?.()
  const resources = process.getActiveResourcesInfo()
  const count = (fits: (kind: string) => boolean): number => resources.filter(fits).length
  return {
    heapMb: process.memoryUsage().heapUsed / 1024 / 1024,
    handles: count((kind) => kind !== 'Timeout' && kind !== 'Immediate'),
    timers: count((kind) => kind === 'Timeout'),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    children: count((kind) => kind === 'ProcessWrap'),
  }
}

const samples: Sample[] = []
try {
  await engine.start()
  const endsAt = performance.now() + minutes * 60_000
  const everyMs = Math.max(1_000, (minutes * 60_000) / 60)
  let sampleAt = performance.now() + everyMs
  while (performance.now() < endsAt) {
    random.pick(happenings)()
    await pause(random.below(40))
    if (performance.now() < sampleAt) continue
    samples.push(look())
    sampleAt += everyMs
  }
  const { passes, retries, worked } = engine.metrics()
  say(JSON.stringify({ ...done, passes, retries, worked: worked.count }))
} finally {
  await engine.stop()
  rmSync(folder, { recursive: true, force: true })
}
const growth = growthOf(samples)
say('| | Second quarter | Last quarter | Allowed | |')
say('|---|---|---|---|---|')
for (const { figure, first, last, allowed, grew } of growth)
  say(
    `| ${figure} | ${first.toFixed(1)} | ${last.toFixed(1)} | ${allowed.toFixed(1)} | ${grew ? 'grew' : ''} |`,
  )
process.exitCode = growth.some(({ grew }) => grew) ? 1 : 0
