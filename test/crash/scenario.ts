import type { Random } from './random.ts'

/** One application as it is defined at a commit. */
export interface WantedApplication {
  readonly name: string
  readonly formerly?: readonly string[]
  /** It is removed, with everything it keeps. */
  readonly leaves?: boolean
}

/** What is wanted at one commit. */
export interface Wanted {
  readonly applications: readonly WantedApplication[]
  /** By application: its folder, which keeps its name when the application does not. */
  readonly folderOf: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
  /** How many resources each application has then. */
  readonly resources: Readonly<Record<string, number>>
}

/** One commit, and what is live when it is brought about. */
export interface Step {
  readonly wanted: Wanted
  readonly live: ReadonlyMap<string, { readonly value: string; readonly owner: string }>
  /** Resources that go with this commit and come back in none. */
  readonly gone: readonly string[]
}

interface Resource {
  readonly id: string
  readonly folder: string
  readonly value: string
}

const folders = ['a', 'b', 'c'] as const

/**
 * Commits one after the other, the same for the same seed: resources are made, changed, deleted and moved between three
 * applications; then one application gets another name; then another one is removed with all it has.
 */
export function scenario(
  random: Random,
  fileOf: (id: string, value: string) => readonly [string, string],
  commits: number,
): readonly Step[] {
  const steps: Step[] = []
  let made = 0
  let resources: readonly Resource[] = folders.flatMap((folder) =>
    Array.from({ length: 4 }, () => ({ id: `r${made++}`, folder, value: 'first' })),
  )
  const commit = (
    names: Readonly<Record<string, string>>,
    applications: readonly WantedApplication[],
    after: readonly Resource[],
  ): void => {
    const leaving = new Set(applications.filter(({ leaves }) => leaves).map(({ name }) => name))
    const nameOf = (folder: string): string => names[folder] ?? folder
    const staying = after.filter(({ folder }) => !leaving.has(nameOf(folder)))
    const gone = resources.filter(({ id }) => !staying.some((kept) => kept.id === id)).map(({ id }) => id)
    const files = after.map(({ id, folder, value }) => {
      const [name, content] = fileOf(id, value)
      return [`${folder}/${name}`, content] as const
    })
    const live = staying.map(({ id, folder, value }) => [id, { value, owner: nameOf(folder) }] as const)
    const counted: Record<string, number> = {}
    for (const { folder } of staying) counted[nameOf(folder)] = (counted[nameOf(folder)] ?? 0) + 1
    const folderOf = Object.fromEntries(folders.map((folder) => [nameOf(folder), folder]))
    steps.push({
      wanted: { applications, folderOf, files: Object.fromEntries(files), resources: counted },
      live: new Map(live),
      gone,
    })
    resources = staying
  }
  const asTheyAre = folders.map((name) => ({ name }))
  commit({}, asTheyAre, resources)
  for (let number = 0; number < commits; number++)
    commit(
      {},
      asTheyAre,
      changed(resources, random, () => `r${made++}`),
    )
  const renamed = [{ name: 'a' }, { name: 'b' }, { name: 'renamed', formerly: ['c'] }]
  commit(
    { c: 'renamed' },
    renamed,
    changed(resources, random, () => `r${made++}`),
  )
  const removed = [{ name: 'a' }, { name: 'b', leaves: true }, { name: 'renamed', formerly: ['c'] }]
  commit({ c: 'renamed' }, removed, resources)
  return steps
}

/** Some resources changed, moved, gone and new. Every folder keeps one. */
function changed(resources: readonly Resource[], random: Random, newId: () => string): readonly Resource[] {
  const after = new Map(resources.map((resource) => [resource.id, resource]))
  const first = new Set(folders.map((folder) => resources.find((one) => one.folder === folder)?.id))
  for (const resource of resources) {
    const dice = random.below(10)
    const folder = random.pick(folders)
    if (dice < 3) after.set(resource.id, { ...resource, value: `value ${random.below(1_000)}` })
    else if (dice < 5 && !first.has(resource.id)) after.set(resource.id, { ...resource, folder })
    else if (dice < 7 && !first.has(resource.id)) after.delete(resource.id)
  }
  for (let count = 0; count < 3; count++) {
    const id = newId()
    after.set(id, { id, folder: random.pick(folders), value: `value ${random.below(1_000)}` })
  }
  return [...after.values()]
}
