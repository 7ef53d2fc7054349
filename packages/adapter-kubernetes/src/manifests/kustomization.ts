import type { Json } from '@mooring/core'
import { groupOf } from '../objects/key.ts'
import { isKustomizationFile } from './file-names.ts'
import { isMapping } from './unroll-list.ts'

/**
 * What a document that is for kustomize means for plain manifests. `lists`: it only names files beside it, which are read
 * anyway. `builds`: without kustomize something else would be applied than what it says, such as a patch as an object.
 */
export type Kustomization = { readonly kind: 'lists' } | { readonly kind: 'builds'; readonly says: string }

/** Undefined for what is not for kustomize. */
export function kustomizationIn(value: Json, file: string): Kustomization | undefined {
  if (!isMapping(value)) return undefined
  const { apiVersion, kind } = value
  const isNamed = typeof apiVersion === 'string' && groupOf(apiVersion) === 'kustomize.config.k8s.io'
  if (!isNamed && !(apiVersion === undefined && isKustomizationFile(file))) return undefined
  if (kind === 'Component') return { kind: 'builds', says: 'a Component of kustomize' }
  const fields = Object.keys(value).filter((field) => !harmless.has(field) && !isEmpty(value[field]))
  if (fields.length > 0) return { kind: 'builds', says: `a Kustomization with ${fields.join(', ')}` }
  const { resources } = value
  const isPlain = resources === undefined || (Array.isArray(resources) && resources.every(isBeside))
  return isPlain
    ? { kind: 'lists' }
    : { kind: 'builds', says: 'a Kustomization with resources from elsewhere' }
}

const harmless: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'resources'])

const isEmpty = (value: Json | undefined): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0)

/** A file or folder below the Kustomization's own: what is read anyway. */
const isBeside = (resource: Json): boolean =>
  typeof resource === 'string' && !/^\/|:\/\/|(?:^|\/)\.\.(?:\/|$)|^[^/]+@|\?ref=/.test(resource)
