import { isHeal } from '../model/change.ts'
import type { Plan } from '../model/plan.ts'

/**
 * What a plan would do, without why and in which stage: equal where trying again would be trying the same. A refused write
 * makes the reason `unsettled`, and is still the same write.
 */
export function workOf({ changes }: Plan): string {
  const work = changes.filter((change) => !isHeal(change))
  return JSON.stringify(
    work
      .map(({ key, action, expects, to, fingerprint }) => {
        const uid = expects.kind === 'present' ? expects.uid : undefined
        return [key, action, uid, to, fingerprint]
      })
      .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  )
}
