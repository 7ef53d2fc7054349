import type { GuardedTarget } from '../adapters/guarded-target.ts'
import type { Application } from '../application/define-application.ts'
import type { Consent } from '../model/approval.ts'
import { endsOwnership } from '../model/change.ts'
import type { Inventory } from '../model/inventory.ts'
import type { Plan } from '../model/plan.ts'
import type { SyncPolicy } from '../model/policy.ts'
import type { Owner, ResourceKey, Traits, Waiting } from '../model/resource.ts'
import type { Revision } from '../model/revision.ts'
import type { ApplicationState } from '../model/state.ts'
import { consent as consentOf } from '../pipeline/consent.ts'
import type { DesiredRecord, DesiredSet } from '../pipeline/desired-set.ts'
import { compareFingerprints, type Difference, type Differences, diff } from '../pipeline/diff.ts'
import { guardPlan } from '../pipeline/guard-plan.ts'
import { withoutHooks } from '../pipeline/hook-instances.ts'
import { makeRoom, type Room } from '../pipeline/make-room.ts'
import { type Moves, moves, movesFrom } from '../pipeline/moves.ts'
import { awaitsRollback, hasBegun } from '../pipeline/operation.ts'
import type { Order } from '../pipeline/order.ts'
import { formerMarkOf } from '../pipeline/owned-by.ts'
import { plan as planOf } from '../pipeline/plan.ts'
import type { Call } from '../ports/call.ts'
import type { Skipped } from '../ports/renderer.ts'
import { desiredTwice } from './desired-twice.ts'
import type { Neighbours } from './neighbours.ts'
import { orderOf } from './order-of.ts'
import type { Bodies, DesiredState } from './render-desired.ts'
import { type Immutables, isSecondHalf, replacements } from './replacements.ts'
import { settleByPreview } from './settle-by-preview.ts'
import { targetChanged } from './target-changed.ts'

/** Everything one look at an application found, and the plan that follows from it. Nothing has been changed yet. */
export interface Survey<Manifest> {
  readonly state: ApplicationState
  /** What waits for the end of the operation, because nobody verified it. */
  readonly unverified: Revision | undefined
  readonly target: string
  readonly set: DesiredSet
  readonly skipped: readonly Skipped[]
  /** Something waits for another application, or could not be done because of one. */
  readonly waitsForNeighbours: boolean
  /** Something is left for another application, which may change its mind before it takes it over. */
  readonly leavesToNeighbours: boolean
  /** Something left the desired state and is still there. */
  readonly hasDeletes: boolean
  /** What is taken over from other applications of this engine. */
  readonly takes: readonly ResourceKey[]
  /** The application goes, with everything it keeps. */
  readonly removing: boolean
  readonly rendered: boolean
  readonly bodies: (call: Call) => Promise<Bodies<Manifest>>
  readonly differences: Differences
  /** What may be made anew where the target turns out to refuse an update. */
  readonly replaceable: ReadonlySet<ResourceKey>
  readonly order: Order
  /** What can only be made when something that leaves is gone. */
  readonly room: Room
  readonly plan: Plan
  /** Whether a person agreed to it. */
  readonly consent: Consent
  /** Marks of former names, on what is about to leave: a target ends nobody's ownership but the caller's. */
  readonly formerMarks: ReadonlyMap<ResourceKey, Owner>
}

/** What a survey needs. */
export interface SurveyInput<Manifest> {
  readonly application: Application<Manifest>
  readonly policy: SyncPolicy
  readonly target: GuardedTarget<Manifest>
  readonly state: ApplicationState
  readonly revision: Revision
  /** What the source says now, where nobody verified that and an operation for another revision goes on. */
  readonly unverified?: Revision | undefined
  /** The revision that other applications have to have planned. */
  readonly common: Revision
  readonly desired: DesiredState<Manifest>
  readonly fresh: boolean
  readonly asked: boolean
  /** Somebody asked for a sync, which undoes drift too. */
  readonly heal: boolean
  readonly removing: boolean
  readonly now: number
  readonly neighbours: Neighbours
  /** Others had their time to plan this revision: what they have not planned is held from now on. */
  readonly graceIsOver: boolean
  /** The last revision in which nothing had left the application; see `Neighbours.behind`. */
  readonly since: string | undefined
  /** What earlier passes learnt about updates that may have to be replacements. */
  readonly immutables: Immutables
}

