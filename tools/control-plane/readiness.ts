import type { ApiCall } from './api-client.ts'
import type { Component } from './component.ts'
import type { Processes } from './processes.ts'

/** Ready means that requests are answered and that what the API server makes by itself is there: roles, `default`. */
export function untilReady(
  { etcd, apiServer }: Pick<Processes, 'etcd' | 'apiServer'>,
  call: ApiCall,
): Promise<void> {
  return until(async () => {
    const ready = await call('GET', '/readyz', { timeoutMs: 2000 })
    if (ready.status !== 200) return false
    return (await call('GET', '/api/v1/namespaces/default')).status === 200
  }, [etcd, apiServer])
}

/** Ready nodes show that kwok works; that their taint is gone, that the controllers do. */
export function untilNodesAreReady(
  { controllers }: Pick<Processes, 'controllers'>,
  call: ApiCall,
): Promise<void> {
  return until(async () => {
    const { body } = await call('GET', '/api/v1/nodes')
    const nodes: readonly Node[] = body.items ?? []
    return nodes.every(
      ({ spec, status }) =>
        (spec.taints ?? []).length === 0 &&
        status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    )
  }, controllers)
}

interface Node {
  readonly spec: { readonly taints?: readonly unknown[] }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

const deadlineMs = 60_000

/**
 * Asks every 25 ms, as long as the components that could make it true run. A request without an answer means no. Rejects
 * with their last lines when one ends, or after a minute.
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  components: readonly Component[],
): Promise<void> {
  const end = performance.now() + deadlineMs
  let last: unknown
  for (;;) {
    try {
      if (await isSo()) return
    } catch (error) {
      last = error
    }
    for (const { name, ending, tail } of components)
      if (ending() !== undefined) throw new Error(`${name} ended (${ending()}). Its last lines:\n${tail()}`)
    if (performance.now() > end) throw new Error(notReady(components), { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

const notReady = (components: readonly Component[]): string =>
  `Not ready after ${deadlineMs / 1000} seconds.\n${components
    .map(({ name, tail }) => `The last lines of ${name}:\n${tail()}`)
    .join('\n')}`
