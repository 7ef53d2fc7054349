import { MooringError } from '@mooring/core'
import { invalidOption } from '../options/invalid-option.ts'
import { whyNoRefName } from '../options/ref-name.ts'
import type { Refs } from '../wire/refs.ts'

/**
 * The commit to build on: the head of the branch, or of the one that a new branch begins at; undefined in a repository
 * without any ref. Pure. Throws `INVALID_OPTION` for what is no name of a branch, and `REF_NOT_FOUND`.
 */
export function headOf(
  { ids }: Refs,
  { branch, from }: { readonly branch: string; readonly from?: string },
  place: string,
): string | undefined {
  const name = checked('branch', branch)
  const head = ids.get(`refs/heads/${name}`)
  if (head !== undefined || ids.size === 0) return head
  const start = from === undefined ? undefined : ids.get(`refs/heads/${checked('from', from)}`)
  if (start !== undefined) return start
  throw new MooringError({
    code: 'REF_NOT_FOUND',
    kind: 'permanent',
    message: `Expected branch ${from ?? branch} in ${place}, found none`,
    hint: 'Correct the name; or, to make a new branch, say in `from` which branch it begins at.',
  })
}

function checked(option: string, name: string): string {
  const why = typeof name === 'string' ? whyNoRefName(name) : 'it is no text'
  if (why === undefined) return name
  throw invalidOption(option, 'the short name of a branch', why, 'Correct what is given to `commit`.')
}
