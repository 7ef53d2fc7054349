import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { directory, files } from '@mooring/adapter-filesystem'
import { createEngine, defineApplication, memoryStore } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { testRepository } from '../../tools/git-repository/index.ts'
import { type Bench, row } from '../report.ts'

const everyMs = 5_000
const watchedMs = 60_000
const applications = 10
const filesEach = 50

/** A minute of rest: what it asks of the Git server and of the processor, and an edit at its end that must be healed. */
export const bench: Bench = async () => {
  await using repository = await testRepository()
  await repository.commit({ files: content() })
  await using server = await serveGit({ root: repository.root })
  const live = await mkdtemp(join(tmpdir(), 'mooring-steady-'))
  const engine = createEngine({ store: memoryStore(), installation: 'bench' })
  const source = gitSource({ url: `${server.url}/${repository.name}`, pollMs: everyMs })
  const polls = counted(source)
  for (let at = 0; at < applications; at++) {
    engine.add(
      defineApplication({
        name: `app-${at}`,
        source: polls.source,
        path: `apps/app-${at}`,
        renderer: files(),
        target: directory(join(live, `app-${at}`)),
        sync: { intervalMs: everyMs },
      }),
    )
  }
  await engine.start()
  await until(async () => (await statuses()).every((status) => status.sync === 'synced'))
  // What starting caused (hints of our own writes) is over by then.
  await sleep(2 * everyMs)

  const before = { requests: server.requests().length, polls: polls.count(), cpu: process.cpuUsage() }
  let passes = 0
  let rendered = 0
  engine.on('pass.finished', (event) => {
    passes++
    if (event.rendered) rendered++
  })
  await sleep(watchedMs)
  const cpu = process.cpuUsage(before.cpu)
  const requests = server.requests().length - before.requests
  const asked = polls.count() - before.polls
  const edited = join(live, 'app-0/file-0.txt')
  const expected = await readFile(edited, 'utf8')
  const editedAt = performance.now()
  await writeFile(edited, 'edited by hand')
  await until(async () => (await readFile(edited, 'utf8')) === expected)
  const healedMs = performance.now() - editedAt

  async function statuses() {
    return Promise.all(engine.applications().map((name) => engine.status(name)))
  }
  await engine.stop()
  await rm(live, { recursive: true, force: true })
  return {
    title: 'steady: a minute of rest',
    conditions: [
      `${applications} applications of ${filesEach} files from one repository, served by git itself; pollMs and intervalMs ${everyMs}`,
      `${asked} polls and ${passes} passes within ${watchedMs / 1_000} seconds; requests counted at the server`,
      `Node ${process.version}, ${availableParallelism()} cores`,
    ],
    rows: [
      row({
        metric: 'requests to Git per poll',
        unit: 'requests',
        value: requests / asked,
        target: 1,
        better: 'lower',
      }),
      row({ metric: 'polls in a minute', unit: 'polls', value: asked, target: watchedMs / everyMs - 1 }),
      row({ metric: 'renderings', unit: 'renderings', value: rendered, target: 0, better: 'lower' }),
      row({
        metric: 'processor time of engine and server',
        unit: 'ms',
        value: (cpu.user + cpu.system) / 1_000,
      }),
      row({
        metric: 'an edit at its end, until healed',
        unit: 'ms',
        value: healedMs,
        target: everyMs,
        better: 'lower',
      }),
    ],
  }
}

function counted(source: ReturnType<typeof gitSource>) {
  let polls = 0
  return {
    count: () => polls,
    source: {
      ...source,
      resolve: (options: Parameters<typeof source.resolve>[0]) => {
        polls++
        return source.resolve(options)
      },
    },
  }
}

const content = () =>
  Object.fromEntries(
    Array.from({ length: applications * filesEach }, (_, at) => [
      `apps/app-${at % applications}/file-${Math.floor(at / applications)}.txt`,
      `content ${at}\n`,
    ]),
  )

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5)
}
