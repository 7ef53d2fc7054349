import type { MemoryTarget } from '../../../src/testing/index.ts'
import { faulty } from './faulty-target.ts'

type Instance = ReturnType<NonNullable<MemoryTarget['instantiate']>>

/** Another answer of `instantiate`. */
const instantiating = (
  target: MemoryTarget,
  change: (instance: Instance, hook: Instance) => Instance,
): Partial<MemoryTarget> => ({
  instantiate: (hook, operation) =>
    change((target.instantiate as NonNullable<typeof target.instantiate>)(hook, operation), hook),
})

const another = 'makes of a hook another instance for each operation, and the same for the same'

export const brokenHooks = [
  faulty('instances with the key of their hook', [another, 'creates an instance of a hook once'], (target) =>
    instantiating(target, (instance, hook) => ({ ...instance, key: hook.key })),
  ),
  faulty('instances that are hooks', [another], (target) =>
    instantiating(target, (instance, hook) => ({ ...instance, traits: hook.traits })),
  ),
  faulty('instances of another content', [another], (target) =>
    instantiating(target, (instance) => ({ ...instance, digest: instance.key })),
  ),
]
