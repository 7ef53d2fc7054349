import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { deflateRawSync, deflateSync } from 'node:zlib'
import { isMooringError } from '@mooring/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type TestRepository, testRepository } from '../../../tools/git-repository/index.ts'
import { idOf, sha1, sha256 } from '../src/pack/object-format.ts'
import {
  back,
  blobId,
  copy,
  delta,
  entry,
  insert,
  noise,
  packWith,
  readBack,
  sealed,
} from './pack-builder.ts'
import { errorOf, newRepository } from './scene.ts'

const text = (read: { readonly objects: ReadonlyMap<string, { readonly content: Buffer }> }, id: string) =>
  read.objects.get(id)?.content.toString()

describe('a pack that Git made', () => {
  /** What a real history leaves behind: similar files, large ones, merges, tags, names of all kinds. */
  async function history(repository: TestRepository): Promise<void> {
    let lines = Array.from({ length: 400 }, (_, at) => `line ${at} ${noise(20)}`)
    for (let commit = 0; commit < 30; commit++) {
      lines = lines.map((line, at) => (at % 30 === commit ? `changed ${commit} ${noise(20)}` : line))
      await repository.commit({
        files: {
          'apps/shop/values.yaml': lines.join('\n'),
          [`apps/ünï ${commit}/☃.yaml`]: `only in ${commit}`,
          ...(commit % 10 === 0 ? { 'large.bin': noise(600_000), empty: '' } : {}),
        },
      })
    }
    const side = await repository.commit({ branch: 'side', parent: null, files: { side: 'side' } })
    await repository.tag('v1', side, 'One')
  }

  const idsIn = async (repository: TestRepository): Promise<readonly string[]> =>
    (await repository.git(['cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)']))
      .split('\n')
      .sort()

  test.for<[string, readonly string[], 'sha1' | 'sha256']>([
    ['with changes by place', ['--delta-base-offset'], 'sha1'],
    ['with changes by id', [], 'sha1'],
    ['with changes stacked deep', ['--delta-base-offset', '--depth=95', '--window=50'], 'sha1'],
    ['with SHA-256', ['--delta-base-offset'], 'sha256'],
  ])('%s has exactly its objects, however it arrives', { timeout: 60_000 }, async ([, options, format]) => {
    await using repository = await testRepository('env.git', format)
    await history(repository)
    const base = join(repository.root, 'made')
    const args = ['pack-objects', '--quiet', '--all', '--no-reuse-delta', ...options, base]
    const pack = await readFile(`${base}-${await repository.git(args, '')}.pack`)
    for (const pieces of [2000, 65_000, pack.length]) {
      const { objects, summary } = await readBack(pack, {
        pieces,
        format: format === 'sha256' ? sha256 : sha1,
      })
      const found = [...objects].map(([id, { type }]) => `${id} ${type}`).sort()
      expect(found).toEqual(await idsIn(repository))
      expect(summary).toEqual({ objects: found.length, leftOut: 0 })
    }
  })

  test('of no objects is read', async () => {
    expect((await readBack(packWith([]))).summary.objects).toBe(0)
  })

  test('of fifty thousand files leaves the event loop free', { timeout: 60_000 }, async () => {
    const entries = Array.from({ length: 50_000 }, (_, at) => entry('blob', `file ${at}\n`.repeat(80)))
    const pack = packWith(entries)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const { summary } = await readBack(pack, { limits: { maxObjects: 50_000 }, pieces: 65_000 })
    delay.disable()
    expect(summary.objects).toBe(50_000)
    // Half of the time it is held up for no longer than one turn. A busy machine adds pauses that are not ours.
    expect(delay.percentile(50) / 1e6).toBeLessThan(50)
  })
})

