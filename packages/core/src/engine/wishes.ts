/** What people asked for and no pass has taken up yet, in the order they asked. */
export interface Wishes<Wish> {
  /** Puts a wish in line. It is taken up when it is ready. */
  readonly add: (wish: Wish) => Waiting
  /** The first wish that is ready, which then is in line no more. */
  readonly take: () => Wish | undefined
  readonly hasReady: () => boolean
  /** The source has another answer: it is one for everybody who asked before the question was put. */
  readonly answered: () => void
  /** Takes those out of line that fit, and gives them. */
  readonly withdraw: (fits: (wish: Wish, ready: boolean) => boolean) => readonly Wish[]
}

/** One wish in line. */
export interface Waiting {
  /** The question to the source is being put. */
  readonly ask: () => void
  /** A pass may take it up now. False where it is not in line any more. */
  readonly makeReady: () => boolean
  /** Out of line, unless it is ready. */
  readonly leave: () => void
}

/** The line of one application. */
export function wishLine<Wish>(): Wishes<Wish> {
  const line: { readonly wish: Wish; asked: boolean; ready: boolean }[] = []
  return {
    add: (wish) => {
      const entry = { wish, asked: false, ready: false }
      line.push(entry)
      return {
        ask: () => {
          entry.asked = true
        },
        makeReady: () => {
          if (!line.includes(entry)) return false
          entry.ready = true
          return true
        },
        leave: () => {
          if (!entry.ready && line.includes(entry)) line.splice(line.indexOf(entry), 1)
        },
      }
    },
    take: () => {
      const at = line.findIndex((entry) => entry.ready)
      return at === -1 ? undefined : line.splice(at, 1)[0]?.wish
    },
    hasReady: () => line.some((entry) => entry.ready),
    answered: () => {
      for (const entry of line) entry.ready ||= entry.asked
    },
    withdraw: (fits) => {
      const out = line.filter(({ wish, ready }) => fits(wish, ready))
      for (const entry of out) line.splice(line.indexOf(entry), 1)
      return out.map(({ wish }) => wish)
    },
  }
}
