import type { Abortable, Rendered, Renderer, RenderInput } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { eachInTurn } from './each-in-turn.ts'
import { errorOf, type Faults } from './fault.ts'
import { allFaults } from './fault-list.ts'
import { findFiles } from './find-files.ts'
import { limits } from './limits.ts'
import { renderFile } from './render-file.ts'
import { type ManifestSettings, settingsOf } from './settings.ts'

/** How {@link manifests} reads. Every option is part of the renderer's digest. */
export interface ManifestOptions {
  /**
   * Globs of files to leave out, relative to the application's folder, in the syntax of picomatch; `*` also matches names
   * that begin with a dot. Default none: a file that holds no manifest, such as `values.yaml`, is an error.
   */
  readonly exclude?: readonly string[]
  /**
   * Default `refuse`: objects that tell Flux or Argo CD what to deploy are an error that names them, because nobody would
   * do what they say. `apply`: they are manifests like any other, for whoever runs Flux or Argo CD by Mooring.
   */
  readonly controlObjects?: 'refuse' | 'apply'
  /** Default none: a file encrypted by SOPS is an error. */
  readonly decrypt?: Decryption
}

/** How encrypted files become readable. */
export interface Decryption {
  /** Stands for the function in the renderer's digest: give it another name when it may give another result. */
  readonly name: string
  /** The whole file decrypted. Called for files that hold something encrypted, and no others. */
  readonly run: (content: Uint8Array, file: string, options: Abortable) => Promise<Uint8Array>
}

/**
 * The Kubernetes manifests below the application's folder: every `.yaml`, `.yml` and `.json` file, in the order of their
 * paths, each with as many documents and lists as it likes. YAML means what it means to kubectl.
 *
 * A Kustomization that only lists files beside it is skipped by name. Everything that is wrong is one error that names
 * file, line and document of each fault: `MALFORMED_MANIFEST`, `INVALID_MANIFEST`, `ENCRYPTED_MANIFEST`,
 * `DECRYPTION_FAILED`, `KUSTOMIZATION`, `CONTROL_OBJECT`, `MANIFESTS_TOO_LARGE`, `LINK_NOT_SUPPORTED`,
 * `SUBMODULE_NOT_SUPPORTED`. Also throws what the snapshot throws, and `INVALID_OPTION` right away.
 *
 * @example
 * ```ts
 * manifests({ exclude: ['charts/**', 'values.yaml'] })
 * ```
 */
export function manifests(options: ManifestOptions = {}): Renderer<KubernetesObject> {
  const settings = settingsOf(options)
  return {
    name: 'manifests',
    digest: settings.digest,
    render: (input, { signal }) => render(input, settings, signal),
  }
}

async function render(
  { snapshot, path }: RenderInput,
  settings: ManifestSettings,
  signal: AbortSignal,
): Promise<Rendered<KubernetesObject>> {
  signal.throwIfAborted()
  const found = await findFiles(snapshot, path, settings, signal)
  let count = 0
  const contents = await eachInTurn(8, found.files, async (entry) => {
    signal.throwIfAborted()
    const content = await renderFile(entry, { snapshot, settings, signal })
    count += content.manifests.length
    if (count > limits.documents) throw errorOf(tooMany(entry.path))
    return content
  })
  const faults = allFaults([found.faults, ...contents.map((content) => content.faults)])
  if (faults.count > 0) throw errorOf(faults)
  return {
    manifests: contents.flatMap((content) => content.manifests),
    skipped: contents.flatMap(({ skipped }) => skipped),
  }
}

/** The fault of the file that is one too many. */
const tooMany = (file: string): Faults => {
  const says = `more than ${limits.documents} manifests up to here`
  return { listed: [{ code: 'MANIFESTS_TOO_LARGE', origin: { file }, says }], count: 1 }
}
