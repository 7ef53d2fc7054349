/** Events narrow by their type, whether they are listened to or read one after the other. */
import type {
  Engine,
  EngineEvent,
  EngineEvents,
  EventsDropped,
  EventType,
  Hold,
  Operation,
  OperationOutcome,
  Plan,
  PlannedChange,
  SyncResult,
} from '@mooring/core'
import { expectTypeOf } from 'vitest'

declare const engine: Engine
declare const signal: AbortSignal

// Listening.
const unsubscribe = engine.on('plan.made', (event) => {
  expectTypeOf(event).toEqualTypeOf<EngineEvents['plan.made']>()
  expectTypeOf(event.plan).toEqualTypeOf<Plan>()
  expectTypeOf(event.application).toEqualTypeOf<string>()
  // @ts-expect-error a plan that was made holds nothing of its own
  void event.hold
})
expectTypeOf(unsubscribe).toEqualTypeOf<() => void>()
engine.on('change.applied', ({ change, unchanged }) => {
  expectTypeOf(change).toEqualTypeOf<PlannedChange>()
  expectTypeOf(unchanged).toEqualTypeOf<boolean>()
})
engine.on('operation.finished', ({ outcome, operation }) => {
  expectTypeOf(outcome).toEqualTypeOf<OperationOutcome>()
  expectTypeOf(operation).toEqualTypeOf<Operation>()
})
engine.on('engine.stopped', async (event) => {
  // @ts-expect-error the end of the engine belongs to no application
  void event.application
})
// @ts-expect-error there is no such event
engine.on('plan.forgotten', () => {})
// @ts-expect-error a dropped event is told only to those who read all of them
engine.on('events.dropped', () => {})

// Reading.
export async function read(): Promise<void> {
  for await (const event of engine.events({ signal })) {
    expectTypeOf(event).toEqualTypeOf<EngineEvent | EventsDropped>()
    expectTypeOf(event.type).toEqualTypeOf<EventType | 'events.dropped'>()
    // @ts-expect-error not every event has a plan
    void event.plan
    switch (event.type) {
      case 'plan.made':
        expectTypeOf(event.plan).toEqualTypeOf<Plan>()
        break
      case 'change.held':
        expectTypeOf(event.hold).toEqualTypeOf<Hold>()
        break
      case 'events.dropped':
        expectTypeOf(event).toEqualTypeOf<EventsDropped>()
        expectTypeOf(event.count).toEqualTypeOf<number>()
        break
      case 'listener.failed':
        expectTypeOf(event.message).toEqualTypeOf<string>()
        // @ts-expect-error a listener belongs to no pass
        void event.pass
        break
      default:
        expectTypeOf(event.type).not.toEqualTypeOf<EventType | 'events.dropped'>()
        expectTypeOf(event.type).not.toExtend<'plan.made' | 'events.dropped'>()
    }
  }
}

// Every event has a type of its own and the time.
expectTypeOf<EngineEvent['type']>().toEqualTypeOf<EventType>()
expectTypeOf<EngineEvent['at']>().toEqualTypeOf<number>()
expectTypeOf<Extract<EngineEvent, { readonly type: 'plan.made' }>>().toEqualTypeOf<
  { readonly type: 'plan.made' } & EngineEvents['plan.made']
>()

// What comes back of asking names every outcome.
expectTypeOf(engine.sync('shop', { actor: 'ci' })).resolves.toEqualTypeOf<SyncResult>()
expectTypeOf<SyncResult['outcome']>().toEqualTypeOf<
  'synced' | 'held' | 'failed' | 'superseded' | 'timed-out'
>()
// @ts-expect-error somebody must be named
void engine.sync('shop')
