import { pathOf } from '../discovery/path-of.ts'
import { managerOf } from '../live/view.ts'
import { partsOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { ApiFailure } from '../transport/api.ts'
import { failureError } from '../transport/failure-error.ts'
import type { Writer } from './writer.ts'

/**
 * Whether the API server would take the object if it were new, asked by a dry run of a create under a name that it makes
 * up. Throws its refusal. What stands in the way only while the old object is there (an address, a port) is no refusal,
 * and neither is a name that has to be what it is.
 */
export async function mustBeTaken(writer: Writer, body: KubernetesObject): Promise<void> {
  const { api, type, change, call } = writer
  const { name: _, ...metadata } = body.metadata
  const { namespace, name } = partsOf(change.key)
  const answer = await api.call({
    method: 'POST',
    path: pathOf(type, namespace === '' ? {} : { namespace }),
    query: { dryRun: 'All', fieldManager: managerOf(call.owner.installation) },
    body: { ...body, metadata: { ...metadata, generateName: `${name.slice(0, longestStem)}-` } },
    signal: call.signal,
  })
  if (answer.ok || isOnlyInTheWay(answer.failure)) return
  throw failureError(answer.failure, { verb: 'make anew', label: change.label })
}

/** The server adds five characters, and a Service's name may have 63. */
const longestStem = 50

const isOnlyInTheWay = ({ status, message, causes }: ApiFailure): boolean =>
  status === 422 &&
  (/already allocated|already in use/i.test(message) ||
    (causes.length > 0 && causes.every(({ field }) => field.startsWith('metadata.'))))
