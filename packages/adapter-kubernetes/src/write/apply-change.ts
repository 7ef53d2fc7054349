import type { ApplyResult, Change } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { create } from './create.ts'
import { release } from './release.ts'
import { remove } from './remove.ts'
import { replace } from './replace.ts'
import { update } from './update.ts'
import type { Writer } from './writer.ts'

/** Carries out one change. Without effect, and with a conflict, where the change does not find what it expects. */
export function applyChange(writer: Writer): Promise<ApplyResult> {
  const { action } = writer.change
  switch (action) {
    case 'create':
      return create(writer, desiredOf(writer.change))
    case 'update':
      return update(writer, desiredOf(writer.change))
    case 'delete':
      return remove(writer)
    case 'replace':
      return replace(writer, desiredOf(writer.change))
    case 'release':
      return release(writer)
    default:
      return action satisfies never
  }
}

/** The body of a change that has one. */
export function desiredOf(change: Change<KubernetesObject>): KubernetesObject {
  if (change.desired === undefined)
    throw new TypeError(`${change.action} of ${change.label} came without its manifest`)
  return change.desired.manifest
}
