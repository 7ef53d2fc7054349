/**
 * The same adapter, not to be disposed by whoever it is given to: for a store, source or target that several engines, or
 * other parts of the program, share. Lend once and pass the same loan around: applications share a poll by identity.
 */
export function lend<Adapter extends AsyncDisposable>(adapter: Adapter): Adapter {
  return { ...adapter, [Symbol.asyncDispose]: async () => {} }
}
