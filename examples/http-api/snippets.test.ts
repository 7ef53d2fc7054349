import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../../docs/writing-an-adapter.md', import.meta.url), 'utf8')
const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name !== 'snippets.test.ts')
const sources = files.map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
const snippets = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)

test('docs/writing-an-adapter.md shows code', () => {
  expect(snippets.length).toBeGreaterThan(5)
})

test.for(snippets)('docs/writing-an-adapter.md shows lines of this example: %#', (code) => {
  expect(sources.some((source) => source.includes(code))).toBe(true)
})
