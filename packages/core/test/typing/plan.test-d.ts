/** What is kept, told and sent holds no body, and is JSON. */
import type {
  ApplicationHead,
  ApplicationStatus,
  Change,
  Desired,
  EngineEvent,
  HistoryEntry,
  Hold,
  InventoryEntry,
  Observation,
  Operation,
  PatchStep,
  Plan,
  PlannedChange,
  SyncResult,
} from '@mooring/core'
import { expectTypeOf } from 'vitest'

// Exactly these fields: a new one is a decision, and this is the place where it is noticed.
expectTypeOf<keyof PlannedChange>().toEqualTypeOf<
  | 'key'
  | 'label'
  | 'action'
  | 'because'
  | 'reason'
  | 'expects'
  | 'from'
  | 'to'
  | 'fingerprint'
  | 'stage'
  | 'origin'
>()
expectTypeOf<keyof Plan>().toEqualTypeOf<
  | 'formatVersion'
  | 'id'
  | 'application'
  | 'target'
  | 'revision'
  | 'desiredDigest'
  | 'at'
  | 'changes'
  | 'hooks'
  | 'holds'
  | 'waiting'
  | 'unchanged'
>()
expectTypeOf<keyof Hold>().toEqualTypeOf<
  'guard' | 'code' | 'message' | 'release' | 'keys' | 'until' | 'holdsOperation' | 'passing'
>()
expectTypeOf<Plan['changes']>().toEqualTypeOf<readonly PlannedChange[]>()

/** Every name of a field at any depth. */
type FieldsOf<Value> = Value extends string | number | boolean | null | undefined
  ? never
  : Value extends readonly (infer Item)[]
    ? FieldsOf<Item>
    : { readonly [Field in keyof Value]-?: Field | FieldsOf<Value[Field]> }[keyof Value]

type Body = 'manifest' | 'desired' | 'body' | 'before' | 'after' | 'memo'

expectTypeOf<Extract<FieldsOf<Plan>, Body>>().toBeNever()
expectTypeOf<Extract<FieldsOf<PlannedChange>, Body>>().toBeNever()
expectTypeOf<Extract<FieldsOf<Operation>, Body>>().toBeNever()
expectTypeOf<Extract<FieldsOf<HistoryEntry>, Body>>().toBeNever()
expectTypeOf<Extract<FieldsOf<SyncResult>, Body>>().toBeNever()
expectTypeOf<Extract<FieldsOf<EngineEvent>, Body>>().toBeNever()
// Nor do observations, which is why the core may keep them.
expectTypeOf<Extract<FieldsOf<Observation>, Exclude<Body, 'memo'>>>().toBeNever()
// The check finds what it looks for.
expectTypeOf<Extract<FieldsOf<Change<{ readonly id: string }>>, Body>>().toEqualTypeOf<
  'desired' | 'manifest'
>()
expectTypeOf<Extract<keyof PatchStep, Body>>().toEqualTypeOf<'before' | 'after'>()

/** Whatever of a value, at any depth, `JSON.stringify` would lose or refuse. */
type NotJson<Value> = Value extends string | number | boolean | null | undefined
  ? never
  : Value extends readonly (infer Item)[]
    ? NotJson<Item>
    : Value extends bigint | symbol | ((...given: never) => unknown) | Date
      ? Value
      : { readonly [Field in keyof Value]-?: NotJson<Value[Field]> }[keyof Value]

expectTypeOf<NotJson<Plan>>().toBeNever()
expectTypeOf<NotJson<PlannedChange>>().toBeNever()
expectTypeOf<NotJson<InventoryEntry>>().toBeNever()
expectTypeOf<NotJson<ApplicationHead>>().toBeNever()
expectTypeOf<NotJson<HistoryEntry>>().toBeNever()
expectTypeOf<NotJson<ApplicationStatus>>().toBeNever()
expectTypeOf<NotJson<SyncResult>>().toBeNever()
expectTypeOf<NotJson<EngineEvent>>().toBeNever()
// The check finds what it looks for.
expectTypeOf<NotJson<{ readonly a: readonly { readonly at?: Date }[] }>>().toEqualTypeOf<Date>()
expectTypeOf<NotJson<{ readonly a: ReadonlyMap<string, string> }>>().not.toBeNever()
expectTypeOf<NotJson<Desired<{ readonly run: () => void }>>>().toEqualTypeOf<() => void>()

// A plan cannot be changed by those who are shown it.
declare const plan: Plan
// @ts-expect-error readonly
plan.id = 'another'
// @ts-expect-error readonly
plan.changes.reverse()

// A change with a body is a planned change, and not the other way round is lost: the body alone is missing.
expectTypeOf<Change<unknown>>().toExtend<PlannedChange>()
expectTypeOf<Exclude<keyof Change<unknown>, keyof PlannedChange>>().toEqualTypeOf<'desired'>()
