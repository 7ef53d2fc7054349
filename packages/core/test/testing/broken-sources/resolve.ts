import { createHash } from 'node:crypto'
import { MooringError } from '../../../src/errors/mooring-error.ts'
import type { Revision } from '../../../src/model/revision.ts'
import { faulty, never } from './faulty-source.ts'

export const brokenResolves = [
  faulty(
    'a first revision said to be the same',
    ['resolves the first time to what is current'],
    (source) => ({
      resolve: async (options) =>
        options.since ? source.resolve(options) : { ...(await source.resolve(options)), kind: 'same' },
    }),
  ),
  faulty(
    'the same revision said to be new',
    ['resolves to the same while nothing is committed'],
    (source) => ({
      async resolve(options) {
        const resolution = await source.resolve(options)
        return resolution.kind === 'same' ? { ...resolution, kind: 'forward' } : resolution
      },
    }),
  ),
  faulty('only the last commit known', ['resolves forward over several commits'], (source) => {
    const order: string[] = []
    return {
      async resolve(options) {
        const resolution = await source.resolve(options)
        if (!order.includes(resolution.revision.id)) order.push(resolution.revision.id)
        const behind = options.since && order.indexOf(options.since.id) < order.length - 2
        return behind ? { ...resolution, kind: 'diverged' } : resolution
      },
    }
  }),
  faulty(
    'every new revision said to diverge',
    ['resolves forward to a commit that follows', 'resolves forward over several commits'],
    (source) => ({
      async resolve(options) {
        const resolution = await source.resolve(options)
        return options.since && resolution.kind === 'forward'
          ? { ...resolution, kind: 'diverged' }
          : resolution
      },
    }),
  ),
  faulty(
    'rewritten history said to follow',
    ['resolves as diverged when history was rewritten'],
    (source) => ({
      async resolve(options) {
        const resolution = await source.resolve(options)
        return resolution.kind === 'diverged' ? { ...resolution, kind: 'forward' } : resolution
      },
    }),
  ),
  faulty(
    'a find that knows the newest only',
    ['finds a recorded revision again, also after later commits', 'opens what find gives'],
    (source) => ({
      async find(id, options) {
        const { revision } = await source.resolve(options)
        if (revision.id === id) return revision
        throw new MooringError({
          code: 'REVISION_GONE',
          kind: 'permanent',
          message: `Expected ${id}, found none`,
        })
      },
    }),
  ),
  faulty('a find that believes', ['rejects to find what it does not have with REVISION_GONE'], (source) => ({
    async find(id, options) {
      options.signal.throwIfAborted()
      return source.find(id, options).catch(() => ({ id }))
    },
  })),
  faulty(
    'an open that falls back to the newest',
    ['rejects to open what it does not have with REVISION_GONE'],
    (source) => ({
      open: (revision, options) =>
        source
          .open(revision, options)
          .catch(async () => source.open((await source.resolve(options)).revision, options)),
    }),
  ),
  faulty(
    'an open of the newest, whatever is asked',
    [
      'opens what find gives',
      'opens an older revision with the content it had',
      'rejects to open what it does not have with REVISION_GONE',
    ],
    (source) => ({
      open: async (_, options) => source.open((await source.resolve(options)).revision, options),
    }),
  ),
  naming('ids made of contents alone', (files) => files.map(({ content }) => content)),
  naming('ids made of paths and contents alone', (files) =>
    files.map(({ path, content }) => `${path} ${content}`),
  ),
  faulty('a disposal that works once', ['is disposed as often as asked'], () => {
    let disposals = 0
    return {
      async [Symbol.asyncDispose]() {
        if (++disposals === 2) throw new Error('already closed')
      },
    }
  }),
]

interface File {
  readonly path: string
  readonly content: string
}

/** A source whose revisions have ids made of these parts. */
function naming(name: string, partsOf: (files: readonly File[]) => readonly string[]) {
  const fact = 'gives another revision id after a rename, and after a change of the executable bit'
  return faulty(name, [fact], (source) => {
    const originals = new Map<string, string>()
    const original = <Named extends { readonly id: string }>(revision: Named): Named => ({
      ...revision,
      id: originals.get(revision.id) ?? revision.id,
    })
    const named = async (revision: Revision): Promise<Revision> => {
      const snapshot = await source.open(revision, { signal: never })
      const files: File[] = []
      for await (const { path } of snapshot.list('', { signal: never })) {
        files.push({ path, content: (await snapshot.read(path, { signal: never })).join() })
      }
      const id = createHash('sha256').update(partsOf(files).toSorted().join()).digest('hex')
      originals.set(id, revision.id)
      return { ...revision, id }
    }
    return {
      async resolve({ since, ...options }) {
        const given = { ...options, ...(since && { since: original(since) }) }
        const { kind, revision } = await source.resolve(given)
        return { kind, revision: await named(revision) }
      },
      find: async (id, options) => named(await source.find(original({ id }).id, options)),
      async open(revision, options) {
        const snapshot = await source.open(original(revision), options)
        return { ...snapshot, revision: await named(snapshot.revision) }
      },
    }
  })
}
