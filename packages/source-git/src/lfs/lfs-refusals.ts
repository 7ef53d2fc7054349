import { isMooringError, MooringError } from '@mooring/core'

/** There is no LFS server where one should be. */
export const lfsNotAvailable = (url: string): MooringError =>
  new MooringError({
    code: 'LFS_NOT_AVAILABLE',
    kind: 'permanent',
    message: `Expected an LFS server at ${url}, found none`,
    hint: 'See whether LFS is switched on for the repository, or give its address in lfs.url. Servers also say this when the credentials may not see the repository.',
  })

/** The server does not have the content. */
export const lfsMissing = (url: string, oid: string, found: string): MooringError =>
  new MooringError({
    code: 'LFS_OBJECT_MISSING',
    kind: 'permanent',
    message: `Expected LFS object ${oid} from ${url}, found ${found}`,
    hint: 'Its content was perhaps never pushed: run `git lfs push --all` where it was committed.',
  })

/** What came is not what the pointer stands for. */
export const lfsCorrupt = (url: string, oid: string, found: string): MooringError =>
  new MooringError({
    code: 'LFS_OBJECT_CORRUPT',
    kind: 'transient',
    message: `Expected the content of LFS object ${oid} from ${url}, found ${found}`,
    hint: 'Nothing of it was used. See what stands between here and the server, and run `git lfs fsck` where it was committed.',
  })

/** What came is not what the batch API of LFS says. */
export const lfsProtocol = (url: string, found: string): MooringError =>
  new MooringError({
    code: 'LFS_PROTOCOL_ERROR',
    kind: 'permanent',
    message: `Expected an answer of Git LFS from ${url}, found ${found}`,
    hint: 'See whether this is the address of the LFS server, and what `GIT_CURL_VERBOSE=1 git lfs fetch` shows.',
  })

/** Content is elsewhere. Where is not said: whoever answers may know what the LFS server was shown, and repeat it. */
export const lfsRedirected = (url: string, oid: string): MooringError =>
  new MooringError({
    code: 'GIT_REDIRECTED',
    kind: 'permanent',
    message: `Expected the content of LFS object ${oid} from ${url}, found a redirect`,
    hint: 'Redirects are not followed. Have the LFS server give the final address.',
  })

/** One snapshot downloads more than anybody means to. */
export const lfsTooLarge = (url: string, most: string, option: string): MooringError =>
  new MooringError({
    code: 'LFS_TOO_LARGE',
    kind: 'permanent',
    message: `Expected one revision to need at most ${most} from ${url}, found more`,
    hint: `Move large files out of what is deployed, or raise ${option}.`,
  })

/** Runs a question to an LFS server: what it answers is about LFS, and not about a repository. */
export async function asLfs<Value>(
  work: () => Promise<Value>,
  meaning: { readonly notFound: () => MooringError; readonly nonsense: () => MooringError },
): Promise<Value> {
  try {
    return await work()
  } catch (thrown) {
    if (!isMooringError(thrown)) throw thrown
    if (thrown.code === 'REPOSITORY_NOT_FOUND') throw meaning.notFound()
    if (thrown.code === 'GIT_PROTOCOL_ERROR' || thrown.code === 'RESPONSE_TOO_LARGE') throw meaning.nonsense()
    throw thrown
  }
}
