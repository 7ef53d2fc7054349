import { gzipSync } from 'node:zlib'
import { helmProgram, helmReleases, type Release } from '@mooring/adapter-helm'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, memoryStore, type Renderer } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { Header } from 'tar'
import type { ControlPlane } from '../../tools/control-plane/index.ts'
import { atOnce } from './at-once.ts'
import { chart, nameOf } from './chart.ts'

/** An engine that keeps releases. */
export interface OurReleases extends AsyncDisposable {
  /** Commits and waits until all are synced. */
  readonly all: (greeting: string) => Promise<void>
  readonly noOp: () => Promise<void>
  /** Resolves after so many passes that began by themselves. */
  readonly passes: (count: number) => Promise<void>
  /** Gives one of them another greeting, and waits until all are synced. */
  readonly change: (at: number, greeting: string) => Promise<void>
  /** Runs of Helm so far. */
  readonly started: () => number
  /** Their titles. */
  readonly titles: () => readonly string[]
  readonly suspend: () => Promise<void>
  readonly resume: () => Promise<void>
}

/** Starts it, with nothing to keep yet. */
export async function ourReleases(of: {
  readonly controlPlane: ControlPlane
  readonly path: string
  readonly namespace: string
  readonly releases: number
  /** Default: as usual. */
  readonly intervalMs?: number
}): Promise<OurReleases> {
  const program = helmProgram({ path: of.path, concurrency: atOnce })
  const titles: string[] = []
  const helm: typeof program = {
    ...program,
    run: (command, options) => {
      titles.push(command.title)
      return program.run(command, options)
    },
  }
  const cluster = kubernetesCluster({ kubeconfig: { text: of.controlPlane.admin.kubeconfig } })
  const source = memorySource({ pollMs: 3_600_000, files: { 'greeting.txt': '' } })
  const engine = createEngine({ store: memoryStore(), installation: 'bench' })
  const sync = {
    concurrency: of.releases,
    allowEmpty: true,
    applyTimeoutMs: 600_000,
    ...(of.intervalMs && { intervalMs: of.intervalMs }),
  }
  const target = helmReleases({ cluster, helm, patienceMs: 600_000 })
  engine.add(
    defineApplication({
      name: 'app',
      source,
      path: '',
      renderer: rendererOf(of.namespace, of.releases),
      target,
      sync,
    }),
  )
  await engine.start()
  const synced = async (): Promise<void> => {
    const { outcome, reasons } = await engine.sync('app', { actor: 'bench' })
    if (outcome !== 'synced') throw new Error(`${outcome}: ${reasons.join('; ')}`)
  }
  const commit = async (text: string): Promise<void> => {
    source.commit({ 'greeting.txt': text })
    engine.refresh(source)
    await synced()
  }
  let current = ''
  return {
    all: (greeting) => {
      current = greeting
      return commit(greeting)
    },
    change: (at, greeting) => commit(`${current}\n${nameOf(at)} ${greeting}`),
    noOp: synced,
    passes: (count) =>
      new Promise((resolve) => {
        let left = count
        const end = engine.on('pass.finished', () => {
          if (--left > 0) return
          end()
          resolve()
        })
      }),
    started: () => titles.length,
    titles: () => titles,
    suspend: () => engine.suspend('app', { actor: 'bench' }),
    resume: () => engine.resume('app', { actor: 'bench' }),
    [Symbol.asyncDispose]: () => engine.stop(),
  }
}

/** As many releases as asked for, with the greeting that the repository has; none without one. */
function rendererOf(namespace: string, releases: number): Renderer<Release> {
  const archive = packed().toString('base64')
  return {
    name: 'bench',
    digest: 'bench',
    render: async ({ snapshot }, options) => {
      const text = Buffer.from(await snapshot.read('greeting.txt', options)).toString()
      const [greeting = '', ...lines] = text.split('\n')
      const others = new Map(lines.map((line) => line.split(' ') as [string, string]))
      const manifests = Array.from({ length: greeting === '' ? 0 : releases }, (_, at) => ({
        manifest: {
          name: nameOf(at),
          namespace,
          chart: { name: 'greeter', version: '1.0.0', archive },
          values: { greeting: others.get(nameOf(at)) ?? greeting },
        },
      }))
      return { manifests }
    },
  }
}

function packed(): Buffer {
  const blocks = Object.entries(chart).flatMap(([path, text]) => {
    const content = Buffer.from(text)
    const block = Buffer.alloc(512)
    new Header({ path: `greeter/${path}`, type: 'File', size: content.length, mode: 0o644 }).encode(block)
    return [block, content, Buffer.alloc((512 - (content.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}
