import { MooringError } from '@mooring/core'
import { own } from '../objects/annotations.ts'
import { keyOf, partsOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { faultIn } from './ignored.ts'

/**
 * Fields of a target's objects that are written when the object is made, as Git says, and left alone from then on:
 * whoever changes them, it is no drift, and no later change writes them.
 */
export interface IgnoreRule {
  /** Patterns for kinds, `Deployment` or `apps/Deployment`, with `*` for any run of characters. Default all. */
  readonly kinds?: readonly string[]
  /** Patterns for names, `web` or `shop/web`, with `*` for any run of characters. Default all. */
  readonly names?: readonly string[]
  /** JSON pointers (RFC 6901) to the fields, with `*` for every item of a list: `/spec/replicas`. Default none. */
  readonly pointers?: readonly string[]
  /** Field managers, by their names in `managedFields`. Whatever of an object they own is theirs. Default none. */
  readonly managers?: readonly string[]
}

/** Gives a manifest with what the rules for it say written into its annotation. */
export type Ignoring = (manifest: KubernetesObject) => KubernetesObject

/**
 * The rules, ready to be applied. They go into an annotation of each object they match, so that it shows on the object
 * why a field differs from Git, and so that a change of rules is a change that a plan shows. Throws `INVALID_OPTION`.
 */
export function ignoring(rules: readonly IgnoreRule[] = []): Ignoring {
  const faults = rules.flatMap((rule, at) => faultsOf(rule).map((fault) => `ignore[${at}]: ${fault}`))
  if (faults.length > 0) throw invalid(faults)
  const compiled = rules.map(({ kinds, names, pointers = [], managers = [] }) => ({
    isKind: matcher(kinds),
    isName: matcher(names),
    says: [...pointers, ...managers.map((name) => `manager:${name}`)],
  }))
  return (manifest) => {
    const { group, kind, namespace, name } = partsOf(keyOf(manifest))
    const says = compiled
      .filter(({ isKind }) => isKind(kind) || isKind(`${group}/${kind}`))
      .filter(({ isName }) => isName(name) || isName(`${namespace}/${name}`))
      .flatMap((rule) => rule.says)
    if (says.length === 0) return manifest
    const { metadata } = manifest
    const itself = metadata.annotations?.[own.ignore]?.split(',').map((one) => one.trim()) ?? []
    const all = new Set([...itself, ...says])
    const annotations = { ...metadata.annotations, [own.ignore]: [...all].sort().join(', ') }
    return { ...manifest, metadata: { ...metadata, annotations } }
  }
}

function faultsOf(rule: IgnoreRule): readonly string[] {
  const known: readonly string[] = fields
  const unknown = Object.keys(rule).filter((field) => !known.includes(field))
  const { pointers = [], managers = [] } = rule
  const lists = fields.filter((field) => rule[field] !== undefined && !areTexts(rule[field]))
  if (unknown.length + lists.length > 0)
    return [
      ...unknown.map((field) => `there is no field ${field}`),
      ...lists.map((field) => `${field} is no list of texts`),
    ]
  if (pointers.length + managers.length === 0) return ['expected pointers or managers, found neither']
  return [
    ...pointers.flatMap((pointer) => faultIn(pointer) ?? []),
    ...[...pointers, ...managers]
      .filter((text) => text === '' || text.includes(','))
      .map((text) => `${JSON.stringify(text)} is empty or holds a comma`),
  ]
}

const fields: readonly (keyof IgnoreRule)[] = ['kinds', 'names', 'pointers', 'managers']

const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text) => typeof text === 'string')

function matcher(patterns: readonly string[] | undefined): (text: string) => boolean {
  if (patterns === undefined) return () => true
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 's'),
  )
  return (text) => expressions.some((expression) => expression.test(text))
}

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')

const invalid = (faults: readonly string[]): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: `Expected rules that say which fields of which objects to ignore: ${faults.join('; ')}`,
    hint: "Such as target({ ignore: [{ kinds: ['Deployment'], pointers: ['/spec/replicas'] }] }).",
  })
