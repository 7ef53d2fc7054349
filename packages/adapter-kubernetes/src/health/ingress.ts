import type { Health } from '@mooring/core'
import { healthy } from './verdict.ts'

/**
 * An Ingress is healthy, as in kstatus. gitops-engine waits for an address in its status, but a good many ingress
 * controllers never write one there (it is optional, and of no use behind a host port or a tunnel), so waiting for it would
 * fail operations that did all they could.
 */
export const ingress = (): Health => healthy
