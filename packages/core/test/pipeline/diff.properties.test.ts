import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Applied, InventoryEntry } from '../../src/model/inventory.ts'
import type { HealthState, Observation, Owner } from '../../src/model/resource.ts'
import type { DesiredRecord } from '../../src/pipeline/desired-set.ts'
import {
  compareFingerprints,
  type Difference,
  type Differences,
  type DiffInput,
  diff,
} from '../../src/pipeline/diff.ts'
import { neighbour, stranger, us } from './scene.ts'

/** One key of a world, with whatever of it is desired, recorded and live. */
interface Cell {
  readonly desired?: DesiredRecord
  readonly entry?: InventoryEntry
  readonly live?: Observation
}

const digest = fc.constantFrom('1', '2')
const uid = fc.constantFrom('u1', 'u2')
const fingerprint = fc.constantFrom('f1', 'f2')
const never = fc.constantFrom<'never' | undefined>(undefined, undefined, 'never')
const health = fc.constantFrom<HealthState>('healthy', 'progressing', 'degraded', 'paused', 'unknown')
const owner = fc.constantFrom<Owner | undefined>(us, us, neighbour, stranger, undefined)

const traits = fc
  .record({ prune: never, reconcile: never })
  .map(({ prune, reconcile }) => ({ ...(prune && { prune }), ...(reconcile && { reconcile }) }))

/** An optional part: `none` as often as not. */
const perhaps = <Value>(part: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(part, { nil: undefined, freq: 2 })

const owned: fc.Arbitrary<Applied> = fc.record({ uid, digest, fingerprint, traits })
const pending = fc.record({
  action: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
  digest,
  expects: fc.constant({ kind: 'absent' } as const),
})

const cellOf = (key: string, marks: boolean): fc.Arbitrary<Cell> =>
  fc
    .record({
      desired: perhaps(fc.record({ digest, traits })),
      owned: perhaps(owned),
      pending: perhaps(pending),
      live: perhaps(
        fc.record({ uid, version: digest, fingerprint, health: health.map((state) => ({ state })), traits }),
      ),
      owner,
      deleting: fc.boolean(),
    })
    .map((made): Cell => {
      const named = { key, label: key }
      const mark = marks && made.owner !== undefined ? { owner: made.owner } : {}
      return {
        ...(made.desired && { desired: { ...named, ...made.desired, origin: undefined } }),
        ...((made.owned ?? made.pending) && {
          entry: {
            ...named,
            ...(made.owned && { owned: made.owned }),
            ...(made.pending && { pending: made.pending }),
          },
        }),
        ...(made.live && { live: { key, ...made.live, ...mark, ...(made.deleting && { deleting: true }) } }),
      }
    })

const world = fc.boolean().chain((marks) =>
  fc.record({
    marks: fc.constant(marks),
    cells: fc
      .integer({ min: 0, max: 8 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => cellOf(`r${at}`, marks)))),
  }),
)

const inputOf = ({
  marks,
  cells,
}: {
  readonly marks: boolean
  readonly cells: readonly Cell[]
}): DiffInput => {
  const pick = <Value extends { readonly key: string }>(values: readonly (Value | undefined)[]) =>
    new Map(values.filter((value) => value !== undefined).map((value) => [value.key, value]))
  return {
    desired: pick(cells.map((cell) => cell.desired)),
    inventory: pick(cells.map((cell) => cell.entry)),
    observed: pick(cells.map((cell) => cell.live)),
    owner: us,
    marks,
    compare: compareFingerprints,
  }
}

