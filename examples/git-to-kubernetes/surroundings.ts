import { startControlPlane } from '../../tools/control-plane/index.ts'
import { obtainParts, type WithoutParts } from '../../tools/examples/obtain-parts.ts'
import type { Surroundings } from '../../tools/examples/surroundings.ts'
import { testRepository } from '../../tools/git-repository/index.ts'
import { etcd } from '../../tools/parts/etcd.ts'
import { git } from '../../tools/parts/git.ts'
import { kubernetes } from '../../tools/parts/kubernetes.ts'
import { kwok } from '../../tools/parts/kwok.ts'
import { shop } from '../demo-kubernetes/shop.ts'

/** What `pnpm examples` runs this example in: a real control plane, and a repository that holds a shop. */
export async function surroundings(): Promise<Surroundings | WithoutParts> {
  const lacking = await obtainParts([git, kubernetes, etcd, kwok])
  if (lacking !== undefined) return lacking
  const controlPlane = await startControlPlane({ audit: false })
  const repository = await testRepository()
  await repository.commit({ message: 'First version of the shop', files: shop })
  return {
    args: [repository.path, 'apps/shop', 'shop', '--once'],
    env: { KUBECONFIG: controlPlane.kubeconfigFile },
    [Symbol.asyncDispose]: async () => {
      await controlPlane.stop()
      await repository[Symbol.asyncDispose]()
    },
  }
}
