import { MooringError } from '../errors/mooring-error.ts'
import type { SyncPolicy } from '../model/policy.ts'
import type { Located } from '../model/resource.ts'
import type { Scope } from '../model/scope.ts'
import type { Renderer } from '../ports/renderer.ts'
import type { Source } from '../ports/source.ts'
import type { Target } from '../ports/target.ts'
import { type Hooks, problemWithHooks } from './hooks.ts'
import { scopeProblem } from './scope-problem.ts'
import { windowProblem } from './window-problem.ts'

/** Changes manifests between renderer and target. Pure: equal manifests in, equal manifests out. */
export type Transform<Manifest> = (manifests: readonly Located<Manifest>[]) => readonly Located<Manifest>[]

/** Source, path, renderer and target under one name: the unit of reconciliation. */
export interface Application<Manifest> {
  /** Unique within the engine. Stands in every owner mark: letters, digits, `.`, `_` and `-`, at most 63. */
  readonly name: string
  readonly source: Source
  /** Folder of the source, relative to its root, with `/`. The empty path is the root. */
  readonly path: string
  readonly renderer: Renderer<Manifest>
  readonly transforms?: readonly Transform<Manifest>[]
  readonly target: Target<Manifest>
  /**
   * Names the application had before, in this installation. Default none. What is recorded under them becomes this one's,
   * and their marks count as its own and are renewed. Leave them until the marks are; see `plan.changes`.
   */
  readonly formerly?: readonly string[]
  /**
   * Applications of the same engine, of any kind, that have to be in sync and healthy before this one is changed; where
   * they share its source, at its revision. Default none. Until then operations are held (`DEPENDENCY_NOT_MET`) and drift
   * is undone all the same. May name applications that are added later.
   */
  readonly dependsOn?: readonly string[]
  /** Functions that run once per operation. Default none. */
  readonly hooks?: Hooks
  /**
   * What the application may touch. Default: all that the target's credentials allow. Needs a target with `placeOf`. What
   * lies outside is held as `OUT_OF_SCOPE`, and refused by the engine on every path that could write.
   */
  readonly scope?: Scope
  /** What differs from `defaultPolicy`. */
  readonly sync?: Partial<SyncPolicy>
}

/**
 * An application with its manifest type closed over. Whoever needs the parts opens it with a function that works for
 * every manifest type; everybody else deals in names.
 */
export interface DefinedApplication {
  readonly name: string
  readonly open: <Result>(visit: <Manifest>(application: Application<Manifest>) => Result) => Result
}

/**
 * Defines an application. A renderer and a target that disagree on what a manifest is do not compile.
 * Throws `INVALID_APPLICATION` for a name or path that cannot be used, a field that there is not, and a scope that limits
 * nothing.
 */
export function defineApplication<Manifest>(application: Application<Manifest>): DefinedApplication {
  const problem = problemWith(application)
  if (problem !== undefined) {
    throw new MooringError({
      code: 'INVALID_APPLICATION',
      kind: 'permanent',
      message: `Application ${JSON.stringify(application.name)}: ${problem}`,
      hint: 'Correct the definition; nothing was started.',
    })
  }
  return { name: application.name, open: (visit) => visit(application) }
}

const name = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/

function problemWith<Manifest>(application: Application<Manifest>): string | undefined {
  if (!name.test(application.name)) {
    return 'expected a name of 1 to 63 letters, digits, dots, dashes and underscores that begins and ends with a letter or digit'
  }
  const { formerly = [] } = application
  if (!Array.isArray(formerly) || !formerly.every((old) => typeof old === 'string' && name.test(old))) {
    return `expected formerly to be a list of names, got ${JSON.stringify(formerly)}`
  }
  if (formerly.includes(application.name)) return 'expected formerly to hold other names than its own'
  const { dependsOn = [] } = application
  if (
    !Array.isArray(dependsOn) ||
    !dependsOn.every((other) => typeof other === 'string' && name.test(other))
  ) {
    return `expected dependsOn to be a list of names, got ${JSON.stringify(dependsOn)}`
  }
  if (dependsOn.includes(application.name)) return 'expected dependsOn to hold other names than its own'
  const parts = application.path.split('/')
  if (application.path !== '' && parts.some((part) => part === '' || part === '.' || part === '..')) {
    return `expected a path inside the source such as apps/shop, got ${JSON.stringify(application.path)}`
  }
  const strange = Object.keys(application).find((field) => !Object.hasOwn(fields, field))
  if (strange !== undefined) return `it has no field ${strange}, expected ${Object.keys(fields).join(', ')}`
  return (
    problemWithHooks(application.hooks) ??
    ('scope' in application ? scopeProblem(application.scope, application.target) : undefined) ??
    problemWithPolicy(application.sync ?? {})
  )
}

