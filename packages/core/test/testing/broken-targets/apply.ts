import { MooringError } from '../../../src/errors/mooring-error.ts'
import { applying, type BrokenTarget, faulty, seeing, without } from './faulty-target.ts'

const refusingVersion = (verb: string) => `refuses to ${verb} another version than expected`
const refusingUid = (verb: string) => `refuses to ${verb} another incarnation than expected`

const conflict = new MooringError({
  code: 'TAKEN',
  kind: 'conflict',
  message: 'Expected another incarnation',
})

export const brokenApplies = [
  faulty('a create that says it did nothing', ['creates what is absent'], (target) =>
    applying(target, 'create', async (change, call) => ({
      ...(await target.apply(change, call)),
      outcome: 'unchanged',
    })),
  ),
  faulty(
    'a create that overwrites',
    [
      'refuses to create what exists, and leaves it alone',
      'carries out a change once, however often it is asked',
      'creates an instance of a hook once',
      'keeps sensitive values out of what plans, records and errors hold',
    ],
    (target) =>
      applying(target, 'create', (change, call) => {
        call.signal.throwIfAborted()
        target.live.remove(change.key)
        return target.apply(change, call)
      }),
  ),
  faulty('an update that makes another incarnation', ['updates what is there'], (target) =>
    applying(target, 'update', async (change, call) => {
      const result = await target.apply(change, call)
      if (result.outcome === 'unchanged' || change.reason !== 'changed') return result
      const { version } = result.observation ?? {}
      const expects = { kind: 'present', ...(version !== undefined && { version }) } as const
      return target.apply({ ...change, action: 'replace', expects }, call)
    }),
  ),
  faulty(
    'an update that always says it changed something',
    ['writes nothing where nothing differs'],
    (target) =>
      applying(target, 'update', async (change, call) => ({
        ...(await target.apply(change, call)),
        outcome: 'changed',
      })),
  ),
  faulty(
    'an update that is written again each time',
    [
      'writes nothing where nothing differs',
      'carries out a change once, however often it is asked',
      refusingVersion('update'),
      refusingUid('update'),
    ],
    (target) =>
      applying(target, 'update', (change, call) => {
        if (target.live.get(change.key) !== undefined) target.live.edit(change.key, { touched: true })
        return target.apply(without('version', change), call)
      }),
  ),
  faulty('an update that creates', ['refuses to update what is absent, and creates nothing'], (target) =>
    applying(target, 'update', (change, call) =>
      target.live.get(change.key) === undefined
        ? target.apply({ ...change, expects: { kind: 'absent' } }, call)
        : target.apply(change, call),
    ),
  ),
  faulty(
    'uids made from keys',
    ['gives a resource made again another uid', 'replaces by another incarnation'],
    (target) => {
      const seen = seeing(target, (observation) => ({ ...observation, uid: `uid of ${observation.key}` }))
      return {
        ...seen,
        async apply(change, call) {
          const { expects, key } = change
          if (expects.kind === 'present' && expects.uid !== undefined && expects.uid !== `uid of ${key}`)
            throw conflict
          return seen.apply(without('uid', change), call)
        },
        owned: async function* (call) {
          for await (const observation of target.owned?.(call) ?? []) {
            yield { ...observation, uid: `uid of ${observation.key}` }
          }
        },
      }
    },
  ),
  faulty('room for one write at a time, and no line', ['applies to several resources at once'], (target) => {
    let busy = false
    return {
      async apply(change, call) {
        if (busy) return { outcome: 'unchanged' }
        busy = true
        return target.apply(change, call).finally(() => (busy = false))
      },
    }
  }),
  faulty('a delete that takes what is below', ['deletes, and says when nothing is left'], (target) =>
    applying(target, 'delete', (change, call) => {
      const below = target.live.list().filter((key) => key.startsWith(`${change.key}/`))
      for (const key of below) target.live.remove(key)
      return target.apply(change, call)
    }),
  ),
  faulty('a delete that cannot find what is gone', ['deletes once, however often it is asked'], (target) =>
    applying(target, 'delete', (change, call) => {
      if (target.live.get(change.key) === undefined) throw new Error('404')
      return target.apply(change, call)
    }),
  ),
  faulty(
    'a replace that brings back what was there',
    ['replaces, so that what is desired is live'],
    (target) =>
      applying(target, 'replace', (change, call) => {
        const live = target.live.get(change.key)
        const desired = change.desired && live && { ...change.desired, manifest: live.manifest }
        return target.apply(desired ? { ...change, desired } : change, call)
      }),
  ),
  faulty('a replace that only updates', ['replaces by another incarnation'], (target) =>
    applying(target, 'replace', (change, call) => target.apply({ ...change, action: 'update' }, call)),
  ),
  faulty(
    'a release that deletes',
    ['releases without touching the content', 'takes the mark off what it releases'],
    (target) =>
      applying(target, 'release', (change, call) => target.apply({ ...change, action: 'delete' }, call)),
  ),
  faulty('a release that clears away', ['releases without touching the content'], (target) =>
    applying(target, 'release', async (change, call) => {
      await target.apply(change, call)
      target.live.edit(change.key, { size: 0 })
      const observation = (await target.observe([change.key], call)).get(change.key)
      return { outcome: 'changed', ...(observation && { observation }) }
    }),
  ),
  ...(['update', 'delete', 'replace', 'release'] as const).flatMap((action): BrokenTarget[] => [
    faulty(`${action} of any version`, [refusingVersion(action)], (target) =>
      applying(target, action, (change, call) => target.apply(without('version', change), call)),
    ),
    faulty(`${action} of any incarnation`, [refusingUid(action)], (target) =>
      applying(target, action, (change, call) => target.apply(without('uid', change), call)),
    ),
  ]),
]
