import type { ApplyResult, Call, Change } from '@mooring/core'
import { pathOf } from '../discovery/path-of.ts'
import type { ResourceType } from '../discovery/resource-type.ts'
import type { LiveObjects } from '../live/live-objects.ts'
import { managerOf } from '../live/view.ts'
import { partsOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { Api, ApiAnswer } from '../transport/api.ts'

/** What every write works with. */
export interface Writer {
  readonly api: Api
  readonly live: LiveObjects
  readonly type: ResourceType
  readonly change: Change<KubernetesObject>
  readonly call: Call
}

/** Where the changed object is served. */
export function pathOfChange({ type, change }: Pick<Writer, 'type' | 'change'>): string {
  const { namespace, name } = partsOf(change.key)
  return pathOf(type, { ...(namespace !== '' && { namespace }), name })
}

/** Media type of a server-side apply. Its body is JSON, which is YAML too. */
const applyPatch = 'application/apply-patch+yaml'

/** How one server-side apply is asked for. */
export interface ApplyOptions {
  /** Take fields from other managers. Without it their ownership is a conflict. */
  readonly force: boolean
  /** Everything but the effect. */
  readonly dryRun?: boolean
}

/** One server-side apply of a body by the caller's field manager. */
export const applyBody = (
  writer: Writer,
  body: unknown,
  { force, dryRun = false }: ApplyOptions,
): Promise<ApiAnswer> =>
  writer.api.call({
    method: 'PATCH',
    path: pathOfChange(writer),
    query: {
      fieldManager: managerOf(writer.call.owner.installation),
      force: String(force),
      ...(dryRun && { dryRun: 'All' }),
    },
    body,
    contentType: applyPatch,
    signal: writer.call.signal,
  })

/** The result of a write that the API server answered with the object as it is now. */
export function written(
  { live, call }: Writer,
  object: KubernetesObject,
  outcome: ApplyResult['outcome'],
): ApplyResult {
  return { outcome, observation: live.learn(object, call) }
}