const noRoom: Room = new Map()

/** Looks at the target and plans. No effect. */
export async function survey<Manifest>(input: SurveyInput<Manifest>, call: Call): Promise<Survey<Manifest>> {
  const { application, desired } = input
  // Instances of hooks are no part of what is kept in line. Where everything goes, they go with it.
  const inventory = input.removing ? input.state.inventory : withoutHooks(input.state.inventory)
  const state = inventory === input.state.inventory ? input.state : { ...input.state, inventory }
  const identity = await input.target.identity(call.signal)
  if (state.head.target !== undefined && state.head.target !== identity)
    throw targetChanged(application.name, state.head.target, identity)
  const keys = keysToLookAt(desired.set, state)
  const observed =
    keys.length === 0 ? new Map() : await input.target.observe(keys, { ...call, fresh: input.fresh })
  const { marks, merges = false } = application.target.supports
  const compare = application.target.compare ?? compareFingerprints
  const found = diff({
    desired: desired.set.records,
    inventory: state.inventory,
    observed,
    owner: call.owner,
    formerly: application.formerly ?? [],
    marks,
    merges,
    compare,
  })
  const previewed = await settleByPreview(found, input, call)
  const { differences: replaced, replaceable } = await replacements(previewed, input, call)
  const { order: ordered, edges } = orderOf(application, desired.set, state, replaced)
  const made = makeRoom(replaced.changes, edges, new Set(replaced.settling.keys()))
  // Where nothing is pruned, nothing goes out of the way.
  const { changes, room } = input.policy.prune || input.removing ? made : { ...replaced, room: noRoom }
  const settled = { ...replaced, changes }
  const moved = movesOf(settled, identity, input, call)
  const differences = { ...settled, changes: moved.changes, forget: [...settled.forget, ...moved.forget] }
  const bare = planOf({
    application: application.name,
    target: identity,
    revision: input.revision,
    desired: desired.set,
    differences: differences.changes,
    order: ordered,
    room,
    hooks: pendingHooks(input),
    unchanged: differences.unchanged,
    waiting: [...moved.waiting, ...goingAway(differences, state, desired.set)],
    at: input.now,
    digest: call.digest,
  })
  const { approval, operation } = state.head
  const { now } = input
  const consent = consentOf({ plan: bare, approval, operation, now, digest: call.digest })
  const plan = guardPlan(bare, {
    ...guardInput({ ...input, state }, differences, moved, call.owner),
    consent,
  })
  return {
    state,
    unverified: input.unverified,
    target: identity,
    set: desired.set,
    skipped: desired.skipped,
    hasDeletes: settled.changes.some(endsOwnership),
    takes: [...moved.from.keys()],
    waitsForNeighbours: moved.waiting.length > 0 || moved.awaited.deletes.length > 0,
    leavesToNeighbours: moved.left.length > 0,
    removing: input.removing,
    rendered: desired.rendered,
    bodies: desired.bodies,
    differences,
    replaceable,
    order: ordered,
    room,
    plan,
    consent,
    formerMarks: formerMarks(differences.changes, call.owner, application.formerly),
  }
}

/** Hooks of a desired state that no operation has been through, or that somebody asks for: one is open, or about to be. */
function pendingHooks<Manifest>({
  state,
  desired,
  removing,
  asked,
}: SurveyInput<Manifest>): readonly DesiredRecord[] {
  const { set } = desired
  const isOver = state.head.settled?.desiredDigest === set.digest && state.head.operation === undefined
  return removing || (isOver && !asked) ? [] : [...set.hooks.values()]
}

function formerMarks(
  changes: readonly Difference[],
  owner: Owner,
  formerly: readonly string[] = [],
): ReadonlyMap<ResourceKey, Owner> {
  const marks = new Map<ResourceKey, Owner>()
  if (formerly.length === 0) return marks
  for (const change of changes.filter(endsOwnership)) {
    const mark = formerMarkOf(change.observation, { owner, formerly })
    if (mark !== undefined) marks.set(change.key, mark)
  }
  return marks
}

/** Deletions that are under way, with what holds them up, where the target can tell. */
function goingAway(
  { settling }: Differences,
  { inventory }: ApplicationState,
  { records }: DesiredSet,
): readonly Waiting[] {
  return [...settling].map(([key, { message }]) => ({
    label: inventory.get(key)?.label ?? records.get(key)?.label ?? key,
    reason: `its deletion is under way${message === undefined ? '' : `: ${message}`}`,
  }))
}

