import type { ControlPlane } from '../../tools/control-plane/index.ts'
import { table } from '../demo/table.ts'

/** What people do to the shop behind Mooring's back, and how they look at it: the requests that kubectl would send. */
export function kubectl({ admin }: ControlPlane, colour: boolean) {
  const deployments = '/apis/apps/v1/namespaces/shop/deployments'
  const services = '/api/v1/namespaces/shop/services'
  const get = async (path: string): Promise<Live> => (await admin.call('GET', path)).body
  return {
    scale: async (name: string, replicas: number): Promise<void> => {
      const path = `${deployments}/${name}/scale?fieldManager=kubectl`
      await admin.call('PATCH', path, { body: { spec: { replicas } } })
    },
    deleteService: async (name: string): Promise<void> => {
      await admin.call('DELETE', `${services}/${name}`)
    },
    replicasOf: async (name: string): Promise<number> => (await get(`${deployments}/${name}`)).spec.replicas,
    /** `kubectl get deployments`, with their images. */
    getDeployments: async (): Promise<string> => {
      const { items } = (await admin.call('GET', deployments)).body as { readonly items: readonly Live[] }
      const rows = items.map(({ metadata, spec, status }) => [
        metadata.name,
        `${status.readyReplicas ?? 0}/${spec.replicas}`,
        `${status.updatedReplicas ?? 0}`,
        `${status.availableReplicas ?? 0}`,
        spec.template.spec.containers.map(({ image }) => image.replace(/^.*\//, '')).join(),
      ])
      return table(['deployment', 'ready', 'up-to-date', 'available', 'image'], rows, colour)
    },
    /** `kubectl get` of names and versions of everything in the shop: equal while nobody wrote anything. */
    versions: async (): Promise<string> => {
      const lists = await Promise.all([deployments, services].map((path) => admin.call('GET', path)))
      const items = lists.flatMap(({ body }) => body.items as readonly Live[])
      return items.map(({ metadata }) => `${metadata.name} ${metadata.generation ?? metadata.uid}`).join('\n')
    },
  }
}

/** What is looked at in a Deployment or a Service. */
interface Live {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation?: number }
  readonly spec: {
    readonly replicas: number
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } }
  }
  readonly status: {
    readonly readyReplicas?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
  }
}
