import { labelIn } from '../objects/annotations.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { chunkNamesOf } from './head-document.ts'
import { readHead } from './heads.ts'
import { inParallel } from './in-parallel.ts'
import type { StoredInstallation } from './installation.ts'
import { retire } from './retire.ts'
import { storeMark } from './store-mark.ts'
import type { StoreParts } from './store-parts.ts'
import { epochIn, objectIn, partIn } from './stored-object.ts'

/**
 * Deletes what commits and removals of older openings have left behind when they were cut off: chunks that no head names,
 * and heads that hold nothing. All heads must have been adopted, so that nothing of an older epoch can be named any more.
 * What was written under this epoch or a later one may be about to be named, and stays.
 */
export async function collectOrphans(
  parts: StoreParts,
  installation: StoredInstallation,
  objects: readonly KubernetesObject[],
  signal: AbortSignal,
): Promise<void> {
  const heads = new Map(
    objects
      .filter((object) => partIn(object) === 'application' || partIn(object) === 'reserved')
      .map((head) => [segmentIn(head), head]),
  )
  const collecting = [...chunksBySegment(objects, installation.epoch)]
  await inParallel(collecting, 4, async ([segment, names]) => {
    const kept = await namesKept(parts, installation, segment, heads.get(segment), signal)
    if (kept === undefined) return
    const orphans = names.filter((name) => !kept.has(name))
    await parts.garbage.collect(parts.secrets, segment, orphans, signal)
  })
  const reserved = [...heads].filter(([, head]) => partIn(head) === 'reserved')
  await inParallel(reserved, 4, async ([segment]) => {
    await retire(parts, segment, installation.epoch, signal)
  })
}

function chunksBySegment(
  objects: readonly KubernetesObject[],
  epoch: number,
): ReadonlyMap<string, readonly string[]> {
  const chunks = new Map<string, string[]>()
  for (const object of objects) {
    const part = partIn(object)
    const isOld = (epochIn(object) ?? epoch) < epoch
    if (!isOld || (part !== 'inventory' && part !== 'history')) continue
    const segment = segmentIn(object)
    const names = chunks.get(segment) ?? []
    chunks.set(segment, names)
    names.push(object.metadata.name)
  }
  return chunks
}

/** What must stay; undefined where nobody can tell: what is left of something damaged is there to be looked at. */
async function namesKept(
  parts: StoreParts,
  { applications }: StoredInstallation,
  segment: string,
  head: KubernetesObject | undefined,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  if (head === undefined) return applications.has(segment) ? undefined : new Set()
  try {
    const { application } = objectIn(parts.scope, head)
    if (application === undefined) return undefined
    return new Set(chunkNamesOf((await readHead(parts, application, signal))?.document))
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

const segmentIn = (object: KubernetesObject): string => labelIn(object, storeMark.segment) ?? ''
