import { isHeal } from '../../model/change.ts'
import type { Hold } from '../../model/plan.ts'
import type { Unmet } from '../dependency.ts'
import { type Guard, holdOn } from './guard.ts'

/** Nothing is changed, heals aside, before the applications it depends on are in sync and healthy. */
export const dependency: Guard = ({ changes, removing, unmet = [] }) => {
  if (removing || unmet.length === 0) return undefined
  const circle = unmet.find(({ cycle }) => cycle !== undefined)?.cycle
  const hold = holdOn(
    changes.filter((change) => !isHeal(change)),
    circle === undefined ? notMet(unmet) : goesInACircle(circle),
  )
  return hold && { ...hold, ...(unmet.every(({ passing }) => passing) && { passing: true }) }
}

type HoldOn = Omit<Hold, 'keys' | 'message'> & { readonly message: (labels: string) => string }

const notMet = (unmet: readonly Unmet[]): HoldOn => ({
  guard: 'dependency',
  code: 'DEPENDENCY_NOT_MET',
  message: (labels) =>
    `waits for ${unmet.map(({ application, why }) => `${application}, which ${why}`).join('; ')}: ${labels}`,
  release: unmet.map(({ application, release }) => `${application}: ${release}`).join('; '),
  holdsOperation: true,
})

const goesInACircle = (circle: readonly string[]): HoldOn => ({
  guard: 'dependency',
  code: 'DEPENDENCY_CYCLE',
  message: (labels) =>
    `these applications depend on each other, ${circle.join(' → ')}, and none can begin: ${labels}`,
  release: 'replace one of them with a definition whose dependsOn leaves the next one out',
  holdsOperation: true,
})
