import { placeOf } from '../index-by-key.ts'
import { type Guard, holdOn } from './guard.ts'

/** What lies outside of the application's scope is held, whoever asks for it and whatever it is for: heals too. */
export const scope: Guard = ({ changes, outsideOf }) => {
  const found = changes.flatMap((change) => {
    const why = outsideOf(change)
    return why === undefined ? [] : [{ change, why }]
  })
  const lines = found.slice(0, shown).map(({ change: { action, label, origin }, why }) => {
    const place = origin === undefined ? '' : ` (${placeOf(origin)})`
    return `${action} of ${label}${place}: ${why}`
  })
  const rest = found.length - lines.length
  return holdOn(
    found.map(({ change }) => change),
    {
      guard: 'scope',
      code: 'OUT_OF_SCOPE',
      message: () =>
        `outside of what this application may touch: ${lines.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`,
      release:
        'take it out of the application; or whoever runs the platform widens its scope with engine.replace',
      holdsOperation: true,
    },
  )
}

const shown = 5
