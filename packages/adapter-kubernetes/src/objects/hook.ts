import type { HookDeletePolicy, HookTrait } from '@mooring/core'
import { annotationIn, foreign, own } from './annotations.ts'
import type { KubernetesObject } from './object.ts'

/** What the annotations of an object say of it as a hook. `skip`: it is one of a phase that is not run here, and why. */
export type HookReading = { readonly hook: HookTrait } | { readonly skip: string }

/**
 * Whether an object is a hook, by Mooring's own annotations, or else Argo CD's, or else Helm's, in that order: charts carry
 * Helm's, and people add Argo CD's to overrule them. Undefined: it is none.
 *
 * Argo CD's phases and delete policies are those of gitops-engine (pkg/sync/hook), Helm's those of its hooks page; both are
 * mapped to one another there as here. An invalid value is reported.
 */
export function hookIn(object: KubernetesObject, report: (fault: string) => void): HookReading | undefined {
  for (const dialect of [ours, argo, helm]) {
    const text = annotationIn(object, dialect.phases)
    if (text !== undefined) return dialect.read(wordsIn(text), object, report)
  }
  return undefined
}

/** Whether an object says that it is a hook, whatever hook that is. */
export const saysHook = (object: KubernetesObject): boolean =>
  [own.hook, foreign.argoHook, foreign.helmHook].some((name) => annotationIn(object, name) !== undefined)

interface Dialect {
  readonly phases: string
  readonly read: (
    words: readonly string[],
    object: KubernetesObject,
    report: (fault: string) => void,
  ) => HookReading | undefined
}

type Phase = HookTrait['phases'][number]

const ours: Dialect = {
  phases: own.hook,
  read: (words, object, report) => {
    const phases = known(words, ourPhases, own.hook, report)
    const policies = wordsIn(annotationIn(object, own.hookDeletePolicy) ?? '')
    const deletePolicy = known(policies, ourPolicies, own.hookDeletePolicy, report)
    return hookOf(phases, deletePolicy, weightIn(object, own.hookWeight, report))
  },
}

const argo: Dialect = {
  phases: foreign.argoHook,
  read: (words, object, report) => {
    if (words.includes('Sync')) {
      report(
        `annotation ${foreign.argoHook}: Sync hooks, which run amid the writes, are not run here: use PreSync or PostSync, or take the annotation off and give the object a wave`,
      )
      return undefined
    }
    const phases = words.flatMap((word) => argoPhases[word] ?? [])
    if (phases.length === 0)
      return { skip: `it is a hook of Argo CD for ${words.join(', ') || 'nothing'}, which is not run` }
    const policies = wordsIn(annotationIn(object, foreign.argoDeletePolicy) ?? '')
    const deletePolicy = policies.flatMap((word) => argoPolicies[word] ?? [])
    return hookOf(
      phases,
      deletePolicy,
      weightIn(object, foreign.argoWave, () => {}),
    )
  },
}

const helm: Dialect = {
  phases: foreign.helmHook,
  read: (words, object, report) => {
    const found = words.flatMap((word) => helmPhases[word] ?? [])
    if (found.length === 0)
      return { skip: `it is a hook of Helm for ${words.join(', ') || 'nothing'}, which is not run` }
    const policies = wordsIn(annotationIn(object, foreign.helmDeletePolicy) ?? '')
    const deletePolicy = policies.flatMap((word) => helmPolicies[word] ?? [])
    // Argo CD's wave overrules the weight, as there.
    const weight =
      weightIn(object, foreign.argoWave, () => {}) ?? weightIn(object, foreign.helmWeight, report)
    const [only, ...others] = new Set(found.map(({ when }) => when))
    const reading = hookOf(
      found.map(({ phase }) => phase),
      deletePolicy,
      weight,
    )
    return only !== undefined && others.length === 0 ? { hook: { ...reading.hook, when: only } } : reading
  },
}

function hookOf(
  phases: readonly Phase[],
  deletePolicy: readonly HookDeletePolicy[],
  weight: number | undefined,
): { readonly hook: HookTrait } {
  return {
    hook: {
      phases: [...new Set(phases)],
      ...(deletePolicy.length > 0 && { deletePolicy: [...new Set(deletePolicy)] }),
      ...(weight !== undefined && weight !== 0 && { weight }),
    },
  }
}

/** Of our own annotations every word has to be known: a misspelt one would be a migration that nobody ran. */
function known<Value>(
  words: readonly string[],
  values: Readonly<Record<string, Value>>,
  name: string,
  report: (fault: string) => void,
): readonly Value[] {
  return words.flatMap((word) => {
    const value = Object.hasOwn(values, word) ? values[word] : undefined
    if (value !== undefined) return [value]
    report(`annotation ${name}: expected ${Object.keys(values).join(', ')}, found ${JSON.stringify(word)}`)
    return []
  })
}

const wordsIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')

function weightIn(
  object: KubernetesObject,
  name: string,
  report: (fault: string) => void,
): number | undefined {
  const text = annotationIn(object, name)?.trim()
  if (text === undefined) return undefined
  if (/^[+-]?\d{1,9}$/.test(text)) return Number(text)
  report(`annotation ${name}: expected a whole number in quotes, found ${JSON.stringify(text)}`)
  return undefined
}

const ourPhases: Readonly<Record<string, Phase>> = {
  'before-sync': 'beforeSync',
  'after-sync': 'afterSync',
  'on-failure': 'onFailure',
}

const ourPolicies: Readonly<Record<string, HookDeletePolicy>> = {
  'before-creation': 'beforeCreation',
  succeeded: 'succeeded',
  failed: 'failed',
}

const argoPhases: Readonly<Record<string, Phase>> = {
  PreSync: 'beforeSync',
  PostSync: 'afterSync',
  SyncFail: 'onFailure',
}

const argoPolicies: Readonly<Record<string, HookDeletePolicy>> = {
  BeforeHookCreation: 'beforeCreation',
  HookSucceeded: 'succeeded',
  HookFailed: 'failed',
}

/** Installing is the first time only: until the application was synced once. */
const helmPhases: Readonly<Record<string, { readonly phase: Phase; readonly when: 'first' | 'later' }>> = {
  'pre-install': { phase: 'beforeSync', when: 'first' },
  'pre-upgrade': { phase: 'beforeSync', when: 'later' },
  'post-install': { phase: 'afterSync', when: 'first' },
  'post-upgrade': { phase: 'afterSync', when: 'later' },
}

const helmPolicies: Readonly<Record<string, HookDeletePolicy>> = {
  'before-hook-creation': 'beforeCreation',
  'hook-succeeded': 'succeeded',
  'hook-failed': 'failed',
}
