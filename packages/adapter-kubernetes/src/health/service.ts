import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { fieldsOf, itemsOf } from './fields.ts'
import { healthy } from './verdict.ts'

/**
 * A Service is healthy at once, as in kstatus. gitops-engine waits for the address of a load balancer, but where no
 * controller hands out addresses it never gets one, and a rollout that did all it could would fail: that is told, and
 * not waited for. Its endpoints do not count: pods have a health of their own.
 */
export function service(object: KubernetesObject): Health {
  if (fieldsOf(object.spec).type !== 'LoadBalancer') return healthy
  const addresses = itemsOf(fieldsOf(fieldsOf(object.status).loadBalancer).ingress)
  return addresses.length > 0 ? healthy : { ...healthy, message: 'its load balancer has no address yet' }
}
