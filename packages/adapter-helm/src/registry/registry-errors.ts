import { MooringError } from '@mooring/core'

/** A URL for people: without credentials, query (which may be signed) and fragment. */
const shown = (url: URL): string => `${url.origin}${url.pathname}`

/** Nobody answered, or not with what was asked for. */
export const unreachable = (url: URL, found: string, cause?: unknown): MooringError =>
  new MooringError({
    code: 'CHART_UNREACHABLE',
    kind: 'transient',
    message: `Expected an answer from ${shown(url)}, found ${found}`,
    hint: 'See whether the repository or registry is up and reachable from here.',
    ...(cause !== undefined && { cause }),
  })

/** The server does not know us, or does not let us. */
export const accessDenied = (url: URL, status: number): MooringError =>
  new MooringError({
    code: 'CHART_ACCESS_DENIED',
    kind: 'permanent',
    message: `Expected to be let in at ${shown(url)}, found HTTP status ${status}`,
    hint: 'Give chartRegistry() credentials for this URL; they are sent to nothing but what their url names.',
  })

/** A URL that nothing is sent to. */
export const refusedUrl = (url: URL): MooringError =>
  new MooringError({
    code: 'CHART_ACCESS_DENIED',
    kind: 'permanent',
    message: `Expected an https URL, found ${shown(url)}`,
    hint: 'Use https, or set allowPlainHttp where the network is trusted.',
  })

/** There is no such chart. */
export const chartNotFound = (title: string, found: string): MooringError =>
  new MooringError({
    code: 'CHART_NOT_FOUND',
    kind: 'permanent',
    message: `Expected the chart ${title}, found ${found}`,
    hint: 'Correct name, version or URL, or publish the chart.',
  })

/** Larger than allowed. */
export const chartTooLarge = (url: URL, mostBytes: number): MooringError =>
  new MooringError({
    code: 'CHART_TOO_LARGE',
    kind: 'permanent',
    message: `Expected at most ${Math.round(mostBytes / 1024)} KiB from ${shown(url)}, found more`,
    hint: 'See what is served there. The limit of an index is the option indexBytes of chartRegistry().',
  })

/** The content is not the one that was named. */
export const digestMismatch = (title: string, expected: string, found: string): MooringError =>
  new MooringError({
    code: 'CHART_DIGEST_MISMATCH',
    kind: 'permanent',
    message: `Expected ${title} to have the digest ${expected}, found ${found}`,
    hint: 'The chart was published again with other content, or changed on the way. Find out which before you pin the new digest.',
  })

/** What a server says of its charts cannot be used. */
export const indexInvalid = (url: URL, found: string): MooringError =>
  new MooringError({
    code: 'CHART_INDEX_INVALID',
    kind: 'permanent',
    message: `Expected what a chart repository or registry serves at ${shown(url)}, found ${found}`,
    hint: 'See whether the URL is that of a repository (a folder with an index.yaml) or a registry of charts.',
  })