describe('changes in a pack', () => {
  const base = 'the quick brown fox'
  const whole = entry('blob', base)
  const slow = delta(19, 18, copy(0, 4), insert('slow'), copy(9, 10))

  test('are applied to an entry before', async () => {
    const pack = packWith([whole, entry(6, slow, { base: back(whole.length) })])
    expect(text(await readBack(pack), blobId('the slow brown fox'))).toBe('the slow brown fox')
  })

  test('are applied to an object by its id, also when it comes later', async () => {
    const change = entry(7, slow, { base: Buffer.from(blobId(base), 'hex') })
    const onTop = entry(6, delta(18, 3, copy(0, 3)), { base: back(change.length) })
    for (const entries of [
      [whole, change],
      [change, whole],
      [change, onTop, whole],
    ]) {
      expect(text(await readBack(packWith(entries)), blobId('the slow brown fox'))).toBe('the slow brown fox')
    }
    expect(text(await readBack(packWith([change, onTop, whole])), blobId('the'))).toBe('the')
  })

  test.for<[string, Buffer]>([
    ['that reach behind their base', delta(19, 20, copy(0, 20))],
    ['that begin behind their base', delta(19, 1, copy(1_000_000, 1))],
    ['that make more than they announce', delta(19, 3, copy(0, 4))],
    ['that make less than they announce', delta(19, 5, copy(0, 4))],
    ['to something of another size', delta(18, 4, copy(0, 4))],
    ['with a reserved instruction', delta(19, 4, Buffer.from([0]), copy(0, 4))],
    ['that insert more than there is', delta(19, 5, Buffer.from([5, 65]))],
    ['that end in an instruction', delta(19, 4, Buffer.from([0xff, 0]))],
    ['that end in a size', Buffer.from([0x80])],
    ['that are none', Buffer.alloc(0)],
    ['of endless sizes', Buffer.alloc(50, 0xff)],
  ])('%s are REPOSITORY_CORRUPT', async ([, change]) => {
    const pack = packWith([whole, entry(6, change, { base: back(whole.length) })])
    expect((await errorOf(readBack(pack))).code).toBe('REPOSITORY_CORRUPT')
  })

  test.for<[string, readonly Buffer[]]>([
    ['to itself', [entry(7, slow, { base: Buffer.from(blobId('the slow brown fox'), 'hex') })]],
    [
      'in a circle',
      [
        entry(7, delta(1, 1, insert('a')), { base: Buffer.from(blobId('b'), 'hex') }),
        entry(7, delta(1, 1, insert('b')), { base: Buffer.from(blobId('a'), 'hex') }),
      ],
    ],
    ['to what is not in the pack', [whole, entry(7, slow, { base: Buffer.alloc(20, 1) })]],
    ['to where nothing begins', [whole, entry(6, slow, { base: back(whole.length - 1) })]],
    ['to before the beginning', [whole, entry(6, slow, { base: back(5000) })]],
    ['to their own place', [whole, entry(6, slow, { base: back(0) })]],
  ])('%s are REPOSITORY_CORRUPT', async ([, entries]) => {
    expect((await errorOf(readBack(packWith(entries)))).code).toBe('REPOSITORY_CORRUPT')
  })
})

