import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import PQueue from 'p-queue'
import type { ControlPlane } from '../../tools/control-plane/index.ts'
import { atOnce } from './at-once.ts'
import { chart, nameOf } from './chart.ts'

/** Helm as a script would run it. */
export interface BareHelm {
  readonly all: (releases: number, greeting: string) => Promise<void>
}

/** Writes the chart into the folder; each run of `all` upgrades or installs every release. */
export async function bareHelm(of: {
  readonly controlPlane: ControlPlane
  readonly path: string
  readonly folder: string
  readonly namespace: string
}): Promise<BareHelm> {
  const { folder, path, namespace, controlPlane } = of
  for (const [file, content] of Object.entries(chart)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), content)
  }
  const home = join(folder, '..', 'nothing-here')
  const env = {
    KUBECONFIG: controlPlane.kubeconfigFile,
    HOME: home,
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
  }
  const upgrade = (name: string, greeting: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const args = [
        'upgrade',
        name,
        folder,
        '--install',
        '--force-conflicts',
        `--namespace=${namespace}`,
        '--values=-',
      ]
      const child = spawn(path, args, { env, stdio: ['pipe', 'ignore', 'ignore'] })
      child.stdin.end(`greeting: ${greeting}\n`)
      child.once('error', reject)
      child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`helm ended with ${code}`))))
    })
  return {
    all: async (releases, greeting) => {
      const line = new PQueue({ concurrency: atOnce })
      await line.addAll(Array.from({ length: releases }, (_, at) => () => upgrade(nameOf(at), greeting)))
    },
  }
}
