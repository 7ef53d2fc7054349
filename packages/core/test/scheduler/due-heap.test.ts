import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Due, dueHeap } from '../../src/scheduler/due-heap.ts'

test('gives the earliest, whatever is added, brought forward and taken out', () => {
  const step = fc.tuple(
    fc.constantFrom('add', 'advance', 'remove', 'shift'),
    fc.nat({ max: 20 }),
    fc.nat({ max: 50 }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = dueHeap<Due>()
      const inside = new Set<Due>()
      const earliest = () => Math.min(...[...inside].map(({ dueAt }) => dueAt))
      for (const [what, which, at] of steps) {
        const one = [...inside][which % Math.max(1, inside.size)]
        if (what === 'add') {
          const item = { dueAt: at, place: -1 }
          heap.add(item)
          inside.add(item)
        } else if (one !== undefined && what === 'advance') {
          heap.advance(one, Math.max(0, one.dueAt - at))
        } else if (one !== undefined) {
          const out = what === 'shift' ? (heap.first() as Due) : one
          heap.remove(out)
          heap.remove(out)
          inside.delete(out)
        }
        expect(heap.size()).toBe(inside.size)
        if (inside.size > 0) expect(heap.first()?.dueAt).toBe(earliest())
      }
    }),
  )
})