describe('a pack that lies', () => {
  const good = packWith([entry('blob', 'one'), entry('tree', ''), entry('blob', 'x'.repeat(5000))])

  test('in any byte is REPOSITORY_CORRUPT', async () => {
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good)
      bad[at] = (bad[at] ?? 0) ^ 0x41
      expect([at, (await errorOf(readBack(bad))).code]).toEqual([at, expect.stringMatching(refusals)])
    }
  })

  test('by ending early, anywhere, is REPOSITORY_CORRUPT', async () => {
    for (let end = 0; end < good.length; end++) {
      expect((await errorOf(readBack(good.subarray(0, end), { pieces: 7 }))).code).toBe('REPOSITORY_CORRUPT')
    }
  })

  test.for<[string, Buffer]>([
    ['with more behind its end', Buffer.concat([good, Buffer.from('more')])],
    [
      'of a version nobody knows',
      sealed(Buffer.concat([good.subarray(0, 7), Buffer.from([9]), good.subarray(8, -20)])),
    ],
    ['of another checksum', Buffer.concat([good.subarray(0, -20), Buffer.alloc(20)])],
    ['with an object of type 0', packWith([entry(0, 'x')])],
    ['with an object of type 5', packWith([entry(5, 'x')])],
    ['by announcing more', packWith([entry('blob', 'x')], 2)],
    ['by announcing less', packWith([entry('blob', 'x'), entry('blob', 'y')], 1)],
    ['with a size that is too small', packWith([entry('blob', 'xyz', { size: 2 })])],
    ['with a size that is too large', packWith([entry('blob', 'xyz', { size: 4 })])],
    ['with a large size that is too small', packWith([entry('blob', noise(700_000), { size: 600_000 })])],
    ['with a large size that is too large', packWith([entry('blob', noise(700_000), { size: 800_000 })])],
    ['with bytes that are not compressed', packWith([Buffer.from([0x33, 1, 2, 3])])],
    [
      'with bytes of another compression',
      packWith([Buffer.concat([Buffer.from([0x33]), deflateRawSync('xyz')])]),
    ],
    ['with an endless size', packWith([Buffer.alloc(40, 0xff)])],
  ])('%s is REPOSITORY_CORRUPT', async ([, pack]) => {
    for (const pieces of [1, 50, 100_000]) {
      if (pieces === 1 && pack.length > 10_000) continue
      expect((await errorOf(readBack(pack, { pieces }))).code).toBe('REPOSITORY_CORRUPT')
    }
  })
})

const refusals =
  /^(REPOSITORY_CORRUPT|TOO_MANY_OBJECTS|GIT_OBJECT_TOO_LARGE|INFLATED_TOO_LARGE|DELTA_TOO_DEEP)$/

describe('a pack that is a bomb', () => {
  const rssMb = () => process.memoryUsage.rss() / 1e6
  const zeros = deflateSync(Buffer.alloc(100_000_000))

  test('by inflating to more than it announces is refused before it grows', async () => {
    const before = rssMb()
    const bomb = packWith([Buffer.concat([Buffer.from([0x3a]), zeros])])
    expect((await errorOf(readBack(bomb))).code).toBe('REPOSITORY_CORRUPT')
    expect(rssMb() - before).toBeLessThan(60)
  })

  test('by inflating to what it announces has its large file noted, not kept', async () => {
    const before = rssMb()
    const head = entry('blob', '', { size: 100_000_000 }).subarray(0, 5)
    const bomb = packWith([Buffer.concat([head, zeros]), entry('blob', 'small')])
    const { objects, tooLarge } = await readBack(bomb, { limits: { maxInflatedBytes: 1e9 } })
    expect([...objects.keys()]).toEqual([blobId('small')])
    expect([...tooLarge]).toEqual([[idOf(sha1, 'blob', Buffer.alloc(100_000_000)), 100_000_000]])
    expect(rssMb() - before).toBeLessThan(160)
    expect((await errorOf(readBack(bomb))).code).toBe('INFLATED_TOO_LARGE')
  })

  test('of folders or commits over the limit is GIT_OBJECT_TOO_LARGE', async () => {
    for (const type of ['tree', 'commit', 'tag'] as const) {
      const pack = packWith([entry(type, Buffer.alloc(3_000_000))])
      expect((await errorOf(readBack(pack))).code).toBe('GIT_OBJECT_TOO_LARGE')
    }
  })

  test('of changes that double what they change is stopped at the limit of one object, and of all', async () => {
    const entries = [entry('blob', 'x'.repeat(1_000_000))]
    for (let length = 1_000_000; entries.length < 30; length *= 2) {
      const doubled = delta(length, length * 2, copy(0, 65_536))
      entries.push(entry(6, doubled, { base: back(entries.at(-1)?.length ?? 0) }))
    }
    expect(
      (
        await errorOf(
          readBack(packWith(entries), { limits: { maxObjectBytes: 1e9, maxInflatedBytes: 3_500_000 } }),
        )
      ).code,
    ).toBe('REPOSITORY_CORRUPT')
    const same = Array.from({ length: 60 }, (_, at) =>
      delta(
        1_000_000,
        1_000_000 + 1,
        ...Array.from({ length: 16 }, () => copy(0, 62_500)),
        insert(String(at % 10)),
      ),
    )
    const first = entry('blob', 'x'.repeat(1_000_000))
    let distance = first.length
    const flat = same.map((one) => {
      const made = entry(6, one, { base: back(distance) })
      distance += made.length
      return made
    })
    expect((await errorOf(readBack(packWith([first, ...flat])))).code).toBe('INFLATED_TOO_LARGE')
  })

  test('of changes upon changes is DELTA_TOO_DEEP', async () => {
    const entries = [entry('blob', 'x0')]
    for (let at = 1; at <= 101; at++) {
      const change = delta(String(at - 1).length + 1, String(at).length + 1, copy(0, 1), insert(String(at)))
      entries.push(entry(6, change, { base: back(entries.at(-1)?.length ?? 0) }))
    }
    expect((await errorOf(readBack(packWith(entries)))).code).toBe('DELTA_TOO_DEEP')
    expect((await readBack(packWith(entries.slice(0, 101)))).objects.size).toBe(101)
  })

  test('of more objects than allowed is TOO_MANY_OBJECTS before any is read', async () => {
    expect((await errorOf(readBack(packWith([], 0xffffffff)))).code).toBe('TOO_MANY_OBJECTS')
  })

  test('of changes that wait for what never comes is bounded', async () => {
    const waiting = Array.from({ length: 40 }, (_, at) =>
      entry(7, Buffer.concat([delta(1, 2_000_000), Buffer.alloc(1_900_000, at + 1)]), {
        base: Buffer.alloc(20, at),
      }),
    )
    const error = await errorOf(readBack(packWith(waiting), { limits: { maxInflatedBytes: 1e9 } }))
    expect(error.code).toBe('REPOSITORY_CORRUPT')
    expect(error.message).toContain('does not come')
  })

  test('of a change that makes something too large leaves that out', async () => {
    const base = entry('blob', 'x'.repeat(1_500_000))
    const large = delta(1_500_000, 3_000_000, ...Array.from({ length: 48 }, () => copy(0, 62_500)))
    const pack = packWith([base, entry(6, large, { base: back(base.length) })])
    expect((await readBack(pack)).summary).toEqual({ objects: 2, leftOut: 1 })
  })
})