/**
 * What other applications mean for this one. Past the grace time a delete that waits for others stays in the plan, where
 * a guard holds it.
 */
function movesOf<Manifest>(
  { changes }: Differences,
  target: string,
  { application, neighbours, common, graceIsOver, since, target: { outsideOf } }: SurveyInput<Manifest>,
  call: Call,
): Moves {
  // What we may not have is nobody's rival: a guard holds it, and our neighbours go on.
  const beyond = new Set(changes.filter((one) => !endsOwnership(one) && outsideOf(one) !== undefined))
  const found = moves({
    differences: beyond.size === 0 ? changes : changes.filter((change) => !beyond.has(change)),
    owner: call.owner,
    formerly: application.formerly ?? [],
    neighboursOf: ({ key, observation }) => {
      const marked = observation?.owner
      const isOurs = marked?.installation === call.owner.installation
      return neighbours.of(target, key, common, isOurs ? marked?.application : undefined)
    },
    behind: changes.some(endsOwnership) ? neighbours.behind(target, common, since) : () => [],
  })
  if (found.twice.length > 0) throw desiredTwice(application.name, found.twice)
  const { deletes } = found.awaited
  const ours = [...found.changes, ...beyond]
  if (!graceIsOver || deletes.length === 0)
    return { ...found, changes: ours, awaited: { deletes: [], applications: [] } }
  const isLate = new Set(deletes.map(({ label }) => label))
  return {
    ...found,
    changes: [...ours, ...deletes],
    waiting: found.waiting.filter(({ label }) => !isLate.has(label)),
  }
}

function keysToLookAt(set: DesiredSet, state: ApplicationState): readonly ResourceKey[] {
  const keys = [...set.records.keys()]
  for (const key of state.inventory.keys()) if (!set.records.has(key)) keys.push(key)
  return keys
}

/** Deletions nobody confirmed, and that turn out to have happened: they count like any other. */
export const deletionsThatCameTrue = ({ forget }: Differences, inventory: Inventory): number =>
  forget.filter((key) => {
    const action = inventory.get(key)?.pending?.action
    return action === 'delete' || action === 'replace'
  }).length

function guardInput<Manifest>(
  input: SurveyInput<Manifest>,
  differences: Differences,
  { from, awaited }: Moves,
  owner: Owner,
) {
  const { changes } = differences
  const { deletions, operation, settled } = input.state.head
  const { set } = input.desired
  const hasHooks = set.hooks.size > 0 || input.application.hooks !== undefined
  // A rollback is an operation of its own, also where it desires what the open one does.
  const isOpen = operation?.desiredDigest === set.digest && !awaitsRollback(input.state.head)
  const opens = operation !== undefined || input.asked || settled?.desiredDigest !== set.digest
  const lost = deletionsThatCameTrue(differences, input.state.inventory) + changes.filter(isSecondHalf).length
  const byKey = new Map(changes.map((change) => [change.key, change]))
  return {
    policy: input.policy,
    owner,
    movesHere: (key: ResourceKey) => movesFrom(from, key, byKey.get(key)?.observation?.owner, owner),
    behind: awaited,
    unverified: input.unverified,
    outsideOf: input.target.outsideOf,
    unmet: input.neighbours.unmet(input.state.head.pin === undefined ? input.common : undefined),
    dependents: input.removing ? input.neighbours.dependents() : [],
    liveOwnerOf: (key: ResourceKey) => byKey.get(key)?.observation?.owner,
    traitsOf: (key: ResourceKey): Traits => {
      const change = byKey.get(key)
      return { ...change?.entry?.owned?.traits, ...change?.observation?.traits, ...change?.desired?.traits }
    },
    desired: input.desired.set.records.size,
    inventory: Math.min(input.state.inventory.size, input.state.head.baseline ?? Number.POSITIVE_INFINITY),
    waiting: input.desired.set.waiting.length,
    deletions: lost === 0 ? deletions : [...deletions, { at: input.now, count: lost }],
    now: input.now,
    asked: input.asked || (isOpen && operation.askedBy !== undefined),
    heal: input.heal,
    open: isOpen,
    begun: isOpen && hasBegun(operation),
    hooksDue: hasHooks && !input.removing && (isOpen ? operation.changed.length === 0 : opens),
    removing: input.removing,
  }
}
