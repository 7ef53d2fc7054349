import { type Fault, type Faults, listedFaults } from './fault.ts'

/** Collects faults. Keeps as many as an error lists and counts the rest, however many a hostile file holds. */
export interface FaultList {
  readonly add: (fault: Fault) => void
  readonly faults: () => Faults
}

/** An empty list of faults. */
export function faultList(): FaultList {
  const listed: Fault[] = []
  let count = 0
  return {
    add(fault) {
      count++
      if (listed.length < listedFaults) listed.push(fault)
    },
    faults: () => ({ listed, count }),
  }
}

/** The faults of several files as one, in their order. */
export function allFaults(each: readonly Faults[]): Faults {
  return {
    listed: each.flatMap(({ listed }) => listed).slice(0, listedFaults),
    count: each.reduce((sum, { count }) => sum + count, 0),
  }
}