describe('mutated packs', () => {
  test('end in a coded error or in objects that hash to their ids', { timeout: 60_000 }, async () => {
    const repository = await newRepository()
    const lines = Array.from({ length: 60 }, () => noise(20))
    for (let at = 0; at < 6; at++) {
      lines[at * 7] = 'changed'
      await repository.commit({ files: { a: lines.join('\n'), [`b/${at}`]: noise(40) } })
    }
    const base = join(repository.root, 'made')
    const args = ['pack-objects', '--quiet', '--all', '--delta-base-offset', base]
    const pack = await readFile(`${base}-${await repository.git(args, '')}.pack`)
    const mutation = fc.record({
      at: fc.nat(pack.length - 21),
      cut: fc.nat(3),
      put: fc.uint8Array({ maxLength: 4 }),
      seal: fc.boolean(),
      pieces: fc.integer({ min: 1, max: 5000 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        let bytes: Buffer = pack.subarray(0, -20)
        for (const { at, cut, put } of mutations) {
          bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)])
        }
        // Mutated at random, a pack fails its checksum at the latest: what comes before is of interest too.
        const made = mutations[0]?.seal === true ? sealed(bytes) : Buffer.concat([bytes, pack.subarray(-20)])
        try {
          const { objects } = await readBack(made, { pieces: mutations[0]?.pieces ?? 1 })
          for (const [id, { type, content }] of objects) expect(idOf(sha1, type, content)).toBe(id)
        } catch (thrown) {
          if (!isMooringError(thrown)) throw thrown
          expect(thrown.code).toMatch(refusals)
        }
      }),
      { numRuns: 1500 },
    )
  })
})
