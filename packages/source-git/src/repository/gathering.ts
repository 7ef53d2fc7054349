/** Brings objects of some ids. False: not all of them can be had. */
export type Bring = (ids: readonly string[], signal: AbortSignal) => Promise<boolean>

interface Wish {
  readonly ids: readonly string[]
  readonly signal: AbortSignal
  readonly settle: (outcome: Promise<boolean>) => void
}

/**
 * Brings what several callers want together: while one request is under way, wishes are gathered for the next. A caller
 * who aborts leaves alone; when all have left, the request ends. What fails together is tried one by one, so that one bad
 * wish spoils no other.
 */
export function gathering(bring: Bring): Bring {
  let wishes: Wish[] = []
  let isBusy = false

  const work = async (): Promise<void> => {
    while (wishes.length > 0) {
      const now = wishes.filter(({ signal }) => !signal.aborted)
      wishes = []
      if (now.length > 0) await grant(now, bring)
    }
    isBusy = false
  }

  return (ids, signal) => {
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(signal.reason as Error)
      signal.addEventListener('abort', leave, { once: true })
      const settle: Wish['settle'] = (outcome) => {
        outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
      }
      wishes.push({ ids, signal, settle })
      if (isBusy) return
      isBusy = true
      // What others want in this very moment goes along.
      queueMicrotask(() => void work())
    })
  }
}

async function grant(wishes: readonly Wish[], bring: Bring): Promise<void> {
  const ids = [...new Set(wishes.flatMap((wish) => wish.ids))]
  const outcome = untilAllLeft(wishes, (signal) => bring(ids, signal))
  const isGranted = await outcome.catch(() => false)
  if (isGranted || wishes.length === 1) {
    for (const wish of wishes) wish.settle(outcome)
    return
  }
  for (const wish of wishes) if (!wish.signal.aborted) await grant([wish], bring)
}

async function untilAllLeft(
  wishes: readonly Wish[],
  work: (signal: AbortSignal) => Promise<boolean>,
): Promise<boolean> {
  const all = new AbortController()
  const check = (): void => {
    if (wishes.every(({ signal }) => signal.aborted)) all.abort(wishes[0]?.signal.reason)
  }
  for (const { signal } of wishes) signal.addEventListener('abort', check)
  try {
    return await work(all.signal)
  } finally {
    for (const { signal } of wishes) signal.removeEventListener('abort', check)
  }
}
