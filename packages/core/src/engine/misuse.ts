import { classify } from '../errors/classify.ts'
import { MooringError } from '../errors/mooring-error.ts'
import { noChanges } from '../model/counts.ts'
import type { SyncResult } from '../model/status.ts'
import type { Clock } from '../ports/clock.ts'

/** Errors for calls that cannot mean anything. */
export const misuse = {
  unknownApplication: (name: string, known: readonly string[]): MooringError =>
    new MooringError({
      code: 'APPLICATION_UNKNOWN',
      kind: 'permanent',
      message: `Expected one of the applications ${known.join(', ') || '(none was added)'}, got ${JSON.stringify(name)}`,
      hint: 'Add it with engine.add first, or correct the name.',
    }),
  applicationExists: (name: string): MooringError =>
    new MooringError({
      code: 'APPLICATION_EXISTS',
      kind: 'permanent',
      message: `An application named ${name} was added before`,
      hint: 'Use engine.replace to give it a new definition, or choose another name.',
    }),
  applicationReplaced: (name: string): MooringError =>
    new MooringError({
      code: 'APPLICATION_REPLACED',
      kind: 'conflict',
      message: `Application ${name} was replaced or removed while somebody waited for it`,
      hint: 'Ask again if it is still there.',
    }),
  notStarted: (): MooringError =>
    new MooringError({
      code: 'ENGINE_NOT_STARTED',
      kind: 'permanent',
      message: 'The engine is not running, so nothing can be applied',
      hint: 'Call engine.start first.',
    }),
  stopped: (): MooringError =>
    new MooringError({
      code: 'ENGINE_STOPPED',
      kind: 'permanent',
      message: 'The engine was stopped',
      hint: 'Create another engine; a stopped one stays stopped.',
    }),
  standingBy: (holder: string): MooringError =>
    new MooringError({
      code: 'ENGINE_STANDING_BY',
      kind: 'transient',
      message: `Expected this engine to have the store, but it stands by: ${holder} has it`,
      hint: 'Ask that engine. This one takes over when the other is gone, and tells it by engine.started.',
    }),
  heldBy: (holder: string): MooringError =>
    new MooringError({
      code: 'LEASE_HELD',
      kind: 'conflict',
      message: `Expected a store that no engine runs on, because this one is not started, but ${holder} runs on it`,
      hint: 'Decide through that engine, which would not notice what is recorded beside it; or stop it first. Nothing was recorded.',
    }),
  superseded: (why: string): MooringError =>
    new MooringError({
      code: 'SUPERSEDED',
      kind: 'permanent',
      message: `Expected this engine to have the store, but another engine took it: ${why}`,
      hint: 'Stop this engine; or call engine.start, if it is the one that should go on.',
    }),
  suspended: (name: string, by: string): MooringError =>
    new MooringError({
      code: 'APPLICATION_SUSPENDED',
      kind: 'permanent',
      message: `Application ${name} is suspended by ${by}`,
      hint: 'Call engine.resume first.',
    }),
  removing: (name: string, by: string): MooringError =>
    new MooringError({
      code: 'APPLICATION_REMOVING',
      kind: 'permanent',
      message: `Application ${name} is being removed with everything it keeps, as ${by} asked`,
      hint: 'Wait until it is gone and add it again; or take the removal back with engine.keep.',
    }),
  kept: (name: string, by: string): MooringError =>
    new MooringError({
      code: 'REMOVAL_TAKEN_BACK',
      kind: 'conflict',
      message: `The removal of application ${name} was taken back by ${by}`,
      hint: 'Ask again if it is to go all the same.',
    }),
  formerlyInUse: (name: string, other: string, shared: string): MooringError =>
    new MooringError({
      code: 'FORMERLY_IN_USE',
      kind: 'permanent',
      message: `Applications ${name} and ${other} both have, or had formerly, the name ${shared}`,
      hint: 'What is recorded under a name goes to one application: take the other out, or the name out of its formerly.',
    }),
  noPreviousRevision: (name: string): MooringError =>
    new MooringError({
      code: 'NO_PREVIOUS_REVISION',
      kind: 'permanent',
      message: `Expected the history of ${name} to name a revision that was brought about before, found none`,
      hint: 'Give the id of a revision. Nothing was changed.',
    }),
  revisionUnknown: (name: string, to: string, known: readonly string[]): MooringError =>
    new MooringError({
      code: 'REVISION_UNKNOWN',
      kind: 'permanent',
      message: `Expected a revision that the history of ${name} knows, or a whole id, got ${JSON.stringify(to)}`,
      hint: `It knows ${known.slice(0, shownRevisions).join(', ') || 'none that was brought about'}. Nothing was changed.`,
    }),
  revisionAmbiguous: (name: string, to: string, ids: readonly string[]): MooringError =>
    new MooringError({
      code: 'REVISION_AMBIGUOUS',
      kind: 'permanent',
      message: `Expected one revision in the history of ${name}, got ${JSON.stringify(to)}, which stands for ${ids.length}`,
      hint: `Give more of the id: ${ids.slice(0, shownRevisions).join(', ')}. Nothing was changed.`,
    }),
} as const

const shownRevisions = 5

/** The end of a caller's patience, and of the engine. */
export function waitEnded(
  asking: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  engine: AbortSignal,
  clock: Clock,
): { readonly signal: AbortSignal; readonly release: () => void } {
  const patience = new AbortController()
  const { timeoutMs } = asking
  const giveUp = (): void => patience.abort(timeout(timeoutMs as number))
  const cancel = timeoutMs === undefined ? () => {} : clock.timer(timeoutMs, giveUp)
  const all = [engine, patience.signal, ...(asking.signal ? [asking.signal] : [])]
  return { signal: AbortSignal.any(all), release: cancel }
}

const timeout = (timeoutMs: number): MooringError =>
  new MooringError({
    code: 'WAIT_TIMEOUT',
    kind: 'transient',
    message: `The operation did not end within ${timeoutMs} ms`,
    hint: 'It goes on; engine.status tells how far it is.',
  })

/** The answer where not even the source could be asked. */
export function failedToAsk(application: string, thrown: unknown): SyncResult {
  const error = classify(thrown, 'SOURCE_FAILED', 'The source failed')
  return { application, counts: noChanges, outcome: 'failed', reasons: [`${error.code}: ${error.message}`] }
}
