import { join } from 'node:path'
import { type ApplyResult, type Call, type Change, MooringError } from '@mooring/core'
import { mustHold } from './expectation.ts'
import { codeOf } from './failure.ts'
import { fingerprintOf } from './fingerprints.ts'
import { occupied, openFolder } from './folder.ts'
import { lookAt, notAsExpected } from './look.ts'
import { bytesOf, type FileManifest, modeOf } from './manifest.ts'
import { isOwner, markerName, ownerOf } from './marker.ts'
import { observationOf, see } from './observe.ts'
import { type Place, splitKey } from './place.ts'
import { put } from './put.ts'

/** Creates a file, or replaces what stands in its place, and claims it. */
export async function write(place: Place, change: Change<FileManifest>, call: Call): Promise<ApplyResult> {
  const creates = change.expects.kind === 'absent'
  if (creates) await refuseForeign(place, call)
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeInFolder(place, change, call, creates)
    } catch (thrown) {
      // The folder went between being opened and being used: another change had just emptied it.
      if (codeOf(thrown) !== 'ENOENT' || attempt === 3) throw thrown
    }
  }
}

async function refuseForeign({ root, shared, claims }: Place, { owner }: Call): Promise<void> {
  const { installation } = await claims.read()
  if (shared || installation === undefined || installation === owner.installation) return
  throw new MooringError({
    code: 'DIRECTORY_OWNED',
    kind: 'permanent',
    message: `Expected ${root} to be free or of installation ${owner.installation}, found it marked by ${installation}`,
    hint:
      `Keep another directory, or make both targets \`shared\`. If installation ${installation} is gone, put ` +
      `${owner.installation} in its place in the first line of ${join(root, markerName)}: its claims become this one's.`,
  })
}

async function writeInFolder(
  place: Place,
  change: Change<FileManifest>,
  call: Call,
  creates: boolean,
): Promise<ApplyResult> {
  if (change.desired === undefined)
    throw new TypeError(`Expected the ${change.action} of ${change.key} to say what is desired`)
  const { key, desired } = change
  const bytes = bytesOf(desired.manifest)
  await using folder = await openFolder(place.root, splitKey(key).folder, creates)
  const before = folder && (await see(place, folder, key, call))
  const marker = await place.claims.read()
  const owner = before && ownerOf(marker, key, before.look)
  mustHold(change, place.root, before?.look, owner)
  if (folder === undefined) throw notAsExpected(join(place.root, key), 'a file', 'nothing')
  if (before?.look.kind === 'folder') throw occupied(join(place.root, key), undefined, 'file', 'a folder')

  if (before?.fingerprint === fingerprintOf(modeOf(desired.manifest), bytes, call)) {
    const isKept = isOwner(owner, call.owner) && marker.claims.get(key)?.while === undefined
    if (isKept) return { outcome: 'unchanged', observation: observationOf(key, before, owner) }
    await place.claims.set(key, { owner: call.owner })
    return { outcome: 'changed', observation: observationOf(key, before, call.owner) }
  }
  await put(place, folder, key, desired.manifest, before?.look, call)
  const look = await lookAt(folder, splitKey(key).name)
  if (look === undefined) throw notAsExpected(join(place.root, key), 'the file just written', 'nothing')
  // Of what was written, not of what is there: should somebody be faster, the next observation tells.
  const fingerprint = fingerprintOf(look.mode, bytes, call)
  return { outcome: 'changed', observation: observationOf(key, { look, fingerprint }, call.owner) }
}