/** What a definition may say. A field that is not here is a misspelt one, and what it was meant to limit would not be. */
const fields: { readonly [field in keyof Required<Application<never>>]: true } = {
  name: true,
  source: true,
  path: true,
  renderer: true,
  transforms: true,
  target: true,
  formerly: true,
  dependsOn: true,
  hooks: true,
  scope: true,
  sync: true,
}

const isTrueOrFalse = (value: unknown): boolean => typeof value === 'boolean'
const isDuration = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 1
const isOneOf =
  (...words: readonly string[]) =>
  (value: unknown): boolean =>
    words.includes(value as string)
const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text) => typeof text === 'string')
const isBudget = (value: unknown): boolean => {
  const { max, shareOfFew, shareOfMany } = (value ?? {}) as Partial<SyncPolicy['pruneBudget']>
  return [max, shareOfFew, shareOfMany].every((figure) => Number.isFinite(figure) && (figure as number) >= 0)
}

/** What each field may be. A field that is not here is a misspelt one. */
const rules: { readonly [field in keyof SyncPolicy]: readonly [(value: unknown) => boolean, string] } = {
  automated: [isTrueOrFalse, 'true or false'],
  selfHeal: [isTrueOrFalse, 'true or false'],
  prune: [isTrueOrFalse, 'true or false'],
  allowEmpty: [isTrueOrFalse, 'true or false'],
  ownership: [isOneOf('must-match', 'adopt-unowned', 'adopt-all'), 'must-match, adopt-unowned or adopt-all'],
  approval: [isOneOf('never', 'destructive', 'always'), 'never, destructive or always'],
  verified: [isOneOf('off', 'required'), 'off or required'],
  windows: [Array.isArray, 'a list of windows'],
  onFailure: [isOneOf('continue', 'atomic'), 'continue or atomic'],
  pruneBudget: [isBudget, 'max, shareOfFew and shareOfMany as numbers from 0'],
  protect: [areTexts, 'a list of texts'],
  intervalMs: [isDuration, 'milliseconds from 1'],
  deadlineMs: [isDuration, 'milliseconds from 1'],
  stageDeadlineMs: [(value) => value === 'none' || isDuration(value), 'milliseconds from 1, or none'],
  pruneWhen: [isOneOf('healthy', 'applied'), 'healthy or applied'],
  applyTimeoutMs: [isDuration, 'milliseconds from 1'],
  readTimeoutMs: [isDuration, 'milliseconds from 1'],
  concurrency: [(value) => Number.isInteger(value) && (value as number) >= 1, 'a whole number from 1'],
}

function problemWithPolicy(policy: Partial<SyncPolicy>): string | undefined {
  for (const [field, value] of Object.entries(policy)) {
    const rule = Object.hasOwn(rules, field) ? rules[field as keyof SyncPolicy] : undefined
    if (rule === undefined) return `sync has no field ${field}`
    const [holds, expected] = rule
    if (!holds(value))
      return `expected sync.${field} to be ${expected}, got ${JSON.stringify(value) ?? typeof value}`
  }
  for (const [at, window] of (policy.windows ?? []).entries()) {
    const problem = windowProblem(window, at)
    if (problem !== undefined) return `expected ${problem}, got ${JSON.stringify(window) ?? typeof window}`
  }
  return undefined
}
