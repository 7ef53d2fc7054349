import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { idOf, sha1 } from '../src/pack/object-format.ts'
import { entry, noise, packWith } from './pack-builder.ts'
import { answering, calm, errorOf, listed, newSource, openNewest, textAt } from './scene.ts'

const line = (text: string): string => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text
const binaryLine = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])

/** What our server says. Whatever is left out is honest. */
interface Lies {
  readonly capabilities?: string
  readonly refs?: string
  /** The answer to a question for objects. */
  readonly fetch?: (wants: readonly string[]) => Buffer | string
}

const blob = Buffer.from('good')
const blobId = idOf(sha1, 'blob', blob)
const tree = (name: string | Buffer, id = blobId, mode = '100644'): Buffer =>
  Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(id, 'hex')])
const commitOf = (root: Buffer): Buffer =>
  Buffer.from(
    `tree ${idOf(sha1, 'tree', root)}\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000000 +0000\n\nx\n`,
  )

const goodTree = tree('a.yaml')
const goodCommit = commitOf(goodTree)
const tip = idOf(sha1, 'commit', goodCommit)

function packAnswer(pack: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from(line('packfile\n'))]
  for (let at = 0; at < pack.length; at += 60_000) {
    parts.push(binaryLine(Buffer.concat([Buffer.from([1]), pack.subarray(at, at + 60_000)])))
  }
  return Buffer.concat([...parts, Buffer.from('0000')])
}

const skeleton = packWith([entry('commit', goodCommit), entry('tree', goodTree)])

