import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import type { IgnoreRules } from '../ignore/ignored-snapshot.ts'
import { checkCredentials } from './credentials.ts'
import { checkRef, type GitRef } from './git-ref.ts'
import type { GitAuth, GitLimits, GitSourceOptions } from './git-source-options.ts'
import { checkHistory, checkVerify, type GitVerify, type HistoryRule } from './git-trust.ts'
import { invalidOption } from './invalid-option.ts'
import { type Location, locate } from './location.ts'

/** Checked options with every default filled in. */
export interface Settings {
  readonly location: Location
  readonly ref: GitRef
  readonly auth: GitAuth | (() => Promise<GitAuth>) | undefined
  readonly pollMs: number
  readonly name: string
  readonly cacheDirectory: string
  readonly ignore: IgnoreRules
  readonly verify: GitVerify | undefined
  readonly history: HistoryRule
  readonly timeoutMs: number
  readonly maxResponseBytes: number
  readonly maxFileBytes: number
  readonly maxObjects: number
  readonly maxInflatedBytes: number
  readonly maxCacheBytes: number
}

const mebibyte = 1024 * 1024
/** What a timer can hold. */
const maxMs = 2 ** 31 - 1

/** Checks the options and fills in the defaults. No I/O. Throws `INVALID_OPTION`. */
export function settingsFrom(options: GitSourceOptions): Settings {
  const location = locate(options.url)
  if (options.auth !== undefined && location.kind === 'local') {
    throw invalidOption('auth', 'nothing, because a repository of this machine asks for no credentials')
  }
  if (options.auth !== undefined && typeof options.auth !== 'function') checkCredentials(options.auth)
  const ref = checkRef(options.ref ?? { branch: 'main' })
  return {
    location,
    ref,
    verify: checkVerify(options.verify, ref),
    history: checkHistory(options.history ?? 'any', ref),
    auth: options.auth,
    pollMs: wholeNumber('pollMs', options.pollMs, 60_000, maxMs),
    name: checkName(options.name ?? location.name),
    ignore: { lines: ignoreLines(options.ignore ?? []), files: options.sourceIgnore ?? true },
    cacheDirectory: resolve(options.cacheDirectory ?? tmpdir()),
    timeoutMs: wholeNumber('timeoutMs', options.timeoutMs, 60_000, maxMs),
    ...limitsFrom(options.limits ?? {}),
  }
}

function limitsFrom(limits: GitLimits) {
  const limit = (name: keyof GitLimits, byDefault: number): number =>
    wholeNumber(`limits.${name}`, limits[name], byDefault)
  return {
    maxResponseBytes: limit('maxResponseBytes', 512 * mebibyte),
    maxFileBytes: limit('maxFileBytes', 16 * mebibyte),
    maxObjects: limit('maxObjects', 2_000_000),
    maxInflatedBytes: limit('maxInflatedBytes', 4096 * mebibyte),
    maxCacheBytes: limit('maxCacheBytes', 2048 * mebibyte),
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

function wholeNumber(option: string, given: number | undefined, byDefault: number, max = 2 ** 40): number {
  const value = given ?? byDefault
  if (Number.isSafeInteger(value) && value > 0 && value <= max) return value
  throw invalidOption(option, `a whole number from 1 to ${max}`, `it is ${String(value)}`)
}
