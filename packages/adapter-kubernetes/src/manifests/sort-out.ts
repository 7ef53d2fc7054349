import type { Json, Located, Origin, Skipped } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { controllerOf } from './controller-of.ts'
import type { FaultList } from './fault-list.ts'
import { isEncrypted } from './is-encrypted.ts'
import { kustomizationIn } from './kustomization.ts'
import type { SourceDocument } from './source-document.ts'
import { isMapping, unrollList } from './unroll-list.ts'

/** Where what a document holds belongs. */
export interface Sorted {
  readonly manifests: Located<KubernetesObject>[]
  readonly skipped: Skipped[]
  readonly faults: FaultList
}

/** Puts the objects of a document where they belong: each is a manifest, left out by name, or a fault. */
export function sortOut(
  document: SourceDocument,
  { file, applyControlObjects }: { readonly file: string; readonly applyControlObjects: boolean },
  { manifests, skipped, faults }: Sorted,
): void {
  const place = (line: number): Origin => ({ file, line, document: document.document })
  if (isEncrypted(document.value)) {
    faults.add({
      code: 'ENCRYPTED_MANIFEST',
      origin: place(document.line),
      says: 'a document encrypted by SOPS',
    })
    return
  }
  for (const { value, line } of unrollList(document)) {
    const origin = place(line)
    const kustomization = kustomizationIn(value, file)
    const says = misshapen(value)
    const controller =
      applyControlObjects || says !== undefined ? undefined : controllerOf(value as KubernetesObject)
    if (kustomization?.kind === 'builds')
      faults.add({ code: 'KUSTOMIZATION', origin, says: kustomization.says })
    else if (kustomization !== undefined)
      skipped.push({ label: `Kustomization ${file}`, reason: forKustomize, origin })
    else if (says !== undefined) faults.add({ code: 'INVALID_MANIFEST', origin, says })
    else if (controller !== undefined) {
      faults.add({
        code: 'CONTROL_OBJECT',
        origin,
        says: `${nameOf(value as KubernetesObject)} of ${controller}`,
      })
    } else manifests.push({ manifest: value as unknown as KubernetesObject, origin })
  }
}

/** Why a file that only lists what is beside it is left out. */
const forKustomize = 'it only lists files for kustomize, and the files beside it are read as they are'

/** What is wrong with a value that should be an object. The rest is for the target to say, which knows the kinds. */
function misshapen(value: Json): string | undefined {
  if (!isMapping(value))
    return `${Array.isArray(value) ? 'a sequence' : 'a single value'} where an object is expected`
  const { apiVersion, kind, metadata } = value
  if (kind === 'List') return 'a List without a sequence of items'
  const lacks = [
    isName(apiVersion) ? [] : ['apiVersion'],
    isName(kind) ? [] : ['kind'],
    isMapping(metadata) ? [] : ['metadata'],
  ].flat()
  if (lacks.length === 0) return undefined
  const names = lacks.map((field) => `${field} (${field === 'metadata' ? 'a mapping' : 'a text'})`)
  return `a document without ${names.join(' and ')}`
}

const isName = (value: Json | undefined): boolean => typeof value === 'string' && value !== ''

/** For people. A name that is none is left out: it could be anything. */
function nameOf({ kind, metadata: { name } }: KubernetesObject): string {
  return typeof name === 'string' && /^[\w.:-]{1,253}$/.test(name) ? `${kind} ${name}` : kind
}
