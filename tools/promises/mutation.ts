/** One way to break a promise, and the test that has to notice. */
export interface Mutation {
  /** Number in docs/guarantees.md. */
  readonly promise: number
  /** What is broken, in words. */
  readonly broken: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly text: string
  readonly replacement: string
  /** File of the test, and a part of its name that no other test of the file has. */
  readonly test: readonly [file: string, name: string]
}

/** Passes on every mutation: what is broken shows only where the promise is put to the test. */
export const happyPath = [
  'packages/core/test/engine/first-light.test.ts',
  'is brought about from the first revision',
] as const
