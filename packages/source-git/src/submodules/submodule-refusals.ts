import { MooringError } from '@mooring/core'

/** What `.gitmodules` says of it is not followed. */
export const submoduleNotAllowed = (path: string, found: string, cause?: unknown): MooringError =>
  new MooringError({
    code: 'SUBMODULE_NOT_ALLOWED',
    kind: 'permanent',
    message: `Expected a submodule at ${quoted(path)} that may be read, found ${found}`,
    hint: 'Correct .gitmodules: a relative URL such as ../library.git is best. Or name its host in submodules.hosts, if whoever can push here may have it read.',
    ...(cause === undefined ? {} : { cause }),
  })

/** Its repository does not give out the commit. */
export const submoduleGone = (path: string, url: string, id: string): MooringError =>
  new MooringError({
    code: 'SUBMODULE_GONE',
    kind: 'permanent',
    message: `Expected commit ${id} in ${url} for the submodule at ${quoted(path)}, found none`,
    hint: 'It was perhaps never pushed: push it in the submodule, or commit another one.',
  })

/** More than anybody means to have. */
export const tooManySubmodules = (path: string, most: string, option: string): MooringError =>
  new MooringError({
    code: 'TOO_MANY_SUBMODULES',
    kind: 'permanent',
    message: `Expected at most ${most}, found one more at ${quoted(path)}`,
    hint: `See whether they lead in a circle, or raise ${option}.`,
  })

const quoted = (path: string): string => JSON.stringify(path.replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}'))
