/** What was exchanged with a server. Counts from the first question on. */
export interface GitTraffic {
  /** Requests that were answered, refusals included. Over SSH, questions. */
  readonly requests: number
  /** Bytes of answers, as they came over the line. */
  readonly responseBytes: number
  /** Downloads that were begun. */
  readonly fetches: number
  /** Files, folders and commits that came in downloads. */
  readonly objects: number
}

/** Counts traffic. */
export interface TrafficMeter {
  readonly add: (name: keyof GitTraffic, amount: number) => void
  readonly read: () => GitTraffic
}

/** Nothing yet. */
export const noTraffic: GitTraffic = { requests: 0, responseBytes: 0, fetches: 0, objects: 0 }

/** Traffic with several servers. */
export const sumOf = (all: readonly GitTraffic[]): GitTraffic =>
  all.reduce(
    (sum, each) => ({
      requests: sum.requests + each.requests,
      responseBytes: sum.responseBytes + each.responseBytes,
      fetches: sum.fetches + each.fetches,
      objects: sum.objects + each.objects,
    }),
    noTraffic,
  )

/** A meter at zero. */
export function trafficMeter(): TrafficMeter {
  let traffic = noTraffic
  return {
    add: (name, amount) => {
      traffic = { ...traffic, [name]: traffic[name] + amount }
    },
    read: () => traffic,
  }
}
