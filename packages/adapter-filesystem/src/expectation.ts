import { join } from 'node:path'
import type { Change, Owner } from '@mooring/core'
import { type Look, notAsExpected } from './look.ts'
import type { FileManifest } from './manifest.ts'
import { versionOf } from './observe.ts'

/** Throws `EXPECTATION_NOT_MET` unless what stands there is what the change expects. */
export function mustHold(
  { key, expects }: Change<FileManifest>,
  root: string,
  look: Look | undefined,
  owner: Owner | undefined,
): void {
  const found = look === undefined ? 'nothing' : `a ${look.kind} of version ${versionOf(look, owner)}`
  if (expects.kind === 'absent') {
    if (look !== undefined) throw notAsExpected(join(root, key), 'nothing', found)
    return
  }
  const { version } = expects
  if (look === undefined || (version !== undefined && version !== versionOf(look, owner))) {
    throw notAsExpected(join(root, key), version === undefined ? 'a file' : `version ${version}`, found)
  }
}
