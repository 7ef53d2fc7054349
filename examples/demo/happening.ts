import type { Engine, EngineEvents, EventType } from '@mooring/core'

/** The next event of a type that fits. Fails after a minute, so that a story that got stuck says where. */
export function happening<Type extends EventType>(
  engine: Engine,
  type: Type,
  fits: (event: EngineEvents[Type]) => boolean = () => true,
): Promise<EngineEvents[Type]> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`Expected ${type} within a minute`)), 60_000)
    const off = engine.on(type, (event) => {
      if (!fits(event)) return
      clearTimeout(late)
      off()
      resolve(event)
    })
  })
}
