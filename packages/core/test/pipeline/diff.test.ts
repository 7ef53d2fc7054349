import { describe, expect, test } from 'vitest'
import type { Pending } from '../../src/model/inventory.ts'
import type { Comparison } from '../../src/ports/target.ts'
import { applied, diffOne, entry, live, neighbour, stranger, us, wanted } from './scene.ts'

const pending = (action: Pending['action'] = 'create'): { pending: Pending } => ({
  pending: { action, digest: '1', expects: { kind: 'absent' } },
})
const says = (comparison: Comparison) => () => comparison

type Given = Parameters<typeof diffOne>

/** What `diff` says of the one resource, in a word or two. */
const verdict = (...given: Given): string => {
  const found = diffOne(...given)
  const words = [
    ...found.changes.map(({ action, reason }) => `${action} ${reason}`),
    ...found.verify.map(({ action, reason }) => `verify ${action} ${reason}`),
    ...found.renew.map(() => 'renew'),
    ...found.forget.map(() => 'forget'),
    ...[...found.settling.keys()].map(() => 'settling'),
  ]
  return words.join(', ') || `unchanged ${found.unchanged}`
}

type Row = readonly [expected: string, what: string, ...given: Given]
const table = (rows: readonly Row[]) => rows.map(([expected, what, ...given]) => ({ expected, what, given }))

describe('a desired resource', () => {
  test.each(
    table([
      // Nothing is live.
      ['create added', 'that nobody knows', { desired: wanted() }],
      ['create vanished', 'that was applied and is gone', { desired: wanted(), entry: entry() }],
      ['create changed', 'that is gone and was to change', { desired: wanted('2'), entry: entry() }],
      ['create unsettled', 'whose creation came to nothing', { desired: wanted(), entry: entry(pending()) }],
      [
        'create unsettled',
        'that is gone while an update is pending',
        { desired: wanted(), entry: entry({ owned: applied(), ...pending('update') }) },
      ],
      [
        'create added',
        'that asks to be left alone and does not exist',
        { desired: wanted('1', { reconcile: 'never' }) },
      ],

      // It is ours.
      ['unchanged 1', 'that is as it was applied', { desired: wanted(), entry: entry(), live: live() }],
      ['update changed', 'with another digest', { desired: wanted('2'), entry: entry(), live: live() }],
      [
        'update drift',
        'that somebody edited',
        { desired: wanted(), entry: entry(), live: live({ fingerprint: 'f2' }) },
      ],
      [
        'update changed',
        'that somebody edited and that was to change',
        { desired: wanted('2'), entry: entry(), live: live({ fingerprint: 'f2' }) },
      ],
      [
        'unchanged 1',
        'of which only the version moved',
        { desired: wanted(), entry: entry(), live: live({ version: 'v9' }) },
      ],
      [
        'update drift',
        'whose mark somebody took away, while it is in the inventory',
        { desired: wanted(), entry: entry(), live: live({ owner: undefined }) },
      ],
      [
        'unchanged 1',
        'of a target without uids',
        {
          desired: wanted(),
          entry: entry({ owned: { digest: '1', fingerprint: 'f1' } }),
          live: live({ uid: undefined }),
        },
      ],
      [
        'unchanged 1',
        'of a target that has learned to give uids',
        { desired: wanted(), entry: entry({ owned: { digest: '1', fingerprint: 'f1' } }), live: live() },
      ],
      [
        'update unsettled',
        'with an update that may not have arrived, even where nothing differs',
        { desired: wanted(), entry: entry({ owned: applied(), ...pending('update') }), live: live() },
      ],
      [
        'update unsettled',
        'with a deletion that may not have arrived',
        { desired: wanted(), entry: entry({ owned: applied(), ...pending('delete') }), live: live() },
      ],

      // The target says how they compare.
      [
        'renew',
        'that has a fingerprint of another algorithm',
        { desired: wanted(), entry: entry(), live: live() },
        { compare: says('rebaseline') },
      ],
      [
        'verify update drift',
        'of which only a preview can tell',
        { desired: wanted(), entry: entry(), live: live() },
        { compare: says('verify') },
      ],
      [
        'update drift',
        'that the target calls drifted',
        { desired: wanted(), entry: entry(), live: live() },
        { compare: says('drift') },
      ],
      [
        'update changed',
        'with another digest, whatever the target says of drift',
        { desired: wanted('2'), entry: entry(), live: live() },
        { compare: says('rebaseline') },
      ],

      // It is not in the inventory.
      [
        'update adopted',
        'that exists and carries no mark',
        { desired: wanted(), live: live({ owner: undefined }) },
      ],
      [
        'update adopted',
        'that carries the mark of a neighbour',
        { desired: wanted(), live: live({ owner: neighbour }) },
      ],
      [
        'update adopted',
        'that carries the mark of an application of our name elsewhere',
        { desired: wanted(), live: live({ owner: stranger }) },
      ],
      ['update reclaimed', 'that carries our mark', { desired: wanted(), live: live() }],
      [
        'unchanged 1',
        'that exists and asks to be left alone',
        { desired: wanted('1', { reconcile: 'never' }), live: live({ owner: undefined }) },
      ],

      // It was ours, and is not any more.
      [
        'update adopted',
        'of another incarnation without a mark',
        { desired: wanted(), entry: entry(), live: live({ uid: 'u2', owner: undefined }) },
      ],
      [
        'update adopted',
        'of another incarnation with a mark of somebody else',
        { desired: wanted(), entry: entry(), live: live({ uid: 'u2', owner: neighbour }) },
      ],
      [
        'update reclaimed',
        'of another incarnation with our mark',
        { desired: wanted(), entry: entry(), live: live({ uid: 'u2' }) },
      ],
      [
        'update adopted',
        'that somebody else has taken over since',
        { desired: wanted(), entry: entry(), live: live({ owner: stranger }) },
      ],
      [
        'update adopted',
        'that somebody else has taken over since, when it is to change',
        { desired: wanted('2'), entry: entry(), live: live({ owner: stranger }) },
      ],

      // Pending alone is no ownership.
      [
        'update unsettled',
        'that was to be created and carries our mark',
        { desired: wanted(), entry: entry(pending()), live: live() },
      ],
      [
        'update adopted',
        'that was to be created and carries no mark',
        { desired: wanted(), entry: entry(pending()), live: live({ owner: undefined }) },
      ],
      [
        'update adopted',
        'that was to be created and carries the mark of a neighbour',
        { desired: wanted(), entry: entry(pending()), live: live({ owner: neighbour }) },
      ],
      [
        'verify update adopted',
        'that was to be created where no resource carries marks',
        { desired: wanted(), entry: entry(pending()), live: live({ owner: undefined }) },
        { marks: false },
      ],
      [
        'update adopted',
        'that exists where no resource carries marks, and was never to be created',
        { desired: wanted(), live: live({ owner: undefined }) },
        { marks: false },
      ],

      // It asks for something, or is on its way out.
      [
        'unchanged 1',
        'that asks in its manifest to be left alone',
        { desired: wanted('2', { reconcile: 'never' }), entry: entry(), live: live() },
      ],
      [
        'unchanged 1',
        'that asks on its live form to be left alone',
        { desired: wanted('2'), entry: entry(), live: live({ traits: { reconcile: 'never' } }) },
      ],
      [
        'settling',
        'whose deletion is under way',
        { desired: wanted('2'), entry: entry(), live: live({ deleting: true }) },
      ],
      [
        'settling',
        'whose deletion is under way, even where nothing differs',
        { desired: wanted(), entry: entry(), live: live({ deleting: true }) },
      ],
      [
        'settling',
        'that is not ours and whose deletion is under way',
        { desired: wanted(), live: live({ owner: undefined, deleting: true }) },
      ],
    ]),
  )('is: $expected, for one $what', ({ expected, given }) => {
    expect(verdict(...given)).toBe(expected)
  })
})