/** A server of protocol version 2 that leaves files out, and lies as it is told. Gives its address. */
function lying({ capabilities, refs, fetch }: Lies): Promise<string> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('latin1')
    const kind = request.method === 'GET' ? 'advertisement' : 'result'
    response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${kind}` })
    if (request.method === 'GET') {
      const said =
        capabilities ?? `${line('version 2\n')}${line('ls-refs\n')}${line('fetch=shallow filter\n')}0000`
      response.end(`${line('# service=git-upload-pack\n')}0000${said}`)
    } else if (body.includes('command=ls-refs')) {
      response.end(refs ?? `${line(`${tip} refs/heads/main\n`)}0000`)
    } else {
      const wants = [...body.matchAll(/want ([0-9a-f]+)/g)].map((match) => match[1] ?? '')
      response.end(
        fetch?.(wants) ?? packAnswer(wants.includes(tip) ? skeleton : packWith([entry('blob', blob)])),
      )
    }
  }
  return answering((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
}

const resolveError = async (lies: Lies) =>
  errorOf(newSource({ url: await lying(lies) }).resolve({ signal: calm }))

test('our server is believed as long as it does not lie', async () => {
  const snapshot = await openNewest(newSource({ url: await lying({}) }))
  expect(snapshot.revision.id).toBe(tip)
  expect(await textAt(snapshot, 'a.yaml')).toBe('good')
})

describe('a list of refs', () => {
  test.for<[string, string, string]>([
    ['without an end', 'REPOSITORY_CORRUPT', line(`${tip} refs/heads/main\n`)],
    ['with ids that are none', 'GIT_PROTOCOL_ERROR', `${line('xyz refs/heads/main\n')}0000`],
    [
      'with ids of another format',
      'GIT_PROTOCOL_ERROR',
      `${line(`${'1'.repeat(64)} refs/heads/main\n`)}0000`,
    ],
    ['without names', 'GIT_PROTOCOL_ERROR', `${line(tip)}0000`],
    ['in sections', 'GIT_PROTOCOL_ERROR', `${line(`${tip} refs/heads/main\n`)}0001`],
    ['with more behind its end', 'GIT_PROTOCOL_ERROR', `0000${line(`${tip} refs/heads/main\n`)}`],
    ['that peels to nothing', 'GIT_PROTOCOL_ERROR', `${line(`${tip} refs/heads/main peeled:..\n`)}0000`],
    ['that is refused', 'GIT_PROTOCOL_ERROR', line('ERR go away\n')],
    ['of other refs', 'EMPTY_REPOSITORY', `${line(`${tip} refs/heads/../../main\n`)}0000`],
    ['of no refs', 'EMPTY_REPOSITORY', '0000'],
  ])('%s is %s', async ([, code, refs]) => {
    expect((await resolveError({ refs })).code).toBe(code)
  })

  test('that names what nobody wants to see in a message shows none of it', async () => {
    const names = [
      'refs/heads/\u{1b}[2J',
      'refs/heads/../../etc/passwd',
      `refs/heads/${'x'.repeat(10_000)}`,
      'refs/heads/mainly',
    ]
    const error = await resolveError({
      refs: `${names.map((name) => line(`${tip} ${name}\n`)).join('')}0000`,
    })
    expect(error.code).toBe('REF_NOT_FOUND')
    expect(error.hint).toContain('mainly')
    expect(error.hint).not.toMatch(/passwd|\p{Cc}|xxxx/u)
  })
})

describe('an answer with objects', () => {
  const progress = `${line('packfile\n')}${line(`\u{2}${'.'.repeat(60_000)}`).repeat(200)}`

  test.for<[string, string, () => Buffer | string]>([
    ['of an unknown section', 'GIT_PROTOCOL_ERROR', () => `${line('surprise\n')}0000`],
    [
      'of packs elsewhere',
      'GIT_PROTOCOL_ERROR',
      () => `${line('packfile-uris\n')}${line('x https://evil\n')}0001`,
    ],
    [
      'of nonsense about history',
      'GIT_PROTOCOL_ERROR',
      () => `${line('shallow-info\n')}${line('maybe\n')}0001`,
    ],
    ['that ends before the pack', 'REPOSITORY_CORRUPT', () => '0000'],
    [
      'of a pack in sections',
      'GIT_PROTOCOL_ERROR',
      () => `${line('packfile\n')}0001${line('packfile\n')}0000`,
    ],
    ['of last words', 'GIT_PROTOCOL_ERROR', () => `${line('packfile\n')}${line('\u{3}died')}0000`],
    ['of endless progress', 'RESPONSE_TOO_LARGE', () => progress],
    ['of endless zeros', 'RESPONSE_TOO_LARGE', () => packAnswer(packWith([entry('blob', noise(3_000_000))]))],
    ['without the folder', 'REPOSITORY_CORRUPT', () => packAnswer(packWith([entry('commit', goodCommit)]))],
    [
      'with a commit that names a file as its folder',
      'REPOSITORY_CORRUPT',
      () => packAnswer(packWith([entry('commit', goodCommit), entry('blob', goodTree)])),
    ],
  ])('%s is %s', async ([, code, fetch]) => {
    const url = await lying({ fetch })
    const source = newSource({ url, limits: { maxResponseBytes: 1_000_000 } })
    expect((await errorOf(source.resolve({ signal: calm }))).code).toBe(code)
  })

  test.for<[string, Buffer]>([
    ['is missing', packWith([])],
    ['is another one', packWith([entry('blob', 'evil')])],
    ['comes as a folder', packWith([entry('tree', blob)])],
  ])('of which the file that was wanted %s is REPOSITORY_CORRUPT', async ([, pack]) => {
    const url = await lying({ fetch: (wants) => packAnswer(wants.includes(tip) ? skeleton : pack) })
    const snapshot = await openNewest(newSource({ url }))
    expect((await errorOf(textAt(snapshot, 'a.yaml'))).code).toBe('REPOSITORY_CORRUPT')
  })

  test.for(['..', '.git', '.GIT', 'git~1', 'a\\b', 'a/b', 'a\u{1b}[2J', '.g\u{200c}it', ''])(
    'with the name %j in a folder is UNSAFE_PATH, and the good folder beside it stays readable',
    async (name) => {
      const bad = tree(name)
      const root = Buffer.concat([
        tree('bad', idOf(sha1, 'tree', bad), '40000'),
        tree('good', idOf(sha1, 'tree', goodTree), '40000'),
      ])
      const commit = commitOf(root)
      const id = idOf(sha1, 'commit', commit)
      const parts = [
        entry('commit', commit),
        entry('tree', root),
        entry('tree', bad),
        entry('tree', goodTree),
      ]
      const url = await lying({
        refs: `${line(`${id} refs/heads/main\n`)}0000`,
        fetch: (wants) => packAnswer(wants.includes(id) ? packWith(parts) : packWith([entry('blob', blob)])),
      })
      const snapshot = await openNewest(newSource({ url }))
      expect((await errorOf(listed(snapshot, 'bad'))).code).toBe('UNSAFE_PATH')
      expect(await textAt(snapshot, 'good/a.yaml')).toBe('good')
    },
  )

  test('of a commit with a second folder takes nothing from behind it', async () => {
    const text = goodCommit
      .toString()
      .replace('\nauthor', `\ntree ${'1'.repeat(40)}\nparent ${'2'.repeat(40)}\nauthor`)
    const commit = Buffer.from(text)
    const id = idOf(sha1, 'commit', commit)
    const url = await lying({
      refs: `${line(`${id} refs/heads/main\n`)}0000`,
      fetch: (wants) =>
        packAnswer(
          packWith(
            wants.includes(id) ? [entry('commit', commit), entry('tree', goodTree)] : [entry('blob', blob)],
          ),
        ),
    })
    const { revision } = await newSource({ url }).resolve({ signal: calm })
    expect(revision.author).toBeUndefined()
  })
})
