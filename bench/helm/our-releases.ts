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
  /** Runs of Helm so far. */
  readonly started: () => number
  readonly suspend: () => Promise<void>
  readonly resume: () => Promise<void>
}

/** Starts it, with nothing to keep yet. */
export async function ourReleases(of: {
  readonly controlPlane: ControlPlane
  readonly path: string
  readonly namespace: string
  readonly releases: number
}): Promise<OurReleases> {
  const program = helmProgram({ path: of.path, concurrency: atOnce })
  let started = 0
  const helm: typeof program = {
    ...program,
    run: (command, options) => {
      started++
      return program.run(command, options)
    },
  }
  const cluster = kubernetesCluster({ kubeconfig: { text: of.controlPlane.admin.kubeconfig } })
  const source = memorySource({ pollMs: 3_600_000, files: { 'greeting.txt': '' } })
  const engine = createEngine({ store: memoryStore(), installation: 'bench' })
  const sync = { concurrency: of.releases, allowEmpty: true, applyTimeoutMs: 600_000 }
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
  return {
    all: async (greeting) => {
      source.commit({ 'greeting.txt': greeting })
      engine.refresh(source)
      await synced()
    },
    noOp: synced,
    started: () => started,
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
      const greeting = Buffer.from(await snapshot.read('greeting.txt', options)).toString()
      const manifests = Array.from({ length: greeting === '' ? 0 : releases }, (_, at) => ({
        manifest: {
          name: nameOf(at),
          namespace,
          chart: { name: 'greeter', version: '1.0.0', archive },
          values: { greeting },
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
