import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import {
  type Application,
  type Clock,
  createEngine,
  defineApplication,
  type Hold,
  memoryStore,
  systemClock,
} from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'

type FileApplication = Application<Parameters<ReturnType<typeof directory>['prepare']>[0][number]['manifest']>

/** An engine on a directory whose applications look again after an hour: only an event brings a pass in between. */
async function scene(content: Readonly<Record<string, string>>, clock: Clock = systemClock) {
  const root = await mkdtemp(join(tmpdir(), 'mooring-holds-'))
  const source = memorySource({ pollMs: 20, files: content })
  const engine = createEngine({ store: memoryStore(), installation: 'test', clock })
  onTestFinished(async () => {
    await engine.stop()
    await rm(root, { recursive: true, force: true })
  })
  const define = (over: Partial<FileApplication> = {}) =>
    defineApplication({
      name: 'shop',
      source,
      path: 'app',
      renderer: files(),
      target: directory(root),
      ...over,
      sync: { prune: true, intervalMs: 3_600_000, ...over.sync },
    })
  const there = async (): Promise<readonly string[]> =>
    (await readdir(root)).filter((name) => !name.startsWith('.')).toSorted()
  const isThere = (...names: readonly string[]) =>
    expect.poll(there, { timeout: 10_000, interval: 10 }).toEqual(names)
  /** The hold as status shows it, once it does. */
  const held = async (code: string, name = 'shop'): Promise<Hold> => {
    const find = async () => (await engine.status(name)).holds.find((hold) => hold.code === code)
    await expect.poll(find, { timeout: 10_000, interval: 10 }).toBeDefined()
    return (await find()) as Hold
  }
  const released = async (): Promise<void> => {
    const find = async () => {
      const { sync, holds } = await engine.status('shop')
      return { sync, holds }
    }
    await expect.poll(find, { timeout: 10_000, interval: 10 }).toEqual({ sync: 'synced', holds: [] })
  }
  return { root, source, engine, define, isThere, held, released }
}

const fileList = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`app/f${at}`, 'x']))

describe('a hold says who can release it, and that event does', () => {
  test('the prune budget: approval', async () => {
    const { engine, source, define, isThere, held, released } = await scene(fileList(8))
    engine.add(define())
    await engine.start()
    await isThere('f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7')
    source.commit(
      Object.fromEntries(
        Object.keys(fileList(8))
          .slice(2)
          .map((path) => [path, null]),
      ),
    )
    const { release } = await held('PRUNE_BUDGET')
    const { id } = await engine.plan('shop')
    expect(release).toContain(`engine.approve('${id}')`)
    await engine.approve(id, { actor: 'grace' })
    await isThere('f0', 'f1')
    await released()
  })

  test('an approval: whoever approves', async () => {
    const { engine, define, isThere, held, released } = await scene(fileList(1))
    engine.add(define({ sync: { approval: 'always' } }))
    await engine.start()
    const { release } = await held('APPROVAL_NEEDED')
    const { id } = await engine.plan('shop')
    expect(release).toContain(`engine.approve('${id}')`)
    await engine.approve(id, { actor: 'grace' })
    await isThere('f0')
    await released()
  })

  test('a window: its opening', async () => {
    // The wall clock of this test shows a second and a half before a full hour.
    const hour = 3_600_000
    const offset = Math.ceil(Date.now() / hour) * hour - 1_500 - Date.now()
    const clock = { ...systemClock, now: () => Date.now() + offset }
    const { engine, define, isThere, held, released } = await scene(fileList(1), clock)
    const window = { kind: 'allow', timeZone: 'UTC', durationMs: hour / 2 } as const
    const opening = new Date(clock.now() + 1_500).getUTCHours()
    engine.add(define({ sync: { windows: [{ ...window, schedule: `0 ${opening} * * *` }] } }))
    await engine.start()
    const { release, until } = await held('WINDOW_CLOSED')
    expect(release).toContain(new Date(until ?? 0).toISOString())
    await isThere('f0')
    expect(clock.now() - (until ?? 0)).toBeGreaterThanOrEqual(0)
    await released()
  })

  test('a scope: another definition', async () => {
    const { engine, define, isThere, held, released } = await scene(fileList(1))
    engine.add(define({ scope: { namespaces: ['conf'] } }))
    await engine.start()
    expect((await held('OUT_OF_SCOPE')).release).toContain('engine.replace')
    engine.replace(define({ scope: { namespaces: ['.'] } }))
    await isThere('f0')
    await released()
  })

  test('ownership: another definition', async () => {
    const { root, engine, define, held, released } = await scene(fileList(1))
    await writeFile(join(root, 'f0'), 'theirs')
    engine.add(define())
    await engine.start()
    expect((await held('NOT_OWNED')).release).toContain('sync.ownership')
    engine.replace(define({ sync: { ownership: 'adopt-unowned' } }))
    await released()
    expect((await engine.status('shop')).resources).toBe(1)
  })

  test('ownership: the other owner letting go', async () => {
    const { root, engine, define, isThere, held, released } = await scene(fileList(1))
    await writeFile(join(root, 'f0'), 'theirs')
    engine.add(define())
    await engine.start()
    expect((await held('NOT_OWNED')).release).toContain('delete or rename it')
    await rm(join(root, 'f0'))
    await released()
    await isThere('f0')
  })

  test('a dependency: the other application', async () => {
    const { engine, define, isThere, held, released } = await scene({ 'db/data': 'x', 'app/web': 'x' })
    engine.add(define({ name: 'db', path: 'db', sync: { approval: 'always' } }))
    engine.add(define({ dependsOn: ['db'] }))
    await engine.start()
    await held('APPROVAL_NEEDED', 'db')
    const { guard } = await held('DEPENDENCY_NOT_MET')
    expect(guard).toBe('dependency')
    await engine.approve((await engine.plan('db')).id, { actor: 'grace' })
    await isThere('data', 'web')
    await released()
  })

  test('a revision that is not verified: its signature coming to be trusted', async () => {
    const { engine, source, define, isThere, held, released } = await scene(fileList(1))
    engine.add(define({ sync: { verified: 'required' } }))
    await engine.start()
    expect((await held('UNVERIFIED_REVISION')).release).toContain('trusted')
    const { revision } = await source.resolve({ signal: new AbortController().signal })
    source.verify(revision.id, { outcome: 'verified', signer: 'ada' })
    await isThere('f0')
    await released()
    expect((await engine.status('shop')).desired?.verification?.signer).toBe('ada')
  })
})
