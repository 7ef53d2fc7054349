import type { ApplicationDesk } from './application-desk.ts'

/** An application that may depend on others. */
interface Dependent {
  readonly desk: ApplicationDesk
  readonly dependsOn: readonly string[]
}

/** Wakes applications that wait for others, when it may be their turn. */
export interface Dependents {
  /** There is another application, one less, or one with another definition. */
  readonly wakeAwaiting: () => void
  /** Wakes those that wait for an application, where it stands otherwise than when this was last called. */
  readonly tellDependents: (desk: ApplicationDesk) => void
}

/** Nothing is polled: at rest, and while nobody waits, nobody is woken. */
export function dependentsOf(wakeWhere: (fits: (dependent: Dependent) => boolean) => void): Dependents {
  const told = new WeakMap<ApplicationDesk, string>()
  return {
    wakeAwaiting: () => wakeWhere(({ desk }) => desk.awaitsOthers()),
    tellDependents: (desk) => {
      let revision = ''
      const found = desk.standpoint((planned) => {
        revision = planned
        return true
      })
      const now = JSON.stringify([found, revision])
      if (told.get(desk) === now) return
      told.set(desk, now)
      wakeWhere((each) => each.dependsOn.includes(desk.name) && each.desk.awaitsOthers())
    },
  }
}
