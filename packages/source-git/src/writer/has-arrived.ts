import { ancestryOf } from '../objects/ancestry.ts'
import type { Repository } from '../repository/repository.ts'
import type { GitConnections } from '../wire/git-server.ts'
import { beforePush } from './push.ts'

/** Whether a commit is in a branch, after a push that nobody answered. What cannot be asked now has not arrived. */
export async function hasArrived(
  {
    repository,
    connections,
    place,
  }: { readonly repository: Repository; readonly connections: GitConnections; readonly place: string },
  ref: string,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { refs } = await beforePush(connections, place, signal)
    const head = refs.ids.get(ref)
    if (head === undefined || head === id) return head === id
    const holding = await repository.obtain(head, { signal, isNews: true, after: id })
    if (holding === undefined) return false
    try {
      return (await ancestryOf(holding.reader, { id: head, past: id, place, signal })) === 'follows'
    } finally {
      await holding.release()
    }
  } catch {
    signal.throwIfAborted()
    return false
  }
}
