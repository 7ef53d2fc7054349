import { delimiter, dirname } from 'node:path'
import { startControlPlane } from '../../tools/control-plane/index.ts'
import { obtainParts, type WithoutParts } from '../../tools/examples/obtain-parts.ts'
import type { Surroundings } from '../../tools/examples/surroundings.ts'
import { testRepository } from '../../tools/git-repository/index.ts'
import { etcd } from '../../tools/parts/etcd.ts'
import { git } from '../../tools/parts/git.ts'
import { helm, helmPath } from '../../tools/parts/helm.ts'
import { kubernetes } from '../../tools/parts/kubernetes.ts'
import { kwok } from '../../tools/parts/kwok.ts'
import { below, chart } from '../helm-chart/surroundings.ts'

/** What `pnpm examples` runs this example in: a real control plane, and a repository with two charts. */
export async function surroundings(): Promise<Surroundings | WithoutParts> {
  const lacking = await obtainParts([git, helm, kubernetes, etcd, kwok])
  if (lacking !== undefined) return lacking
  const controlPlane = await startControlPlane({ audit: false, controllers: false })
  const repository = await testRepository()
  const files = { ...below('releases/web', chart), ...below('releases/api', chart) }
  await repository.commit({ message: 'Two releases', files })
  const namespace = await controlPlane.createNamespace()
  return {
    args: [repository.path, namespace, 'releases/web', 'releases/api', '--once'],
    env: {
      KUBECONFIG: controlPlane.kubeconfigFile,
      PATH: [dirname(await helmPath()), process.env.PATH].join(delimiter),
    },
    [Symbol.asyncDispose]: async () => {
      await controlPlane.stop()
      await repository[Symbol.asyncDispose]()
    },
  }
}
