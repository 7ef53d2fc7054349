import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of one run, which nobody else may read and which goes with the run. */
export interface PrivateFolder extends AsyncDisposable {
  readonly path: string
}

/** Makes a private folder in another one. Default: the system's folder for temporary files. */
export async function privateFolder(within: string = tmpdir()): Promise<PrivateFolder> {
  await mkdir(within, { recursive: true })
  // mkdtemp makes it for its owner alone (0700).
  const path = await mkdtemp(join(within, 'mooring-helm-'))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  }
}
