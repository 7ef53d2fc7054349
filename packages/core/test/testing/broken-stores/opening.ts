import { faulty, opening } from './faulty-store.ts'
import { ranOut, without } from './lease.ts'

const reading = 'opens for reading without raising the epoch, and fences nobody off'
const readingElsewhere = 'lets another process read, and fences nobody off'

export const brokenOpenings = [
  faulty('a short key', ['makes an installation with an id and a key of 32 bytes'], (store) =>
    opening(store, (installation) => ({ ...installation, digestKey: installation.digestKey.slice(0, 16) })),
  ),
  faulty('a key of zeros', ['makes an installation with an id and a key of 32 bytes'], (store) =>
    opening(store, (installation) => ({ ...installation, digestKey: new Uint8Array(32) })),
  ),
  faulty(
    'a key made anew each time',
    ['keeps the id and the key it made', 'keeps its installation when it is opened again by another process'],
    (store) =>
      opening(store, (installation) => ({
        ...installation,
        digestKey: installation.digestKey.map((byte) => byte ^ installation.epoch),
      })),
  ),
  faulty('an id of its own', ['takes the id it is given first, and keeps it'], (store) => ({
    async open({ installation, ...options }) {
      return store.open({
        ...options,
        ...(installation !== 'given' && installation !== undefined && { installation }),
      })
    },
  })),
  faulty(
    'any id at all',
    ['rejects another id than its own with INSTALLATION_CHANGED, and keeps its own'],
    (store) => ({
      open: ({ installation, ...options }) =>
        store.open({ ...options, ...(installation && { installation }) }).catch(() => store.open(options)),
    }),
  ),
  faulty(
    'one epoch forever',
    [
      'raises the epoch with each opening',
      'keeps its installation when it is opened again by another process',
      'takes commits of the newest opening',
      reading,
      ranOut,
    ],
    (store) => opening(store, (installation) => ({ ...installation, epoch: 1 })),
  ),
  faulty('a reading that raises the epoch', [reading, readingElsewhere, without], (store) => ({
    open: ({ reading: _, ...options }) => store.open(options),
  })),
  faulty('a disposal that works once', ['is disposed as often as asked'], () => {
    let disposals = 0
    return {
      async [Symbol.asyncDispose]() {
        if (++disposals === 2) throw new Error('already closed')
      },
    }
  }),
]
