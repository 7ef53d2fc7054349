// A directory kept equal to a folder of a Git repository: a plan that shows each line, a sync, and a commit that is
// followed by itself. Needs no git executable and no network.
import fs from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import { createEngine, defineApplication, memoryStore, summary } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import git from 'isomorphic-git'

const folder = await mkdtemp(join(tmpdir(), 'mooring-example-'))
const dir = join(folder, 'repository')
const live = join(folder, 'live')

/** Writes a file of the repository and commits it. */
async function commit(filepath: string, content: string, message: string): Promise<void> {
  await mkdir(dirname(join(dir, filepath)), { recursive: true })
  await writeFile(join(dir, filepath), content)
  await git.add({ fs, dir, filepath })
  await git.commit({ fs, dir, message, author: { name: 'Ada', email: 'ada@example.com' } })
}
await git.init({ fs, dir, defaultBranch: 'main' })
await commit('site/limits.json', '{\n  "requestsPerSecond": 200\n}\n', 'First limits')

const engine = createEngine({ store: memoryStore(), installation: 'example' })
engine.add(
  defineApplication({
    name: 'site',
    source: gitSource({ url: dir, ref: { branch: 'main' }, pollMs: 100 }),
    path: 'site',
    renderer: files(),
    target: directory(live),
  }),
)

// Before it is started an engine plans and does nothing.
const plan = await engine.plan('site')
console.log(summary(plan, { diffs: await engine.diff(plan), colour: process.stdout.isTTY }))

await engine.start()
// The start may have brought it about already: what counts is where it ended.
const { outcome, revision } = await engine.sync('site', { actor: 'Ada' })
console.log(`\n${outcome} at ${revision?.label}\n`)

// From here on a commit is enough.
const followed = new Promise((resolve) => engine.on('operation.finished', resolve))
engine.on('plan.made', (made) => console.log(summary(made.plan)))
await commit('site/limits.json', '{\n  "requestsPerSecond": 800\n}\n', 'More for the launch')
await followed
console.log(`\nlive now: ${await readFile(join(live, 'limits.json'), 'utf8')}`)

await engine.stop()
await rm(folder, { recursive: true })
