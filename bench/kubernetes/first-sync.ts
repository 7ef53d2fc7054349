import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ControlPlane } from '../../tools/control-plane/index.ts'
import { kubectlPath } from '../../tools/parts/kubectl.ts'
import { type BareClient, sixteenAtOnce } from './bare-client.ts'
import type { BenchObject } from './content.ts'
import { cpuSecondsOf, cpuSecondsOfChildren, cpuSecondsSince } from './usage.ts'

/** What bringing everything to a cluster took. */
export interface Effort {
  readonly seconds: number
  readonly clientCpuSeconds: number
  readonly serverCpuSeconds: number
}

/** The floor: every object by one apply, sixteen at once, and nothing else. */
export async function bareSync(
  controlPlane: ControlPlane,
  bare: BareClient,
  objects: readonly BenchObject[],
  namespace: string,
): Promise<Effort> {
  const own = process.cpuUsage()
  return effortOf(
    controlPlane,
    () =>
      sixteenAtOnce(objects, ({ collection, name, yaml }) => bare.apply(collection(namespace), name, yaml)),
    async () => cpuSecondsSince(own),
  )
}

/** `kubectl apply --server-side` of the same as one folder, once to make and once more with nothing to do. */
export async function kubectlSyncs(
  controlPlane: ControlPlane,
  objects: readonly BenchObject[],
  namespace: string,
): Promise<{ readonly first: Effort; readonly again: Effort }> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-bench-'))
  try {
    for (const { file, yaml } of objects) await writeFile(join(folder, file.replaceAll('/', '-')), yaml)
    const kubectl = await kubectlPath()
    const args = ['--kubeconfig', controlPlane.kubeconfigFile, 'apply', '--server-side', '-n', namespace]
    const apply = async (): Promise<Effort> => {
      const before = cpuSecondsOfChildren()
      return effortOf(
        controlPlane,
        async () => void (await promisify(execFile)(kubectl, [...args, '-f', folder])),
        async () => cpuSecondsOfChildren() - before,
      )
    }
    return { first: await apply(), again: await apply() }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Measures the work, and the API server with it. */
export async function effortOf(
  controlPlane: ControlPlane,
  work: () => Promise<void>,
  clientCpuSeconds: () => Promise<number>,
): Promise<Effort> {
  const server = controlPlane.pids()['kube-apiserver'] ?? 0
  const serverBefore = cpuSecondsOf(server)
  const before = performance.now()
  await work()
  return {
    seconds: (performance.now() - before) / 1_000,
    clientCpuSeconds: await clientCpuSeconds(),
    serverCpuSeconds: cpuSecondsOf(server) - serverBefore,
  }
}
