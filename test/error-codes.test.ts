import { expect, test } from 'vitest'
import { published, sourceFiles, textOf } from '../tools/workspace/packages.ts'

const sources = published.flatMap(({ folder }) => sourceFiles(`${folder}/src`))

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')

/** Codes that errors are made with, and those that `classify` gives to what has none. */
const raised = sources.flatMap((file) => [
  ...matches(textOf(file), /\bcode: '([A-Z][A-Z0-9_]+)'/g),
  ...matches(textOf(file), /\bclassify\([^,]+, '([A-Z][A-Z0-9_]+)'/g),
])
const documented = matches(textOf('docs/errors.md'), /^### ([A-Z][A-Z0-9_]+)$/gm)

test('every error code has one heading in docs/errors.md, and every heading a code', () => {
  expect(documented.toSorted()).toEqual([...new Set(raised)].sort())
})
