import { MooringError } from '../errors/mooring-error.ts'
import { noChanges } from '../model/counts.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { ApplicationHead, ApplicationState, FormerState } from '../model/state.ts'
import type { Store, Versioned } from '../ports/store.ts'

/** What is still recorded under former names of an application, and its state with that taken over. */
export interface Inheritance {
  readonly state: ApplicationState
  /** What the takeover writes under the new name. Nothing where that is written and the old states are only left over. */
  readonly takeover?: {
    readonly set: readonly InventoryEntry[]
    /** Whose history goes along. Nobody's where there was one already. */
    readonly historyOf?: string
    readonly from: readonly string[]
  }
  /** States to remove when the takeover is written. */
  readonly leftovers: readonly FormerState[]
}

/**
 * Looks under the former names; undefined where nothing is recorded under any. The first name with a state of its own
 * gives all it has. Where a state is there already it wins, and what it does not know is added: nothing that was owned is
 * forgotten. A state whose very version was taken over before is what a crash left. No effect.
 *
 * Throws `FORMERLY_ELSEWHERE` for two states of different targets.
 */
export async function inheritance(
  application: string,
  formerly: readonly string[],
  own: ApplicationState | undefined,
  store: Store,
  signal: AbortSignal,
): Promise<Inheritance | undefined> {
  const found: (FormerState & { readonly value: ApplicationState })[] = []
  for (const name of formerly) {
    const state: Versioned<ApplicationState> | undefined = await store.load(name, { signal })
    if (state !== undefined) found.push({ name, ...state })
  }
  if (found.length === 0) return undefined
  const leftovers = found.map(({ name, version }): FormerState => ({ name, version }))
  const taken = [own, ...found.map(({ value }) => value)].flatMap((state) => state?.head.formerly ?? [])
  const heirs = found.filter((one) => !taken.some((known) => isSame(known, one)))
  if (heirs.length === 0) return own && { state: own, leftovers }
  const inventory = new Map(own?.inventory)
  const set: InventoryEntry[] = []
  let head = own?.head
  for (const { name, value } of heirs) {
    head = merged(application, head, name, value.head)
    for (const entry of value.inventory.values()) {
      if (inventory.has(entry.key)) continue
      inventory.set(entry.key, entry)
      set.push(entry)
    }
  }
  const state = { formatVersion: 1 as const, head: { ...(head ?? noHead), formerly: leftovers }, inventory }
  const historyOf = own === undefined ? heirs[0]?.name : undefined
  const from = heirs.map(({ name }) => name)
  return { state, takeover: { set, from, ...(historyOf !== undefined && { historyOf }) }, leftovers }
}

const isSame = (one: FormerState, other: FormerState): boolean =>
  one.name === other.name && one.version === other.version

const noHead: ApplicationHead = { deletions: [] }

function merged(
  application: string,
  head: ApplicationHead | undefined,
  name: string,
  former: ApplicationHead,
): ApplicationHead {
  if (head === undefined) {
    // Who asked that the old one be removed did not ask for the end of what it is called now.
    const { removing: _, ...rest } = former
    return rest
  }
  if (former.target !== undefined && head.target !== undefined && former.target !== head.target)
    throw elsewhere(application, head.target, name, former.target)
  // How many there were when all was well is not known of the two together.
  const { baseline: _, target = former.target, ...rest } = head
  return { ...rest, ...(target !== undefined && { target }) }
}

/** The history that goes along, oldest first, and the line that tells of the rename. */
export async function inheritedHistory(
  application: string,
  { state, takeover }: Inheritance,
  store: Store,
  now: number,
  signal: AbortSignal,
): Promise<readonly HistoryEntry[]> {
  const entries: HistoryEntry[] = []
  let before: string | undefined
  while (takeover?.historyOf !== undefined) {
    const page = await store.history(takeover.historyOf, {
      signal,
      limit: pageSize,
      ...(before !== undefined && { before }),
    })
    for (const { place: _, ...entry } of page) entries.push(entry)
    before = page.at(-1)?.place
    if (page.length < pageSize) break
  }
  const renamed: HistoryEntry = {
    at: now,
    cause: 'rename',
    actor: 'mooring',
    to: state.head.applied?.id ?? 'none',
    message: `took over what is recorded under ${takeover?.from.join(', ')} as ${application}`,
    counts: noChanges,
    outcome: 'recorded',
    reasons: [],
  }
  return [...entries.reverse(), renamed]
}

const pageSize = 500

const elsewhere = (application: string, target: string, name: string, other: string): MooringError =>
  new MooringError({
    code: 'FORMERLY_ELSEWHERE',
    kind: 'permanent',
    message: `What is recorded of ${application} is on ${target}, and what is recorded under its former name ${name} is on ${other}`,
    hint: `Take ${name} out of formerly, and define it again to remove it or to go on with it. Nothing was changed.`,
  })
