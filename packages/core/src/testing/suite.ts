/** What a runner hands to a running test. Vitest and node:test do. */
export interface RunningTest {
  /** Ends the test as skipped, with the reason where people see it. */
  readonly skip: (reason: string) => unknown
}

/**
 * The functions of a test runner, as Vitest and node:test have them. A runner whose tests get no `skip` needs one line:
 *
 * ```ts
 * test: (name, run) => it(name, () => run({ skip: reason => console.warn(`skipped: ${name}: ${reason}`) }))
 * ```
 */
export interface Runner {
  readonly test: (name: string, run: (running: RunningTest) => Promise<void>) => unknown
  /** Groups tests under a name. Default none: the group stands in front of each test's name. */
  readonly describe?: (name: string, define: () => void) => unknown
}

/** One line of a contract, as a test. */
export interface Fact<Scene> {
  /** What is so, in the present tense. */
  readonly name: string
  /**
   * Why it cannot be shown here, or undefined when it can: something that `supports` denies, an optional method that is
   * not there, or a part of the harness that not everybody can have.
   */
  readonly unless?: (scene: Scene) => string | undefined
  readonly run: (scene: Scene) => Promise<void>
}

/** What a fact needs, made anew for each. */
export interface Stage<Scene> {
  readonly scene: Scene
  readonly close: () => PromiseLike<void>
}

/** Facts under a name. */
export interface FactGroup<Scene> {
  readonly name: string
  readonly facts: readonly Fact<Scene>[]
}

/** Hands each fact to the runner as a test of its own, on a stage of its own. */
export function registerFacts<Scene>(
  runner: Runner,
  groups: readonly FactGroup<Scene>[],
  setUp: () => Promise<Stage<Scene>>,
): void {
  for (const { name: group, facts } of groups) {
    const define = (prefix: string) => {
      for (const fact of facts) runner.test(`${prefix}${fact.name}`, testOf(fact, setUp))
    }
    if (runner.describe === undefined) define(`${group}: `)
    else runner.describe(group, () => define(''))
  }
}

function testOf<Scene>(fact: Fact<Scene>, setUp: () => Promise<Stage<Scene>>) {
  // Rest parameters: a test function with a parameter would be given a callback to call by Jest and Mocha.
  return async (...[running]: readonly RunningTest[]): Promise<void> => {
    const { scene, close } = await setUp()
    try {
      const reason = fact.unless?.(scene)
      if (reason === undefined) await fact.run(scene)
      else skip(running, reason)
    } finally {
      await close()
    }
  }
}

/** Never silently: a skipped fact that nobody sees would read as a kept promise. */
function skip(running: RunningTest | undefined, reason: string): void {
  if (typeof running?.skip !== 'function') {
    throw new TypeError(`Expected a runner that gives each test a skip function, to skip because ${reason}`)
  }
  running.skip(reason)
}
