import type { HookRun, StateDelta, Store, Target } from '@mooring/core'

/**
 * Where a process ends itself with SIGKILL, and which time it comes.
 *
 * - `Start`: a hook is put on record as started. `End`: what it came to is. `Intent`: writes of the operation are announced.
 * - `Function`: begins, is amid, or has done its work. `Instance`: one is created. `Removal`: one is deleted.
 * - `Settle`: the end of the operation is recorded.
 */
export const hookFailpoints = [
  'beforeStart',
  'afterStart',
  'beforeFunction',
  'amidFunction',
  'afterFunction',
  'beforeEnd',
  'afterEnd',
  'beforeInstance',
  'afterInstance',
  'beforeIntent',
  'afterIntent',
  'beforeSettle',
  'afterSettle',
  'beforeRemoval',
  'afterRemoval',
] as const

/** One such instant. */
export interface HookFailpoint {
  readonly name: (typeof hookFailpoints)[number]
  readonly count: number
}

/** Puts the instants around a store and a target; `pass` is for functions. `onIntent` sees what is about to be written. */
export function hookFailpointsAround(
  at: HookFailpoint | undefined,
  onIntent: (delta: StateDelta) => void,
): {
  readonly pass: (name: HookFailpoint['name']) => void
  readonly store: (store: Store) => Store
  readonly target: <Manifest>(target: Target<Manifest>) => Target<Manifest>
} {
  let left = at?.count ?? 0
  const runs = new Map<string, HookRun['state']>()
  const pass = (name: HookFailpoint['name']): void => {
    if (name !== at?.name || --left > 0) return
    process.kill(process.pid, 'SIGKILL')
  }
  const around = async <Value>(kind: string | undefined, run: () => Promise<Value>): Promise<Value> => {
    if (kind === undefined) return run()
    pass(`before${kind}` as HookFailpoint['name'])
    const value = await run()
    pass(`after${kind}` as HookFailpoint['name'])
    return value
  }
  const kindOf = ({ head, set, history }: StateDelta): string | undefined => {
    const { operation } = head
    const changed = (operation?.hooks ?? []).filter((run) => {
      const id = `${operation?.id} ${run.phase} ${run.stage} ${run.of} ${run.name}`
      const isNew = runs.get(id) !== run.state
      runs.set(id, run.state)
      return isNew
    })
    if (history.length > 0) return 'Settle'
    if (set.some(({ pending, hook }) => pending !== undefined && hook === undefined)) return 'Intent'
    if (changed.length === 0) return undefined
    return changed.some(({ state }) => state === 'started') ? 'Start' : 'End'
  }
  return {
    pass,
    store: (store) => ({
      ...store,
      commit: (name, delta, options) => {
        const kind = kindOf(delta)
        if (kind === 'Intent') onIntent(delta)
        return around(kind, () => store.commit(name, delta, options))
      },
    }),
    target: (target) => ({
      ...target,
      apply: (change, call) => {
        // The instances of a place hold 12 characters or more of an operation's id, which no other name does.
        const isInstance = /-[0-9a-f]{12}$/.test(change.key)
        const kind = isInstance ? (change.action === 'delete' ? 'Removal' : 'Instance') : undefined
        return around(kind, () => target.apply(change, call))
      },
    }),
  }
}
