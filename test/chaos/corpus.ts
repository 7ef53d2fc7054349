import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Seeds that have failed once, and the usual one. They are run always. */
export interface Corpus {
  readonly seeds: readonly number[]
}

const file = join(import.meta.dirname, 'corpus.json')

/** The corpus as it is kept beside this file. */
export const corpus = (): Corpus => JSON.parse(readFileSync(file, 'utf8')) as Corpus

/** Keeps a seed that has failed. */
export function keepSeed(seed: number): void {
  const seeds = [...new Set([...corpus().seeds, seed])]
  writeFileSync(file, `{\n  "seeds": [${seeds.join(', ')}]\n}\n`)
}
