import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { published, root, sourceFiles, textOf } from '../tools/workspace/packages.ts'

const registry = 'packages/core/src/errors/codes.ts'
const sources = published.flatMap(({ folder }) => sourceFiles(`${folder}/src`))

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')
const readIfThere = (file: string) => (existsSync(join(root, file)) ? textOf(file) : '')

const registered = matches(readIfThere(registry), /^ {2}'?([A-Z][A-Z0-9_]+)'?:/gm)
const raised = sources.flatMap((file) => matches(textOf(file), /\bcode: '([A-Z][A-Z0-9_]+)'/g))
const documented = matches(readIfThere('docs/errors.md'), /^#{2,3} `?([A-Z][A-Z0-9_]+)`?$/gm)

test('every error code has one heading in docs/errors.md, and every heading a code', () => {
  expect(documented.toSorted()).toEqual([...new Set([...registered, ...raised])].sort())
})

test('every registered code is used', () => {
  const text = sources
    .filter((file) => file !== registry)
    .map(textOf)
    .join('\n')
  expect(registered.filter((code) => !new RegExp(`\\b${code}\\b`).test(text))).toEqual([])
})
