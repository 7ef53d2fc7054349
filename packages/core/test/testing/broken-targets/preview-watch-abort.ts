import type { Call } from '../../../src/ports/call.ts'
import type { MemoryTarget } from '../../../src/testing/index.ts'
import { applying, faulty, type MemoryChange, never } from './faulty-target.ts'

const previewing = (
  target: MemoryTarget,
  action: MemoryChange['action'],
  before: (change: MemoryChange, call: Call) => unknown,
): Partial<MemoryTarget> => ({
  async preview(change, call) {
    const preview = await target.preview(change, call)
    if (change.action === action) await before(change, call)
    return preview
  },
})

const aborted = (method: string) => `rejects ${method} with the reason of a signal that is aborted already`

/** The method with a signal that never aborts. */
const deaf = (method: 'identity' | 'facts' | 'prepare' | 'observe' | 'preview' | 'owned') =>
  faulty(`a deaf ${method}`, [aborted(method)], (target) => {
    const call = target[method] as (...given: unknown[]) => unknown
    return {
      [method]: (...given: unknown[]) =>
        call(...given.slice(0, -1), { ...(given.at(-1) as object), signal: never }),
    }
  })

export const brokenPreviews = [
  faulty(
    'a preview that creates',
    ['previews a create without creating', 'masks sensitive values in previews'],
    (target) => previewing(target, 'create', target.apply),
  ),
  faulty('a preview that updates', ['previews an update without updating'], (target) =>
    previewing(target, 'update', target.apply),
  ),
  faulty('a preview that deletes', ['previews a delete without deleting'], (target) =>
    previewing(target, 'delete', target.apply),
  ),
  faulty('a preview of a release as a deletion', ['previews a release as no difference'], (target) => ({
    preview: (change, call) =>
      target.preview(change.action === 'release' ? { ...change, action: 'delete' } : change, call),
  })),
  faulty('a preview that releases', ['previews a release as no difference'], (target) =>
    previewing(target, 'release', target.apply),
  ),
  faulty(
    'a preview of what the system adds',
    ['previews no difference where nothing differs', 'previews a release as no difference'],
    (target) => ({
      async preview(change, call) {
        const { before, after } = await target.preview(change, call)
        return {
          ...(before && { before: { ...(before as object), addedBySystem: 1 } }),
          ...(after && { after }),
        }
      },
    }),
  ),
  faulty('a preview without masks', ['masks sensitive values in previews'], (target) => ({
    async preview(change, call) {
      const preview = await target.preview(change, call)
      return change.action === 'update' && change.desired
        ? { ...preview, after: change.desired.manifest }
        : preview
    },
  })),
  faulty(
    'an error with the manifest',
    ['keeps sensitive values out of what plans, records and errors hold'],
    (target) =>
      applying(target, 'create', (change, call) =>
        target.apply(change, call).catch((thrown: Error) => {
          thrown.message += ` for ${JSON.stringify(change.desired?.manifest)}`
          throw thrown
        }),
      ),
  ),
]

export const brokenWatches = [
  faulty('a watch that hears nothing', ['hints at a resource that somebody tampered with'], () => ({
    async *watch({ signal }) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      yield* none()
    },
  })),
  faulty('a watch of something else', ['hints at a resource that somebody tampered with'], (target) => ({
    async *watch(options) {
      for await (const _ of target.watch?.(options) ?? []) yield { keys: ['something else'] }
    },
  })),
  faulty('a deaf watch', ['ends the watch on abort'], (target) => ({
    watch: () => target.watch?.({ signal: never }) ?? none(),
  })),
]

async function* none(): AsyncIterable<never> {}

export const brokenAborts = [
  ...(['identity', 'facts', 'prepare', 'observe', 'preview', 'owned'] as const).map(deaf),
  faulty(
    'a deaf apply',
    ['rejects apply with the reason of a signal that is aborted already, without effect'],
    (target) => ({ apply: (change, call) => target.apply(change, { ...call, signal: never }) }),
  ),
  faulty(
    'an apply that rejects on abort after it has written',
    ['rejects apply with the reason of a signal that is aborted already, without effect'],
    (target) => ({
      async apply(change, call) {
        const result = await target.apply(change, { ...call, signal: never })
        call.signal.throwIfAborted()
        return result
      },
    }),
  ),
  faulty(
    'an apply with an error of its own on abort',
    ['says by the next look what an apply aborted under way has done'],
    (target) => ({
      async apply(change, call) {
        const result = await target.apply(change, call)
        if (call.signal.aborted) throw new Error('socket hang up')
        return result
      },
    }),
  ),
]
