import { createHash } from 'node:crypto'
import type { MemoryTarget } from '../../../src/testing/index.ts'
import { type BrokenTarget, faulty, seeing } from './faulty-target.ts'

const plain = 'keeps digests without a key out of what plans and records hold'
const unkeyed = 'gives versions and memos that cannot be made from content without the key of the store'

/** A memo made from what is live. */
const remembering = (
  name: string,
  fails: readonly string[],
  memoOf: (target: MemoryTarget, key: string) => string,
): BrokenTarget =>
  faulty(name, fails, (target) => seeing(target, (one) => ({ ...one, memo: memoOf(target, one.key) })))

const sha256 = (text: string, encoding: 'hex' | 'base64' = 'hex') =>
  createHash('sha256').update(text).digest(encoding)

const bodyOf = (target: MemoryTarget, key: string): string =>
  JSON.stringify(target.live.get(key)?.manifest ?? {})

export const brokenSecrecy = [
  remembering('a memo with a digest of what is sensitive', [plain], (target, key) =>
    sha256(`${target.live.get(key)?.manifest.secret as string}`, 'base64'),
  ),
  remembering('a memo with a shortened digest of the body', [unkeyed], (target, key) =>
    sha256(`${key} ${bodyOf(target, key)}`).slice(0, 16),
  ),
  faulty('versions that are digests of the body', [plain, unkeyed], (target) => {
    const versionOf = (key: string) => sha256(bodyOf(target, key))
    const seen = seeing(target, (one) => ({ ...one, version: versionOf(one.key) }))
    return {
      ...seen,
      apply(change, call) {
        const { expects, key } = change
        const version = target.live.get(key)?.version
        const isLatest = expects.kind === 'present' && expects.version === versionOf(key)
        if (!isLatest || version === undefined) return seen.apply(change, call)
        return seen.apply({ ...change, expects: { ...expects, version } }, call)
      },
    }
  }),
]
