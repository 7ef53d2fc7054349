import { MooringError } from '@mooring/core'
import picomatch from 'picomatch'
import type { Decryption, ManifestOptions } from './manifests.ts'

/** Options checked and ready for use. */
export interface ManifestSettings {
  readonly digest: string
  /** Whether a path relative to the application's folder is left out. */
  readonly isExcluded: (path: string) => boolean
  readonly applyControlObjects: boolean
  readonly decrypt: Decryption | undefined
}

/** The settings that options ask for. Throws `INVALID_OPTION`. */
export function settingsOf({
  exclude = [],
  controlObjects = 'refuse',
  decrypt,
}: ManifestOptions): ManifestSettings {
  if (!Array.isArray(exclude)) throw invalid('exclude', 'a list of globs')
  for (const glob of exclude) checkGlob(glob)
  if (controlObjects !== 'refuse' && controlObjects !== 'apply')
    throw invalid('controlObjects', 'refuse or apply')
  if (decrypt !== undefined && (typeof decrypt.run !== 'function' || !decrypt.name)) {
    throw invalid('decrypt', 'a name, which stands for it in digests, and a function run')
  }
  const globs = [...new Set(exclude)].sort((one, other) => (one < other ? -1 : 1))
  return {
    digest: `manifests/1 ${JSON.stringify([globs, controlObjects, decrypt?.name ?? null])}`,
    isExcluded: globs.length === 0 ? () => false : picomatch(globs, { dot: true, nonegate: true }),
    applyControlObjects: controlObjects === 'apply',
    decrypt,
  }
}

/** A glob that can never match, or that leaves out all but what it says, is a mistake that would go unnoticed. */
function checkGlob(glob: unknown): void {
  if (typeof glob === 'string' && glob !== '' && !/^(?:!(?!\()|\/|\.{1,2}\/)/.test(glob)) return
  throw invalid('exclude', 'globs relative to the folder, that do not begin with !, /, ./ or ../')
}

const invalid = (option: string, expected: string): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: `Expected option ${option} of manifests to be ${expected}`,
    hint: `Correct option ${option}.`,
  })