/** The world after a pass that nothing held back: what was planned is done, what was to be forgotten is. */
function afterPass(input: DiffInput, found: Differences): DiffInput {
  const inventory = new Map(input.inventory)
  const observed = new Map(input.observed)
  let incarnations = 0
  const write = ({ key, label, desired }: Difference): void => {
    const before = observed.get(key)
    const written: Observation = {
      ...(before ?? { key, uid: `new-${++incarnations}`, health: { state: 'healthy' } }),
      fingerprint: `of-${desired?.digest}`,
      ...(input.marks && { owner: us }),
    }
    observed.set(key, written)
    const recorded = {
      uid: written.uid as string,
      digest: desired?.digest as string,
      fingerprint: written.fingerprint as string,
    }
    inventory.set(key, {
      key,
      label,
      owned: { ...recorded, ...(desired?.traits && { traits: desired.traits }) },
    })
  }
  for (const difference of [...found.changes, ...found.verify]) {
    const { key, action } = difference
    if (action === 'delete' || action === 'release') {
      inventory.delete(key)
      if (action === 'delete') observed.delete(key)
    } else write(difference)
  }
  for (const entry of found.renew) inventory.set(entry.key, entry)
  for (const key of found.forget) inventory.delete(key)
  for (const key of found.settling.keys()) observed.delete(key)
  return { ...input, inventory, observed }
}

const isQuiet = (found: Differences): boolean =>
  found.changes.length + found.verify.length + found.renew.length + found.forget.length === 0 &&
  found.settling.size === 0

describe('a pass', () => {
  test('brings any world to rest, in one step, or two where deletions are under way', () => {
    fc.assert(
      fc.property(world, (made) => {
        const first = inputOf(made)
        const found = diff(first)
        const second = afterPass(first, found)
        const next = diff(second)
        if (found.settling.size === 0) expect(isQuiet(next)).toBe(true)
        expect(isQuiet(diff(afterPass(second, next)))).toBe(true)
      }),
    )
  })

  test('looks at each desired and each recorded resource once, and at no other', () => {
    fc.assert(
      fc.property(world, (made) => {
        const input = inputOf(made)
        const { changes, verify, settling, forget, unchanged } = diff(input)
        const told = [
          ...[...changes, ...verify].map((difference) => difference.key),
          ...settling.keys(),
          ...forget,
        ] as const
        expect(new Set(told).size).toBe(told.length)
        const inSight = new Set([...input.desired.keys(), ...input.inventory.keys()])
        expect(told.length + unchanged).toBe(inSight.size)
        for (const key of told) expect(inSight.has(key)).toBe(true)
      }),
    )
  })
})

describe('nothing is deleted or released', () => {
  test('that is desired, or is not ours by inventory, mark and uid', () => {
    fc.assert(
      fc.property(world, (made) => {
        const input = inputOf(made)
        const ending = diff(input).changes.filter(({ action }) => action === 'delete' || action === 'release')
        // What is `unproven` is always held by the guard of that name.
        for (const { key, expects } of ending.filter(({ reason }) => reason !== 'unproven')) {
          const seen = input.observed.get(key)
          const recorded = input.inventory.get(key)
          expect(input.desired.has(key)).toBe(false)
          expect(recorded).toBeDefined()
          if (recorded?.owned !== undefined) expect(recorded.owned.uid).toBe(seen?.uid)
          // Where marks exist the mark decides; where they do not, only a confirmed entry is ownership.
          if (input.marks) expect(seen?.owner).toEqual(us)
          else expect(recorded?.owned).toBeDefined()
          expect(expects).toMatchObject({ kind: 'present', uid: seen?.uid, version: seen?.version })
        }
      }),
    )
  })

  test('that asks to stay: then it is released', () => {
    fc.assert(
      fc.property(world, (made) => {
        const input = inputOf(made)
        for (const { key, action } of diff(input).changes) {
          if (action !== 'delete') continue
          const asking = {
            ...input.inventory.get(key)?.owned?.traits,
            ...input.observed.get(key)?.traits,
          }
          expect(asking).toEqual({})
        }
      }),
    )
  })
})

test('nothing that carries the mark of somebody else is written for any reason but adoption', () => {
  fc.assert(
    fc.property(world, (made) => {
      const input = inputOf(made)
      for (const { key, reason, action } of diff(input).changes) {
        const mark = input.observed.get(key)?.owner
        if (mark === undefined || mark === us) continue
        expect([action, reason]).toEqual(['update', 'adopted'])
      }
    }),
  )
})
