import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import type { Rendered, Snapshot, TargetFacts } from '@mooring/core'
import type { FileChanges } from '@mooring/core/testing'
import { helmPath } from '../../../../tools/parts/helm.ts'
import {
  type Helm,
  type HelmOptions,
  type HelmTemplateOptions,
  helmProgram,
  helmTemplate,
} from '../../src/index.ts'
import { snapshotOf } from '../charts.ts'

const { signal } = new AbortController()
const shared = helmPath().then((path) => helmProgram({ path, concurrency: 2 }))

/** The real Helm, one for the file unless options ask for another. */
export const realHelm = async (options?: HelmOptions): Promise<Helm> =>
  options === undefined ? shared : helmProgram({ path: await helmPath(), ...options })

/** What a test says of a rendering, beside files. */
export interface RenderOptions extends Partial<HelmTemplateOptions> {
  readonly path?: string
  readonly facts?: TargetFacts
}

/** What `helmTemplate` makes of these files, or of a snapshot. */
export async function render(
  files: FileChanges | Snapshot,
  { path = '', facts, ...options }: RenderOptions = {},
): Promise<Rendered<KubernetesObject>> {
  const snapshot =
    typeof files.read === 'function' ? (files as Snapshot) : await snapshotOf(files as FileChanges)
  const renderer = helmTemplate({ releaseName: 'rel', namespace: 'shop', helm: await realHelm(), ...options })
  return renderer.render({ snapshot, path, ...(facts && { facts }) }, { signal })
}

/** The values of the ConfigMaps, by name. */
export const valuesIn = ({ manifests }: Rendered<KubernetesObject>): Record<string, unknown> =>
  Object.fromEntries(
    manifests.map(({ manifest }) => [
      manifest.metadata.name,
      (manifest.data as { readonly value?: unknown })?.value,
    ]),
  )
