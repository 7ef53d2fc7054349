import { dirname, join } from 'node:path'
import { transformSync } from 'esbuild'
import { textOf } from './packages.ts'

/**
 * Module specifiers a file imports or re-exports from, types included. Statements are looked for at the start of
 * a line, where the formatter puts them, so an example in a doc comment is none.
 */
export function importsOf(file: string): readonly string[] {
  const text = textOf(file)
  const statements = text.matchAll(/^(?:import|export)\b(?:[^'"`;=(]*?\bfrom)?\s*'([^'\n]+)'/gm)
  const calls = text.matchAll(/^(?!\s*(?:\*|\/\/)).*?\bimport\('([^'\n$]+)'\)/gm)
  return [...statements, ...calls].map((match) => match[1] ?? '')
}

/** The name of the package a bare specifier belongs to; nothing for a relative path or a module of Node. */
export function packageNameOf(specifier: string): string | undefined {
  if (/^(\.|node:|#)/.test(specifier)) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Where a relative specifier leads, relative to the root. */
export const resolveRelative = (file: string, specifier: string): string => join(dirname(file), specifier)

/** What a file does, without comments and types. */
export const codeOf = (file: string): string =>
  transformSync(textOf(file), {
    loader: 'ts',
    target: 'esnext',
    legalComments: 'none',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  }).code
