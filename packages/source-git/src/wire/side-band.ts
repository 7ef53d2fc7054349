import { saysNo } from './advertisement.ts'
import type { GitAnswer } from './git-server.ts'
import { cutShort, notGit, type Packet, textOf } from './pkt-line.ts'

/**
 * The bytes of a pack that comes over side bands, up to the flush that ends it; nothing may follow. Channel 1 carries the
 * pack, 2 progress, 3 the server's last words. Closes the answer at its end, or when it is left early.
 */
export async function* packBytes(
  packets: AsyncGenerator<Packet>,
  answer: Pick<GitAnswer, 'quote'>,
  url: string,
  first?: Packet,
): AsyncGenerator<Uint8Array> {
  try {
    let ended = false
    let current = first ?? (await next(packets))
    while (current !== undefined) {
      if (ended) {
        if (current.kind !== 'end') throw notGit(url, 'more after the end of the pack')
      } else if (current.kind === 'flush') ended = true
      else if (current.kind !== 'data') throw notGit(url, 'a pack in several sections')
      else if (current.bytes[0] === 1) yield current.bytes.subarray(1)
      else if (current.bytes[0] === 3) throw saysNo(url, answer.quote(textOf(current.bytes.subarray(1))))
      else if (current.bytes[0] !== 2) throw notGit(url, 'an unknown channel')
      current = await next(packets)
    }
    if (!ended) throw cutShort(url)
  } finally {
    await packets.return(undefined)
  }
}

async function next(packets: AsyncGenerator<Packet>): Promise<Packet | undefined> {
  const result = await packets.next()
  return result.done === true ? undefined : result.value
}