describe('a resource that left the desired state', () => {
  test.each(
    table([
      ['delete removed', 'is ours by inventory, mark and uid', { entry: entry(), live: live() }],
      ['forget', 'is gone', { entry: entry() }],
      ['forget', 'was never made', { entry: entry(pending()) }],
      ['settling', 'is being deleted', { entry: entry(), live: live({ deleting: true }) }],

      // Without certainty it is forgotten.
      ['forget', 'is another incarnation with our mark', { entry: entry(), live: live({ uid: 'u2' }) }],
      ['delete unproven', 'lost its mark', { entry: entry(), live: live({ owner: undefined }) }],
      ['forget', 'carries the mark of a neighbour', { entry: entry(), live: live({ owner: neighbour }) }],
      ['forget', 'carries our name from elsewhere', { entry: entry(), live: live({ owner: stranger }) }],
      [
        'forget',
        'was to be created and carries no mark',
        { entry: entry(pending()), live: live({ owner: undefined }) },
      ],
      [
        'delete unproven',
        'was to be created where no resource carries marks',
        { entry: entry(pending()), live: live({ owner: undefined }) },
        { marks: false },
      ],
      [
        'forget',
        'is another incarnation where no resource carries marks',
        { entry: entry(), live: live({ owner: undefined, uid: 'u2' }) },
        { marks: false },
      ],

      ['delete removed', 'was to be created and carries our mark', { entry: entry(pending()), live: live() }],
      [
        'delete removed',
        'is ours by inventory and uid, where no resource carries marks',
        { entry: entry(), live: live({ owner: undefined }) },
        { marks: false },
      ],
      [
        'delete removed',
        'is ours by inventory and mark, of a target without uids',
        { entry: entry({ owned: { digest: '1' } }), live: live({ uid: undefined }) },
      ],

      [
        'release kept',
        'asked in its manifest never to be pruned',
        { entry: entry({ owned: applied({ traits: { prune: 'never' } }) }), live: live() },
      ],
      [
        'release kept',
        'asks on its live form never to be pruned',
        { entry: entry(), live: live({ traits: { prune: 'never' } }) },
      ],
      [
        'release kept',
        'asked in its manifest to be left alone',
        { entry: entry({ owned: applied({ traits: { reconcile: 'never' } }) }), live: live() },
      ],
      [
        'release kept',
        'asks on its live form to be left alone',
        { entry: entry(), live: live({ traits: { reconcile: 'never' } }) },
      ],
      [
        'forget',
        'asks never to be pruned, and is not ours',
        { entry: entry(), live: live({ owner: undefined, traits: { prune: 'never' } }) },
      ],
    ]),
  )('is: $expected, when it $what', ({ expected, given }) => {
    expect(verdict(...given)).toBe(expected)
  })

  test('and was never in the inventory is not looked at, whatever mark it carries', () => {
    expect(verdict({ live: live() })).toBe('unchanged 0')
  })
})

