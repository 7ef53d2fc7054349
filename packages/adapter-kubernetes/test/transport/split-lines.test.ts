import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitLines } from '../../src/transport/split-lines.ts'

const tooLong = (bytes: number): never => {
  throw new Error(`${bytes} bytes`)
}

test('lines are the same wherever they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(40)), (texts, cuts) => {
      const lines = texts.map((text) => text.replaceAll('\n', '')).filter((text) => text !== '')
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
      const splitter = splitLines(1_000_000, tooLong)
      const seen: string[] = []
      let from = 0
      for (const size of [...cuts, bytes.length]) {
        seen.push(...splitter.push(bytes.subarray(from, from + size)))
        from += size
      }
      expect(seen).toEqual(lines)
      expect(splitter.pending()).toBe(0)
    }),
  )
})

test('a line longer than allowed is refused before it is complete', () => {
  const splitter = splitLines(10, tooLong)
  expect(splitter.push(Buffer.from('1234567890\n123456'))).toEqual(['1234567890'])
  expect(() => splitter.push(Buffer.from('78901'))).toThrow('11 bytes')
  expect(() => splitLines(10, tooLong).push(Buffer.from('12345678901\n'))).toThrow('11 bytes')
})
