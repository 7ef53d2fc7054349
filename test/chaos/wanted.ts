import type { Random } from '../crash/random.ts'

/** The applications, each with a folder of its name. */
export const applications = ['a', 'b', 'c', 'd'] as const

/** The kinds of resources, each with a watch of its own. */
export const kinds = [
  { kind: 'ConfigMap', plural: 'configmaps' },
  { kind: 'Secret', plural: 'secrets' },
  { kind: 'ServiceAccount', plural: 'serviceaccounts' },
] as const

/** One resource that Git asks for. */
export interface WantedResource {
  /** Its name; its kind comes from it. */
  readonly id: string
  readonly folder: string
  readonly value: string
  /** It carries `mooring.dev/prune: disabled`: when Git drops it, it stays. */
  readonly keeps: boolean
  /** The live object asks for the same, and Git does not. */
  readonly keepsLive: boolean
  /** Never dropped or moved, so that no folder goes. */
  readonly anchor: boolean
}

/** What Git asks for, by name. */
export type Wanted = ReadonlyMap<string, WantedResource>

/** The annotation that holds a resource's value: every kind can carry it. */
export const valueName = 'example.com/value'

/** The kind of a name, the same for ever. */
export const kindOf = (id: string): (typeof kinds)[number] => {
  const kind = kinds[Number(id.slice(1)) % kinds.length]
  if (kind === undefined) throw new RangeError(`Expected a letter and a number, found ${id}`)
  return kind
}

/** The object of a name with these annotations. */
export const objectOf = (id: string, annotations: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: kindOf(id).kind,
  metadata: { name: id, annotations },
})

/** The first commit: five resources for each application. */
export const firstWanted = (newId: () => string): Wanted =>
  new Map(
    applications.flatMap((folder) =>
      Array.from({ length: 5 }, (_, at) => {
        const resource = {
          id: newId(),
          folder,
          value: 'first',
          keeps: at === 1,
          keepsLive: false,
          anchor: at === 0,
        }
        return [resource.id, resource] as const
      }),
    ),
  )

/**
 * What the next commit asks for: some resources changed, moved to another application, dropped, and one or two new ones.
 * One that is to be kept is dropped only when `isLive` says that it has been there.
 */
export function nextWanted(
  wanted: Wanted,
  random: Random,
  newId: () => string,
  isLive: (id: string) => boolean,
): Wanted {
  const next = new Map(wanted)
  for (const resource of wanted.values()) {
    const dice = random.below(20)
    const folder = random.pick(applications)
    const value = `value ${random.below(1_000_000)}`
    if (dice < 3) next.set(resource.id, { ...resource, value })
    if (resource.anchor) continue
    if (dice === 3 || dice === 4) next.set(resource.id, { ...resource, folder })
    if (dice === 5 && (!(resource.keeps || resource.keepsLive) || isLive(resource.id)))
      next.delete(resource.id)
  }
  for (let count = random.below(3); count > 0; count--) {
    const id = newId()
    const keeps = random.below(6) === 0
    next.set(id, {
      id,
      folder: random.pick(applications),
      value: 'new',
      keeps,
      keepsLive: false,
      anchor: false,
    })
  }
  return next
}

/** The files that a commit changes, to get from one to the other. */
export function filesBetween(before: Wanted, after: Wanted): Record<string, string | null> {
  const files: Record<string, string | null> = {}
  for (const { folder, id } of before.values()) files[`${folder}/${id}.yaml`] = null
  for (const { folder, id, value, keeps } of after.values()) {
    const annotations = { [valueName]: value, ...(keeps && { 'mooring.dev/prune': 'disabled' }) }
    files[`${folder}/${id}.yaml`] = JSON.stringify(objectOf(id, annotations))
  }
  return files
}
