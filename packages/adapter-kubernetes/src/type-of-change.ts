import { type Call, type Change, MooringError } from '@mooring/core'
import type { Discovery } from './discovery/discovery.ts'
import type { ResourceType } from './discovery/resource-type.ts'
import { groupKindOf } from './objects/key.ts'
import type { KubernetesObject } from './objects/object.ts'

/**
 * Where a change is sent: at the version that its manifest names; at the preferred version of its kind where there is no
 * manifest. Throws `TYPE_NOT_SERVED`.
 */
export async function typeOfChange(
  discovery: Discovery,
  { key, label, action, desired }: Change<KubernetesObject>,
  { signal }: Call,
): Promise<ResourceType> {
  const wanted = desired?.manifest ?? groupKindOf(key)
  const known = await discovery.typeOf(wanted, { signal })
  if (known !== undefined) return known
  // It was planned, so its definition was there, or was applied a moment ago.
  await discovery.refresh({ signal })
  const type = await discovery.typeOf(wanted, { signal })
  if (type !== undefined) return type
  const kind =
    desired === undefined ? groupKindOf(key) : `${desired.manifest.apiVersion} ${desired.manifest.kind}`
  throw new MooringError({
    code: 'TYPE_NOT_SERVED',
    kind: 'transient',
    message: `${action} of ${label}: expected the API server to serve ${kind}, and it does not`,
    hint: 'Its definition may be on its way in, or may have been deleted. Tried again by itself.',
  })
}
