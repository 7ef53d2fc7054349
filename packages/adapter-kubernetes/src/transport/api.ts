import type { KubernetesObject } from '../objects/object.ts'

/** One connection's HTTP access to an API server. Retries, credentials and the shared pause after a 429 are inside. */
export interface Api {
  /**
   * Sends one request. An answer of any status is returned; it throws only where no answer was had:
   * `CLUSTER_UNREACHABLE`, `TLS_FAILED`, `CREDENTIALS_FAILED`, `UNAUTHORIZED`, `ANSWER_TOO_LARGE`.
   * Aborting ends the request itself and throws the signal's reason.
   */
  readonly call: (request: ApiRequest) => Promise<ApiAnswer>
  /**
   * The events of one watch, in order. Ends when the server ends it; throws on refusal, cut, silence (`WATCH_SILENT`)
   * and an `ERROR` event. `failureOf` gives the failure behind what it throws, `isExpired` tells a 410. Whoever waits for
   * an event leaves by aborting.
   */
  readonly watch: (request: WatchRequest) => AsyncIterable<WatchEvent>
}

/** One request. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Starts with a slash; its segments are percent-encoded, as `pathOf` does. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Of the body. Default `application/json`. */
  readonly contentType?: string
  /** Default `application/json`. */
  readonly accept?: string
  /** Further headers, such as `if-none-match`, in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** What the API server answered: a body, or a failure. 304 counts as ok, with an undefined body. */
export type ApiAnswer =
  | {
      readonly ok: true
      readonly status: number
      readonly body: unknown
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>
    }
  | { readonly ok: false; readonly status: number; readonly failure: ApiFailure }

/** A refusal, from the `Status` that the API server answered, or from a proxy's answer that was none. */
export interface ApiFailure {
  readonly status: number
  /** The `reason` of the `Status`, such as `Conflict`; empty where there was none. */
  readonly reason: string
  /** As the server wrote it. It may quote values of the object: only `failureError` makes it fit for people. */
  readonly message: string
  readonly causes: readonly ApiFailureCause[]
  readonly details: ApiFailureDetails
  /** How long the server asked us to wait, where it did. */
  readonly retryAfterMs?: number
}

/** One cause of a `Status`, such as one invalid field. */
export interface ApiFailureCause {
  readonly type: string
  readonly field: string
  readonly message: string
}

/** Which resource a `Status` speaks about. `kind` is a plural resource name in some answers: a server's habit. */
export interface ApiFailureDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
}

/** A watch of one collection. */
export interface WatchRequest {
  /** Of the collection, as `pathOf` gives it. */
  readonly path: string
  /** `resourceVersion`, `labelSelector` and so on; `watch` is added. */
  readonly query?: Readonly<Record<string, string>>
  readonly accept?: string
  /** Called when the server has accepted the watch, before its first event. */
  readonly onOpen?: () => void
  readonly signal: AbortSignal
}

/** One event of a watch. A bookmark's object carries only a resourceVersion. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: KubernetesObject
}
