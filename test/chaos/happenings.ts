import type { TestRepository } from '../../tools/git-repository/index.ts'
import type { Random } from '../crash/random.ts'
import { inflict } from './faults.ts'
import type { Intruder, LiveObject } from './intruder.ts'
import { applications, filesBetween, firstWanted, nextWanted, type Wanted } from './wanted.ts'
import type { World } from './world.ts'

/** What somebody knows who has followed all commits and intrusions; see `Expected`. */
export interface Account {
  wanted: Wanted
  revision: string
  readonly theirs: Map<string, LiveObject>
  readonly kept: Map<string, string>
  readonly steady: Map<string, string>
  /** A name that nothing has had, for ever of the same kind. */
  readonly newId: () => string
}

/** Makes the first commit. */
export async function begin(repository: TestRepository): Promise<Account> {
  let made = 0
  const newId = (): string => `r${made++}`
  const wanted = firstWanted(newId)
  const revision = await repository.commit({ files: filesBetween(new Map(), wanted) })
  return { wanted, revision, theirs: new Map(), kept: new Map(), steady: new Map(), newId }
}

/** Takes down what is live, after everything has healed. */
export function take(account: Account, live: ReadonlyMap<string, LiveObject>): void {
  account.steady.clear()
  for (const id of account.wanted.keys()) {
    const uid = account.theirs.has(id) ? undefined : live.get(id)?.uid
    if (uid !== undefined) account.steady.set(id, uid)
  }
}

/**
 * What comes between two rounds, without faults: names that somebody else has taken become free, and one resource is asked
 * to be kept on the live object only.
 */
export async function between(other: Intruder, account: Account, random: Random): Promise<void> {
  for (const id of [...account.theirs.keys()].filter((one) => account.wanted.has(one))) {
    account.theirs.delete(id)
    await other.remove(id)
  }
  const id = random.pick([...account.wanted.keys()])
  const resource = account.wanted.get(id)
  if (resource === undefined || !account.steady.has(id) || random.below(2) > 0) return
  await other.protect(id)
  account.wanted = new Map(account.wanted).set(id, { ...resource, keepsLive: true })
}

/** One thing that happens, and its name. */
export async function happen(
  world: World,
  other: Intruder,
  account: Account,
  random: Random,
): Promise<string> {
  const dice = random.below(20)
  if (dice < 4) return `git ${await inflict(world.git, random)}`
  if (dice < 9) return `api ${await inflict(world.api, random)}`
  if (dice < 14) {
    const isLive = (id: string): boolean => account.steady.has(id)
    await commit(world, account, nextWanted(account.wanted, random, account.newId, isLive))
    return 'commit'
  }
  return intrude(world, other, account, random)
}

/** Something that somebody else does. */
async function intrude(world: World, other: Intruder, account: Account, random: Random): Promise<string> {
  const { theirs, wanted, newId, steady } = account
  const ours = [...wanted.values()].filter(({ id }) => !theirs.has(id))
  const { id, keeps, keepsLive } = random.pick(ours)
  switch (random.below(6)) {
    case 0:
    case 1:
      await other.edit(id)
      return 'edit'
    case 2:
      await other.hide(id)
      return 'hide'
    case 3:
      if (keeps || keepsLive) return 'nothing'
      steady.delete(id)
      await other.remove(id)
      return 'remove'
    case 4: {
      const foreign = newId()
      // A copy of marks is made by a controller, of the same kind or another.
      theirs.set(foreign, await other.make(foreign, random.below(2) === 0 ? id : undefined))
      return 'foreign'
    }
    default: {
      const taken = newId()
      theirs.set(taken, await other.make(taken))
      const folder = random.pick(applications)
      const resource = { id: taken, folder, value: 'ours', keeps: false, keepsLive: false, anchor: false }
      await commit(world, account, new Map(wanted).set(taken, resource))
      return 'taken'
    }
  }
}

async function commit({ repository }: World, account: Account, next: Wanted): Promise<void> {
  for (const [id, { keeps, keepsLive }] of account.wanted) {
    if (next.has(id)) continue
    const uid = account.steady.get(id)
    if ((keeps || keepsLive) && uid !== undefined) account.kept.set(id, uid)
    account.steady.delete(id)
  }
  account.revision = await repository.commit({ files: filesBetween(account.wanted, next) })
  account.wanted = next
}
