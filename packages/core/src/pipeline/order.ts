import { MooringError } from '../errors/mooring-error.ts'
import type { ResourceKey } from '../model/resource.ts'
import type { Dependency } from '../ports/target.ts'

/** A resource with what it says about its own place. */
export interface Placed {
  readonly key: ResourceKey
  readonly label: string
  readonly wave: number
  /** Keys it names itself; they must be among the resources. */
  readonly dependsOn: readonly ResourceKey[]
}

/** Who comes when. */
export interface Order {
  /** Stages count from 0; everything of a stage may be written at once. */
  readonly stageOf: (key: ResourceKey) => number
  /** Whom a resource waits for directly, waves aside. */
  readonly dependenciesOf: (key: ResourceKey) => readonly ResourceKey[]
  readonly waveOf: (key: ResourceKey) => number
}

/**
 * Stages from the target's own edges, waves and depends-on: first by wave, within a wave by who waits for whom. What the
 * target knows must come first (a namespace, a definition) comes as early as the first that needs it, whatever its wave, as
 * in Argo CD. A cycle, and a depends-on against the waves, is `DEPENDENCY_CYCLE`; a name that is not there
 * `DEPENDENCY_UNKNOWN`.
 */
export function order(given: readonly Placed[], edges: readonly Dependency[]): Order {
  const resources = pulledForward(given, edges)
  const placed = new Map(resources.map((resource) => [resource.key, resource]))
  const before = dependencies(resources, edges, placed)
  const levels = levelsWithinWaves(resources, before, placed)
  const stages = stageNumbers(resources, levels)
  return {
    stageOf: (key) => stages.get(key) ?? 0,
    dependenciesOf: (key) => before.get(key) ?? [],
    waveOf: (key) => placed.get(key)?.wave ?? 0,
  }
}

function pulledForward(resources: readonly Placed[], edges: readonly Dependency[]): readonly Placed[] {
  const waves = new Map(resources.map(({ key, wave }) => [key, wave]))
  const own = new Map(waves)
  // Until nothing moves: what is pulled forward may pull something itself. Each turn lowers a wave, so it ends.
  for (let moved = true; moved; ) {
    moved = false
    for (const { before, after } of edges) {
      const [first, then] = [waves.get(before), waves.get(after)]
      if (first === undefined || then === undefined || first <= then) continue
      waves.set(before, then)
      moved = true
    }
  }
  return resources.map((resource) => {
    const wave = waves.get(resource.key) ?? resource.wave
    return wave === own.get(resource.key) ? resource : { ...resource, wave }
  })
}

function dependencies(
  resources: readonly Placed[],
  edges: readonly Dependency[],
  placed: ReadonlyMap<ResourceKey, Placed>,
): Map<ResourceKey, ResourceKey[]> {
  const before = new Map<ResourceKey, ResourceKey[]>()
  const add = (after: ResourceKey, first: ResourceKey): void => {
    const known = before.get(after)
    if (known === undefined) before.set(after, [first])
    else if (!known.includes(first)) known.push(first)
  }
  for (const edge of edges)
    if (placed.has(edge.before) && placed.has(edge.after)) add(edge.after, edge.before)
  for (const resource of resources) {
    for (const key of resource.dependsOn) {
      if (!placed.has(key)) throw unknownDependency(resource, key)
      add(resource.key, key)
    }
  }
  return before
}

function levelsWithinWaves(
  resources: readonly Placed[],
  before: ReadonlyMap<ResourceKey, readonly ResourceKey[]>,
  placed: ReadonlyMap<ResourceKey, Placed>,
): Map<ResourceKey, number> {
  const levels = new Map<ResourceKey, number>()
  for (const start of resources) {
    // Depth-first without recursion: a chain of many thousands must not overflow the stack.
    const path: { readonly resource: Placed; next: number; level: number }[] = []
    const onPath = new Set<ResourceKey>()
    const enter = (resource: Placed): void => {
      path.push({ resource, next: 0, level: 0 })
      onPath.add(resource.key)
    }
    if (!levels.has(start.key)) enter(start)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const key = before.get(top.resource.key)?.[top.next]
      if (key === undefined) {
        levels.set(top.resource.key, top.level)
        onPath.delete(top.resource.key)
        path.pop()
        continue
      }
      const first = placed.get(key) as Placed
      if (onPath.has(key)) throw cycle([...path.map((step) => step.resource), first], first)
      if (first.wave > top.resource.wave) throw againstTheWaves(first, top.resource)
      const level = levels.get(key)
      if (level === undefined) enter(first)
      else {
        if (first.wave === top.resource.wave) top.level = Math.max(top.level, level + 1)
        top.next++
      }
    }
  }
  return levels
}

function stageNumbers(
  resources: readonly Placed[],
  levels: ReadonlyMap<ResourceKey, number>,
): ReadonlyMap<ResourceKey, number> {
  const placeOf = (resource: Placed) => ({ wave: resource.wave, level: levels.get(resource.key) ?? 0 })
  const distinct = new Map(resources.map(placeOf).map((place) => [`${place.wave}/${place.level}`, place]))
  const sorted = [...distinct.entries()].sort(([, a], [, b]) => a.wave - b.wave || a.level - b.level)
  const numbers = new Map(sorted.map(([name], index) => [name, index]))
  return new Map(
    resources.map((resource) => {
      const { wave, level } = placeOf(resource)
      return [resource.key, numbers.get(`${wave}/${level}`) ?? 0]
    }),
  )
}

function cycle(path: readonly Placed[], repeated: Placed): MooringError {
  const labels = path.slice(path.findIndex((step) => step.key === repeated.key)).map((step) => step.label)
  return new MooringError({
    code: 'DEPENDENCY_CYCLE',
    kind: 'permanent',
    message: `Expected an order, found resources that wait for each other: ${labels.join(' waits for ')}`,
    hint: 'Remove one of these dependencies. Nothing was applied.',
  })
}

function againstTheWaves(first: Placed, then: Placed): MooringError {
  return new MooringError({
    code: 'DEPENDENCY_CYCLE',
    kind: 'permanent',
    message: `${then.label} (wave ${then.wave}) waits for ${first.label}, which comes later (wave ${first.wave})`,
    hint: 'Give the one that is waited for the same or a lower wave. Nothing was applied.',
  })
}

function unknownDependency(resource: Placed, key: ResourceKey): MooringError {
  return new MooringError({
    code: 'DEPENDENCY_UNKNOWN',
    kind: 'permanent',
    message: `${resource.label} depends on ${key}, which is not among the resources of this application`,
    hint: 'Correct the name, or add that resource. Nothing was applied.',
  })
}