describe('a difference', () => {
  test('expects absence where nothing is live', () => {
    expect(diffOne({ desired: wanted() }).changes[0]?.expects).toEqual({ kind: 'absent' })
  })

  test('expects the incarnation and the version in which it was seen', () => {
    const [update] = diffOne({ desired: wanted('2'), entry: entry(), live: live() }).changes
    const [removal] = diffOne({ entry: entry(), live: live({ version: 'v7' }) }).changes
    expect(update?.expects).toEqual({ kind: 'present', uid: 'u1', version: 'v1' })
    expect(removal?.expects).toEqual({ kind: 'present', uid: 'u1', version: 'v7' })
  })

  test('expects presence alone of a target without uids and versions', () => {
    const { version: _, ...bare } = live({ uid: undefined, fingerprint: 'f2' })
    expect(diffOne({ desired: wanted(), entry: entry(), live: bare }).changes[0]?.expects).toEqual({
      kind: 'present',
    })
  })

  test('carries what was desired, recorded and seen, for the plan', () => {
    const parts = { desired: wanted('2'), entry: entry(), live: live() }
    expect(diffOne(parts).changes[0]).toMatchObject({
      desired: parts.desired,
      entry: parts.entry,
      observation: parts.live,
    })
  })
})

describe('a renewed record', () => {
  test('takes fingerprint and memo from what is live and keeps the rest', () => {
    const owned = applied({ memo: 'old', traits: { wave: 2 }, dependencies: ['ns'] })
    const seen = live({ fingerprint: '2:f', memo: 'new' })
    const { renew, unchanged } = diffOne(
      { desired: wanted(), entry: entry({ owned }), live: seen },
      { compare: says('rebaseline') },
    )
    expect(renew).toEqual([entry({ owned: { ...owned, fingerprint: '2:f', memo: 'new' } })])
    expect(unchanged).toBe(1)
  })

  test('loses what the live resource has no more', () => {
    const { fingerprint: _, ...bare } = live()
    const { renew } = diffOne(
      { desired: wanted(), entry: entry({ owned: applied({ memo: 'old' }) }), live: bare },
      { compare: says('rebaseline') },
    )
    expect(renew[0]?.owned).toEqual({ uid: 'u1', digest: '1' })
  })
})

describe('health', () => {
  test.each([
    [['healthy', 'healthy'], 'healthy', []],
    [['healthy', 'paused'], 'paused', []],
    [['paused', 'progressing'], 'progressing', ['r1']],
    [['progressing', 'unknown'], 'unknown', ['r0', 'r1']],
    [['unknown', 'degraded'], 'degraded', ['r0', 'r1']],
    [['degraded', 'healthy'], 'degraded', ['r0']],
  ] as const)('of %j together is %s', (states, worst, unhealthy) => {
    const desired = new Map(states.map((_, at) => [`r${at}`, wanted('1', undefined, `r${at}`)]))
    const observed = new Map(
      states.map((state, at) => [`r${at}`, live({ health: { state, message: 'why' } }, `r${at}`)]),
    )
    const found = diffOne({}, { desired, observed })
    expect(found.health).toBe(worst)
    expect([...found.unhealthy.keys()]).toEqual(unhealthy)
  })

  test('of what left the desired state does not count', () => {
    expect(diffOne({ entry: entry(), live: live({ health: { state: 'degraded' } }) }).health).toBe('healthy')
  })
})

test('the owner is compared by installation and application', () => {
  expect(verdict({ entry: entry(), live: live({ owner: { ...us } }) })).toBe('delete removed')
})

describe('a target that merges', () => {
  const expectations = (merges: boolean, given: Given[0]) =>
    diffOne(given, { merges }).changes.map(({ expects }) => expects)

  test('is asked to update an incarnation, whatever its version', () => {
    const changed = { desired: wanted('2'), entry: entry(), live: live() }
    expect(expectations(true, changed)).toEqual([{ kind: 'present', uid: 'u1' }])
    expect(expectations(false, changed)).toEqual([{ kind: 'present', uid: 'u1', version: 'v1' }])
  })

  test('is asked to delete and to take over in the version in which the mark was read', () => {
    const inThisVersion = [{ kind: 'present', uid: 'u1', version: 'v1' }]
    expect(expectations(true, { entry: entry(), live: live() })).toEqual(inThisVersion)
    expect(expectations(true, { desired: wanted(), live: live({ owner: stranger }) })).toEqual(inThisVersion)
  })
})
