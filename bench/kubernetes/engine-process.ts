import { subscribe } from 'node:diagnostics_channel'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, type Engine, memoryStore } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { nameOf } from './content.ts'
import { cpuSecondsSince } from './usage.ts'

/** What the engine is asked to do. Each is answered when it is done. */
export type Command =
  /** Adds all applications, starts, and waits until each is synced. */
  | (Setting & { readonly do: 'start' })
  /** Forces a sync of everything. */
  | { readonly do: 'sync' }
  /** Asks the source, as a push would; answered at once. */
  | { readonly do: 'refresh' }
  /** From now on polls and passes are this far apart. Answered when all have passed twice. */
  | { readonly do: 'hurry'; readonly everyMs: number }
  | { readonly do: 'usage' }
  | { readonly do: 'stop' }

/** Where the engine works. */
export interface Setting {
  readonly repository: string
  readonly kubeconfig: string
  readonly namespace: string
  readonly applications: number
}

/** What this process has used since it started, and what the engine has done. */
export interface Usage {
  readonly cpuSeconds: number
  readonly peakBytes: number
  /** Longest stall of the event loop since the last question. */
  readonly stallMs: number
  readonly passes: number
  readonly renderings: number
  readonly applied: number
  readonly failed: number
  /** Seconds from the start to the last change that was applied. */
  readonly lastAppliedAt: number
  /** What undici was given to send to the API server, by verb. */
  readonly requests: Readonly<Record<string, number>>
}

// The engine in a process of its own, so that processor time and memory are its own.
const started = process.cpuUsage()
const delays = monitorEventLoopDelay({ resolution: 1 })
delays.enable()
const requests: Record<string, number> = {}
const seen = { passes: 0, renderings: 0, applied: 0, failed: 0, lastAppliedAt: 0 }
let setting: Setting | undefined
let engine: Engine | undefined
let startedAt = 0

subscribe('undici:request:create', (message) => {
  const { request } = message as { readonly request: { origin: string; method: string; path: string } }
  if (!request.origin.startsWith('https:')) return
  const verb = verbOf(request)
  requests[verb] = (requests[verb] ?? 0) + 1
})

function verbOf({ method, path }: { readonly method: string; readonly path: string }): string {
  if (method !== 'GET') return method.toLowerCase()
  if (path.includes('watch=1')) return 'watch'
  if (path.includes('limit=')) return 'list'
  return /^\/(api|apis|version)(\?|$)/.test(path) ? 'discovery' : 'get'
}

async function start(given: Setting): Promise<void> {
  setting = given
  startedAt = performance.now()
  engine = createEngine({ store: memoryStore(), installation: given.namespace })
  engine.on('change.applied', () => {
    seen.applied++
    seen.lastAppliedAt = (performance.now() - startedAt) / 1_000
  })
  engine.on('change.failed', () => {
    seen.failed++
  })
  engine.on('pass.finished', ({ rendered }) => {
    seen.passes++
    if (rendered) seen.renderings++
  })
  const left = new Set<string>()
  const done = Promise.withResolvers<void>()
  engine.on('operation.finished', ({ application, outcome, reasons }) => {
    if (outcome !== 'synced') done.reject(new Error(`${application}: ${outcome}: ${reasons.join('; ')}`))
    left.delete(application)
    if (left.size === 0) done.resolve()
  })
  for (const application of applicationsOf(given, 600_000)) {
    left.add(application.name)
    engine.add(application)
  }
  await engine.start()
  await done.promise
}

function applicationsOf({ repository, kubeconfig, namespace, applications }: Setting, everyMs: number) {
  const source = gitSource({ url: repository, pollMs: everyMs })
  const cluster = kubernetesCluster({ kubeconfig: { text: kubeconfig } })
  return Array.from({ length: applications }, (_, at) =>
    defineApplication({
      name: nameOf(at),
      source,
      path: `apps/${nameOf(at)}`,
      renderer: manifests(),
      target: cluster.target({ namespace }),
      sync: { prune: true, intervalMs: everyMs },
    }),
  )
}

async function hurry(everyMs: number): Promise<void> {
  if (engine === undefined || setting === undefined) throw new Error('Not started')
  const passes = new Map<string, number>()
  const done = Promise.withResolvers<void>()
  const unsubscribe = engine.on('pass.finished', ({ application }) => {
    passes.set(application, (passes.get(application) ?? 0) + 1)
    const isOver = passes.size === setting?.applications && [...passes.values()].every((count) => count > 1)
    if (isOver) done.resolve()
  })
  for (const application of applicationsOf(setting, everyMs)) engine.replace(application)
  await done.promise
  unsubscribe()
}

async function carryOut(command: Command): Promise<Usage | undefined> {
  switch (command.do) {
    case 'start':
      return void (await start(command))
    case 'sync': {
      const results = await Promise.all(
        (engine?.applications() ?? []).map((name) => engine?.sync(name, { actor: 'bench' })),
      )
      const bad = results.find((result) => result?.outcome !== 'synced')
      if (bad !== undefined) throw new Error(bad.reasons.join('; '))
      return undefined
    }
    case 'refresh':
      return void engine?.refresh()
    case 'hurry':
      return void (await hurry(command.everyMs))
    case 'usage': {
      const stallMs = delays.max / 1e6
      delays.reset()
      const peakBytes = process.resourceUsage().maxRSS * 1024
      return { cpuSeconds: cpuSecondsSince(started), peakBytes, stallMs, ...seen, requests: { ...requests } }
    }
    case 'stop':
      await engine?.stop()
      return undefined
    default:
      return command satisfies never
  }
}

process.on('message', (command: Command) => {
  void carryOut(command).then(
    (usage) => {
      process.send?.({ ok: true, usage })
      if (command.do === 'stop') process.disconnect()
    },
    (error: unknown) => process.send?.({ ok: false, message: String(error) }),
  )
})
// Nobody asks any more: stopped, or the bench has died.
process.once('disconnect', () => process.exit())
