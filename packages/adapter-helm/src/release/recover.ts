import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { failureError, type Session } from '@mooring/adapter-kubernetes/parts'
import { readSecret } from './read-revision.ts'
import { labelOfRelease } from './release.ts'
import { notCounted, unfitLabel } from './release-labels.ts'
import type { Revision } from './revision.ts'
import { pathOfRevision } from './watch-releases.ts'

const zip = promisify(gzip)

/**
 * Writes down that a pending revision has failed, as Helm does when it is stopped: from then on Helm goes on from it, no
 * revision is lost and no hook runs. It counts as no failure of the chart's. Only if the Secret is as it was when that was decided: whoever is at it after all wins.
 */
export function recover(
  session: Pick<Session, 'api'>,
  key: string,
  revision: Revision,
  signal: AbortSignal,
): Promise<void> {
  const description = 'The operation was cut off before it ended; written down by Mooring'
  return writeFailed(session, key, revision, { description, labels: notCounted }, signal)
}

/** Writes a revision down as failed, with why, if its Secret is still as it was. */
export async function writeFailed(
  session: Pick<Session, 'api'>,
  key: string,
  revision: Revision,
  { description, labels }: { readonly description: string; readonly labels?: Readonly<Record<string, null>> },
  signal: AbortSignal,
): Promise<void> {
  const decoded = await readSecret(session, key, revision, signal)
  if (decoded === undefined || decoded.resourceVersion !== revision.resourceVersion) return
  const { info } = decoded.release as { readonly info?: Readonly<Record<string, unknown>> }
  const failed = { ...decoded.release, info: { ...info, status: 'failed', description } }
  const packed = (await zip(JSON.stringify(failed))).toString('base64')
  const answer = await session.api.call({
    method: 'PATCH',
    path: pathOfRevision(key.slice(0, key.indexOf('/')), revision),
    contentType: 'application/merge-patch+json',
    body: {
      metadata: {
        resourceVersion: revision.resourceVersion,
        labels: { status: 'failed', ...unfitLabel(revision), ...labels },
      },
      data: { release: Buffer.from(packed).toString('base64') },
    },
    signal,
  })
  if (answer.ok || answer.status === 409 || answer.status === 404) return
  throw failureError(answer.failure, {
    verb: 'patch',
    label: `${labelOfRelease(key)}, revision ${revision.revision}`,
  })
}
