import { describe, expect, test } from 'vitest'
import type { OwnershipPolicy } from '../../../src/model/policy.ts'
import type { Owner, Traits } from '../../../src/model/resource.ts'
import { ownership } from '../../../src/pipeline/guards/ownership.ts'
import { change, guardInput, neighbour, stranger } from '../scene.ts'

const adoption = (key = 'web') => change({ key, reason: 'adopted' })

describe('adoption', () => {
  test.each<readonly [OwnershipPolicy, string, Owner | undefined, Traits, held: boolean]>([
    ['must-match', 'no mark', undefined, {}, true],
    ['must-match', 'no mark, and asks to be adopted', undefined, { adopt: 'allowed' }, false],
    ['must-match', 'the mark of a neighbour', neighbour, {}, true],
    ['must-match', 'the mark of a neighbour, and asks to be adopted', neighbour, { adopt: 'allowed' }, true],
    ['must-match', 'the mark of another installation', stranger, {}, true],
    ['adopt-unowned', 'no mark', undefined, {}, false],
    ['adopt-unowned', 'no mark, and asks to be adopted', undefined, { adopt: 'allowed' }, false],
    ['adopt-unowned', 'the mark of a neighbour', neighbour, {}, true],
    [
      'adopt-unowned',
      'the mark of a neighbour, and asks to be adopted',
      neighbour,
      { adopt: 'allowed' },
      true,
    ],
    ['adopt-unowned', 'the mark of another installation', stranger, {}, true],
    ['adopt-all', 'no mark', undefined, {}, false],
    ['adopt-all', 'the mark of a neighbour', neighbour, {}, false],
    ['adopt-all', 'the mark of another installation', stranger, {}, false],
  ])('with %s, of what carries %s', (policy, _, owner, traits, held) => {
    const input = guardInput([adoption()], {
      policy: { ownership: policy },
      liveOwnerOf: () => owner,
      traitsOf: () => traits,
    })
    expect(ownership(input)?.keys ?? []).toEqual(held ? ['web'] : [])
  })

  test.each([{ asked: true }, { removing: true }])('stays held whoever asks: %j', (given) => {
    expect(ownership(guardInput([adoption()], given))).toMatchObject({ code: 'NOT_OWNED' })
  })

  test('that is held holds the operation, names each owner once, and leaves the others free', () => {
    const owners: Readonly<Record<string, Owner>> = { a: neighbour, b: neighbour, c: stranger }
    const changes = [...['a', 'b', 'c', 'd'].map(adoption), change({ key: 'e' })]
    const hold = ownership(guardInput(changes, { liveOwnerOf: (key) => owners[key] }))
    expect(hold).toMatchObject({ guard: 'ownership', holdsOperation: true, keys: ['a', 'b', 'c', 'd'] })
    expect(hold?.message).toContain(
      'application billing of installation here, application shop of installation elsewhere, nobody we know',
    )
  })
})

test.each(['changed', 'reclaimed', 'unsettled', 'drift'] as const)(
  'what is ours, and is planned as %s, is not asked about',
  (reason) => {
    expect(ownership(guardInput([change({ reason })], { liveOwnerOf: () => neighbour }))).toBeUndefined()
  },
)
