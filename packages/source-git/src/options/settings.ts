import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import type { IgnoreRules } from '../ignore/ignored-snapshot.ts'
import { type LfsSettings, lfsSettings } from './git-lfs.ts'
import { checkRef, type GitRef } from './git-ref.ts'
import type { GitSourceOptions } from './git-source-options.ts'
import { type SubmoduleSettings, submoduleSettings } from './git-submodules.ts'
import { checkHistory, checkVerify, type GitVerify, type HistoryRule } from './git-trust.ts'
import { invalidOption } from './invalid-option.ts'
import { type GitLimits, limitsFrom, wholeNumber } from './limits.ts'
import { type Location, locate } from './location.ts'
import { type Reach, reachFrom } from './reach.ts'

/** Checked options with every default filled in. */
export interface Settings {
  readonly location: Location
  readonly ref: GitRef
  readonly reach: Reach
  readonly pollMs: number
  readonly name: string
  readonly cacheDirectory: string
  readonly ignore: IgnoreRules
  /** Undefined: files of LFS are not read. */
  readonly lfs: LfsSettings | undefined
  /** Undefined: submodules are not read. */
  readonly submodules: SubmoduleSettings | undefined
  readonly verify: GitVerify | undefined
  readonly history: HistoryRule
  readonly timeoutMs: number
  readonly limits: Required<GitLimits>
}

/** What a timer can hold. */
const maxMs = 2 ** 31 - 1

/** Checks the options and fills in the defaults. No I/O. Throws `INVALID_OPTION`. */
export function settingsFrom(options: GitSourceOptions): Settings {
  const location = locate(options.url)
  const ref = checkRef(options.ref ?? { branch: 'main' })
  return {
    location,
    ref,
    verify: checkVerify(options.verify, ref),
    history: checkHistory(options.history ?? 'any', ref),
    reach: reachFrom(options, location),
    lfs: options.lfs ? lfsSettings(options.lfs, options, location) : undefined,
    submodules: options.submodules ? submoduleSettings(options.submodules, options) : undefined,
    pollMs: wholeNumber('pollMs', options.pollMs, 60_000, maxMs),
    name: checkName(options.name ?? location.name),
    ignore: { lines: ignoreLines(options.ignore ?? []), files: options.sourceIgnore ?? true },
    cacheDirectory: resolve(options.cacheDirectory ?? tmpdir()),
    timeoutMs: wholeNumber('timeoutMs', options.timeoutMs, 60_000, maxMs),
    limits: limitsFrom(options.limits ?? {}),
  }
}

function ignoreLines(lines: readonly string[]): readonly string[] {
  if (Array.isArray(lines) && lines.every((line) => typeof line === 'string')) return lines
  throw invalidOption('ignore', 'a list of lines as of a .gitignore')
}

function checkName(name: string): string {
  if (typeof name === 'string' && name.trim() !== '' && !/\p{Cc}/u.test(name)) return name
  throw invalidOption('name', 'a text without control characters')
}
