import process from 'node:process'

/** Notes every rejection that nobody handles while this is in scope. */
export function unhandledRejections(): Disposable & { readonly seen: readonly unknown[] } {
  const seen: unknown[] = []
  const note = (reason: unknown): void => void seen.push(reason)
  process.on('unhandledRejection', note)
  return { seen, [Symbol.dispose]: () => void process.off('unhandledRejection', note) }
}
