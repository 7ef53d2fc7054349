import { createHash } from 'node:crypto'
import type { Owner, ResourceKey } from '@mooring/core'
import { annotationIn, own } from './annotations.ts'
import { keyOf } from './key.ts'
import type { KubernetesObject } from './object.ts'

/** What an owned object carries: the label that watches select, and the annotation that says whose it is. */
export interface OwnerMark {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** The label that watches and lists of one installation select. */
export const installationLabelName = 'mooring.dev/installation'

/** The mark of one object. It names the object, so that a copy of it on another object is no mark. */
export const markOf = (owner: Owner, key: ResourceKey): OwnerMark => ({
  labels: { [installationLabelName]: installationLabel(owner.installation) },
  annotations: { [own.owner]: `${encoded(owner.installation)}/${encoded(owner.application)}/${key}` },
})

/**
 * Whose an object is, by its annotation. Undefined when it carries no mark, a damaged one, or one that names another
 * object: controllers copy annotations to what they make (a Deployment to its ReplicaSets), and that is not ours.
 */
export function ownerIn(object: KubernetesObject): Owner | undefined {
  const mark = annotationIn(object, own.owner)
  const parts = mark === undefined ? null : /^([^/]+)\/([^/]+)\/(.*)$/s.exec(mark)
  const installation = decoded(parts?.[1])
  const application = decoded(parts?.[2])
  if (installation === undefined || application === undefined) return undefined
  return parts?.[3] === keyOf(object) ? { installation, application } : undefined
}

/**
 * An installation's id as a label value: the id itself where it is a legal one (up to 63 letters, digits, `-`, `_` and
 * `.`, with a letter or digit at both ends), and a digest of it otherwise. Two ids never share a value: an id that looks
 * like such a digest is digested itself. Also fit as a part of a field manager's name, which may have 128 characters.
 */
export function installationLabel(installation: string): string {
  if (legalValue.test(installation) && !installation.startsWith(digestPrefix)) return installation
  return digestPrefix + createHash('sha256').update(installation).digest('hex').slice(0, 40)
}

const legalValue = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const digestPrefix = 'sha256-'

/** An installation's id may be any text, and a slash in it would move the borders between the parts. */
const encoded = (part: string): string => part.replaceAll('%', '%25').replaceAll('/', '%2F')

function decoded(part: string | undefined): string | undefined {
  if (part === undefined || /%(?!25|2F)/.test(part)) return undefined
  return part.replaceAll(/%25|%2F/g, (code) => (code === '%2F' ? '/' : '%'))
}
