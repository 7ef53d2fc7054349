import type { ApplyResult } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { create } from './create.ts'
import { remove } from './remove.ts'
import { preconditionOf } from './update.ts'
import type { Writer } from './writer.ts'

const pollMs = 100

/** Deletes, waits until that incarnation is gone, and creates. Ends with the signal; what it had done by then is found by the next look. */
export async function replace(writer: Writer, manifest: KubernetesObject): Promise<ApplyResult> {
  const { uid } = await preconditionOf(writer)
  const { observation } = await remove(writer)
  if (observation !== undefined) await untilGone(writer, uid)
  return create(writer, manifest)
}

async function untilGone({ live, type, change, call }: Writer, uid: string): Promise<void> {
  while ((await live.reads.read(type, change.key, call.signal))?.metadata.uid === uid) {
    await new Promise((resolve) => setTimeout(resolve, pollMs))
    call.signal.throwIfAborted()
  }
  live.bury(change.key, uid)
}
