import { isMooringError } from '@mooring/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Packet, packet, readPackets, textOf } from '../src/wire/pkt-line.ts'
import { inPieces } from './pack-builder.ts'

const read = async (bytes: Uint8Array, pieces: number): Promise<readonly Packet[]> => {
  const packets: Packet[] = []
  for await (const one of readPackets(inPieces(bytes, pieces), 'the test')) packets.push(one)
  return packets
}

const shown = (packets: readonly Packet[]): readonly string[] =>
  packets.map((one) => (one.kind === 'data' ? textOf(one.bytes) : `(${one.kind})`))

describe('packets', () => {
  test('are cut the same however they arrive', async () => {
    const bytes = Buffer.from(`${packet('one\n')}0001${packet('two')}0004${packet('drei ☃\n')}00000002`)
    for (const pieces of [1, 2, 3, 5, 8, 100]) {
      expect(shown(await read(bytes, pieces))).toEqual([
        'one',
        '(delimiter)',
        'two',
        '',
        'drei ☃',
        '(flush)',
        '(end)',
      ])
    }
  })

  test('that are mutated end in a coded error, or in packets no longer than what came', async () => {
    const valid = fc
      .array(fc.oneof(fc.string({ maxLength: 50 }).map(packet), fc.constantFrom('0000', '0001', '0002')), {
        maxLength: 20,
      })
      .map((parts) => Buffer.from(parts.join('')))
    await fc.assert(
      fc.asyncProperty(
        valid,
        fc.uint8Array({ maxLength: 4 }),
        fc.nat(500),
        fc.integer({ min: 1, max: 50 }),
        async (bytes, put, at, pieces) => {
          const mutated = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + put.length)])
          try {
            const packets = await read(mutated, pieces)
            const length = packets.reduce(
              (sum, one) => sum + 4 + (one.kind === 'data' ? one.bytes.length : 0),
              0,
            )
            expect(length).toBe(mutated.length)
          } catch (thrown) {
            if (!isMooringError(thrown)) throw thrown
            expect(['GIT_PROTOCOL_ERROR', 'REPOSITORY_CORRUPT']).toContain(thrown.code)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})
