import type { Location } from '../options/location.ts'
import type { Reach } from '../options/reach.ts'

/** The one repository that connections lead to. */
export interface GitServer {
  readonly location: Exclude<Location, { readonly kind: 'local' }>
  readonly reach: Reach
  /** Of one request, its answer included. Waiting in line for a busy host does not count. */
  readonly timeoutMs: number
  readonly maxRequestsPerHost: number
}

/** The programs of Git that serve a repository: one to read it, one to write. */
export type GitService = 'git-upload-pack' | 'git-receive-pack'

/** One request, in the words of Git over HTTP; over SSH the same is said through a pipe. */
export interface GitRequest {
  /** The version of Git's protocol to ask for. Default: the server's own choice. */
  readonly protocol?: 2
  /** What follows the URL of the repository. */
  readonly path: string
  /** Sent as the body of a POST; without it, a GET. */
  readonly body?: Uint8Array
  /** The type of the body. */
  readonly type?: string
  /** More headers, whose values show in no message. */
  readonly headers?: Readonly<Record<string, string>>
  /** The only type of answer that is one, or {@link anyType}. */
  readonly expects: string
  /** A longer answer is `RESPONSE_TOO_LARGE`. */
  readonly maxBytes: number
  /** It changes something: when nobody knows whether it arrived, it is not sent again. */
  readonly once?: true
  readonly signal: AbortSignal
}

/** Where the type of an answer says nothing. */
export const anyType = '*/*'

/** An answer that is one. */
export interface GitAnswer {
  /** To be read once. Leaving it early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>
  /** What the server says, fit for a message: no control characters, no credentials, not long. */
  readonly quote: (text: string) => string
}

/** Asks the server of one repository. */
export type GitAsk = (request: GitRequest) => Promise<GitAnswer>

/** Connections to one server, kept open between requests. */
export interface GitConnections {
  readonly ask: GitAsk
  /** Whether a question costs nothing but its round trip, so that one more can go out on suspicion. */
  readonly isCheap: boolean
  /** Closes those that nobody uses, and the others with their request. */
  readonly close: () => Promise<void>
}
