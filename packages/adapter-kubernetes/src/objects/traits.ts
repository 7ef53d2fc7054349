import type { ResourceKey, Traits } from '@mooring/core'
import { ignoredOf } from '../ignore/ignored.ts'
import { annotationIn, foreign, labelIn, own, ownPrefix } from './annotations.ts'
import { cascades } from './cascades.ts'
import { referencesIn } from './depends-on.ts'
import { hookIn } from './hook.ts'
import { type KeyParts, keyOfParts } from './key.ts'
import type { KubernetesObject } from './object.ts'
import { installationLabelName } from './owner-mark.ts'

/**
 * What a desired object asks for itself, by Mooring's annotations and by those of Argo CD, Flux, Helm and cli-utils.
 *
 * Throws one `TypeError` that names every annotation with an invalid value, and every annotation and label under
 * `mooring.dev/` that nobody knows: a misspelt `prune: disabled` would be noticed when the object is gone. `resolve` turns what is depended
 * on into a key; by default it is taken as it is written.
 */
export function desiredTraitsOf(
  object: KubernetesObject,
  resolve: (reference: KeyParts) => ResourceKey = keyOfParts,
): Traits {
  const faults: string[] = []
  const report = (fault: string): void => {
    faults.push(fault)
  }
  reportUnknown(object, report)
  const ignored = annotationIn(object, own.ignore)
  if (ignored !== undefined) ignoredOf(ignored, (fault) => report(`annotation ${own.ignore}: ${fault}`))
  const reading = hookIn(object, report)
  const hook = reading !== undefined && 'hook' in reading ? reading : {}
  const traits = { ...policyOf(object, report), ...placeOf(object, resolve, report), ...hook }
  if (faults.length > 0) throw new TypeError(faults.join('; '))
  return traits
}

/**
 * What a live object asks for itself: everything but its place in the order, which only the desired form decides. An
 * invalid value is ignored: anybody may have written it, and it must not stop the pass. Undefined when it asks for nothing.
 */
export function liveTraitsOf(object: KubernetesObject): Traits | undefined {
  const traits = policyOf(object, () => {})
  return Object.keys(traits).length === 0 ? undefined : traits
}

type Report = (fault: string) => void

function policyOf(object: KubernetesObject, report: Report): Traits {
  const options = argoOptionsOf(object)
  const keep =
    says(object, own.prune, 'disabled', report) ||
    options.has('Prune=false') ||
    // Argo CD waits for a person to confirm: here it stays, and that person deletes it.
    options.has('Prune=confirm') ||
    asks(object, foreign.fluxPrune, 'disabled') ||
    asks(object, foreign.helmPolicy, 'keep') ||
    asks(object, foreign.deletion, 'detach') ||
    asks(object, foreign.onRemove, 'keep')
  const leave =
    says(object, own.reconcile, 'disabled', report) ||
    asks(object, foreign.fluxReconcile, 'disabled') ||
    asks(object, foreign.fluxApply, 'ignore') ||
    asks(object, foreign.fluxApply, 'ifnotpresent')
  // Argo CD and Flux delete and create again under these two; Argo CD's Replace=true alone does not.
  const replace =
    says(object, own.replace, 'allowed', report) ||
    options.has('Force=true') ||
    asks(object, foreign.fluxForce, 'enabled')
  return {
    ...(keep && { prune: 'never' as const }),
    ...(leave && { reconcile: 'never' as const }),
    ...(replace && { replace: 'allowed' as const }),
    ...(says(object, own.adopt, 'allowed', report) && { adopt: 'allowed' as const }),
    ...(cascades(object) && { cascades: true }),
  }
}

/** Whether one of Mooring's own annotations is there with the one value it can have. */
function says(object: KubernetesObject, name: string, expected: string, report: Report): boolean {
  const found = annotationIn(object, name)
  if (found !== undefined && found !== expected) {
    report(`annotation ${name}: expected ${expected}, found ${JSON.stringify(found)}`)
  }
  return found === expected
}

/**
 * Whether another tool's annotation has this value. Flux reads labels too and ignores case (fluxcd/pkg/ssa,
 * AnyInMetadata); Helm ignores case and outer blanks. In doubt the object is left alone.
 */
function asks(object: KubernetesObject, name: string, expected: string): boolean {
  return [annotationIn(object, name), labelIn(object, name)].some(
    (found) => found?.trim().toLowerCase() === expected,
  )
}

/** Argo CD's sync options, of which only those about pruning and replacing are read. */
const argoOptionsOf = (object: KubernetesObject): ReadonlySet<string> =>
  new Set((annotationIn(object, foreign.argoOptions) ?? '').split(',').map((option) => option.trim()))

function placeOf(
  object: KubernetesObject,
  resolve: (reference: KeyParts) => ResourceKey,
  report: Report,
): Traits {
  const wave = waveIn(object, own.wave, report) ?? waveIn(object, foreign.argoWave, report)
  const dependsOn = [own.dependsOn, foreign.dependsOn].flatMap((name) => {
    const text = annotationIn(object, name)
    if (text === undefined) return []
    return referencesIn(text, (fault) => report(`annotation ${name}: ${fault}`)).map(resolve)
  })
  return {
    ...(wave !== undefined && { wave }),
    ...(dependsOn.length > 0 && { dependsOn: [...new Set(dependsOn)] }),
  }
}

function waveIn(object: KubernetesObject, name: string, report: Report): number | undefined {
  const text = annotationIn(object, name)
  if (text === undefined) return undefined
  if (/^[+-]?\d{1,9}$/.test(text)) return Number(text) + 0
  report(`annotation ${name}: expected a whole number in quotes, found ${JSON.stringify(text)}`)
  return undefined
}

function reportUnknown(object: KubernetesObject, report: Report): void {
  const known: readonly string[] = Object.values(own)
  for (const name of Object.keys(object.metadata?.annotations ?? {}))
    if (isOwn(name) && !known.includes(name))
      report(`annotation ${name}: expected one of ${known.join(', ')}`)
  for (const name of Object.keys(object.metadata?.labels ?? {}))
    if (isOwn(name) && name !== installationLabelName)
      report(`label ${name}: expected no label there, since Mooring reads annotations, found one`)
}

/** Also in another case: what is meant for us and says nothing is a mistake. */
const isOwn = (name: string): boolean => name.toLowerCase().startsWith(ownPrefix)
