import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyedDigest } from '../../src/digest/keyed-digest.ts'

const nodes = (key: Uint8Array, content: Uint8Array | string): string =>
  createHmac('sha256', key).update(content).digest('base64url')

test('a keyed digest is the HMAC-SHA-256 that Node makes, in base64url', () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(key, fc.uint8Array({ maxLength: 300 }), (key, content) => {
      expect(keyedDigest(key)(content)).toBe(nodes(key, content))
    }),
  )
})

test('a text is digested as its UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const key = new Uint8Array(32)
      expect(keyedDigest(key)(text)).toBe(nodes(key, text))
      expect(keyedDigest(key)(text)).toBe(keyedDigest(key)(new TextEncoder().encode(text)))
    }),
  )
})

test('a digest is made again and again with one key, and does not depend on what was digested before', () => {
  const key = randomBytes(32)
  const digest = keyedDigest(key)
  const first = digest('a')
  digest('something else')
  expect(digest('a')).toBe(first)
  expect(keyedDigest(key)('a')).toBe(first)
})

test('another key gives another digest, and every digest has 43 characters', () => {
  const digests = Array.from({ length: 50 }, () => keyedDigest(randomBytes(32))('secret'))
  expect(new Set(digests).size).toBe(50)
  for (const digest of digests) expect(digest).toMatch(/^[A-Za-z0-9_-]{43}$/)
})
