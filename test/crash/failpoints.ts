import type { StateDelta, Store, Target } from '@mooring/core'

/**
 * Where a process ends itself with SIGKILL: the name of an instant, and which time it comes.
 *
 * - `Intent`: what is about to be written is recorded. `Record`: what was written is. `Settle`: with a line of history.
 * - `TakeOver`: a former name's state is written under the new one. `Forget`: a state is removed.
 * - `Apply`, `Prune`: one write, or one end of ownership, of the target.
 */
export interface Failpoint {
  readonly name: (typeof failpointNames)[number]
  readonly count: number
}

/** Every instant, in the order it comes. */
export const failpointNames = [
  'beforeTakeOver',
  'afterTakeOver',
  'beforeIntent',
  'afterIntent',
  'beforeApply',
  'afterApply',
  'beforeRecord',
  'afterRecord',
  'beforePrune',
  'afterPrune',
  'beforeSettle',
  'afterSettle',
  'beforeForget',
  'afterForget',
] as const

/** Puts the instants around a store and a target: nothing of them is in what is published. */
export function failpoints(at: Failpoint | undefined): {
  readonly store: (store: Store) => Store
  readonly target: <Manifest>(target: Target<Manifest>) => Target<Manifest>
} {
  let left = at?.count ?? 0
  const pass = (name: Failpoint['name']): void => {
    if (name !== at?.name || --left > 0) return
    process.kill(process.pid, 'SIGKILL')
  }
  const around = async <Value>(
    kind: 'TakeOver' | 'Intent' | 'Apply' | 'Record' | 'Prune' | 'Settle' | 'Forget',
    run: () => Promise<Value>,
  ): Promise<Value> => {
    pass(`before${kind}`)
    const value = await run()
    pass(`after${kind}`)
    return value
  }
  return {
    store: (store) => ({
      ...store,
      commit: (name, delta, options) => around(kindOf(delta), () => store.commit(name, delta, options)),
      remove: (name, options) => around('Forget', () => store.remove(name, options)),
    }),
    target: (target) => ({
      ...target,
      apply: (change, call) =>
        around(change.action === 'delete' || change.action === 'release' ? 'Prune' : 'Apply', () =>
          target.apply(change, call),
        ),
    }),
  }
}

function kindOf({ set, history }: StateDelta): 'TakeOver' | 'Intent' | 'Record' | 'Settle' {
  if (history.some(({ cause, outcome }) => cause === 'rename' && outcome === 'recorded')) return 'TakeOver'
  if (history.length > 0) return 'Settle'
  return set.some(({ pending }) => pending !== undefined) ? 'Intent' : 'Record'
}
