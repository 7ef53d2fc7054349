import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { MooringError } from '@mooring/core'
import { isFullId } from '../pack/object-format.ts'
import { checkCredentials } from './credentials.ts'
import type { GitAuth, GitLimits, GitRef, GitSourceOptions } from './git-source-options.ts'
import { invalidOption } from './invalid-option.ts'
import { type Location, locate } from './location.ts'
import { whyNoRefName } from './ref-name.ts'

/** Checked options with every default filled in. */
export interface Settings {
  readonly location: Location
  readonly ref: GitRef
  readonly auth: GitAuth | (() => Promise<GitAuth>) | undefined
  readonly pollMs: number
  readonly name: string
  readonly cacheDirectory: string
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
  return {
    location,
    ref: checkRef(options.ref ?? { branch: 'main' }),
    auth: options.auth,
    pollMs: wholeNumber('pollMs', options.pollMs, 60_000, maxMs),
    name: checkName(options.name ?? location.name),
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

function checkRef(ref: GitRef): GitRef {
  const given = Object.entries(ref).filter(([, value]) => value !== undefined)
  const [[kind, value] = ['', undefined]] = given
  if (given.length !== 1 || !['branch', 'tag', 'commit'].includes(kind) || typeof value !== 'string') {
    throw invalidOption('ref', 'exactly one of { branch }, { tag } and { commit }, with a text')
  }
  if (kind === 'commit') return { commit: checkCommit(value) }
  const why = whyNoRefName(value)
  if (why !== undefined) throw invalidOption(`ref.${kind}`, `the short name of a ${kind}, such as main`, why)
  return ref
}

function checkCommit(id: string): string {
  if (isFullId(id.toLowerCase())) return id.toLowerCase()
  throw new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message:
      'Expected option ref.commit to be a full commit id of 40 hexadecimal digits, found something else',
    hint: 'A short id may mean another commit tomorrow. `git rev-parse <short id>` prints the full one.',
  })
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
