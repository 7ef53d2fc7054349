// The story of Mooring in a minute: a Git repository, a directory, and what happens between them.
// Everything here is real. It runs in a temporary folder, needs no cluster, no network and no git executable.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import { createEngine, defineApplication, memoryStore, summary } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { happening } from './happening.ts'
import { historyTable } from './history-table.ts'
import { repository } from './repository.ts'
import { launchLimits, shop } from './shop.ts'
import { stage } from './stage.ts'

const folder = await mkdtemp(join(tmpdir(), 'mooring-demo-'))
const live = join(folder, 'live')
const { say, scene, show, quote, colour } = stage(process.stdout)

scene('Mooring keeps what runs equal to what Git says')
const git = await repository(join(folder, 'env'))
await git.commit('Ada', 'First version of the shop', shop)
say(`A repository with the ${Object.keys(shop).length} files of a small shop, in ${join(folder, 'env')}`)
say(`A directory to keep in line with it, still empty:      ${live}`)

const source = gitSource({ url: join(folder, 'env'), ref: { branch: 'main' }, pollMs: 200 })
const target = directory(live)
const application = (automated: boolean) =>
  defineApplication({
    name: 'shop',
    source,
    path: 'apps/shop',
    renderer: files(),
    target,
    sync: { automated, prune: true, intervalMs: 60_000 },
  })
const engine = createEngine({ store: memoryStore(), installation: 'demo' })
engine.add(application(false))
await engine.start()

scene('1  A plan you can hold in your hand')
say('Nothing is touched before somebody has seen what would happen. Ada asks for a plan:')
await happening(engine, 'source.resolved')
const first = await engine.plan('shop')
show(summary(first, { colour }))
say('Ada applies exactly this plan.')
const applied = await engine.apply(first, { actor: 'Ada', reason: 'first rollout' })
say(`${applied.outcome}: ${applied.counts.created} files are live.`)

scene('2  A commit arrives')
const limits = await git.commit('Grace', 'Raise the limits for the launch', launchLimits)
await happening(engine, 'source.resolved', (event) => event.revision.id === limits)
const second = await engine.plan('shop')
show(summary(second, { colour, diffs: await engine.diff(second) }))
await engine.apply(second, { actor: 'Ada', reason: 'looks good' })
say('Ada has seen the difference and applies it. From now on she lets Mooring do it by itself.')
engine.replace(application(true))
await happening(engine, 'pass.finished')

scene('3  Somebody edits a live file')
const limitsFile = join(live, 'config/limits.json')
const startedAt = performance.now()
const healed = happening(engine, 'change.applied', (event) => event.change.reason === 'drift')
await writeFile(limitsFile, '{ "requestsPerSecond": 999999 }\n')
say(`At three in the morning, by hand: ${quote('{ "requestsPerSecond": 999999 }')}`)
await healed
say(`Mooring saw it and put back what Git says, ${Math.round(performance.now() - startedAt)} ms later:`)
show((await readFile(limitsFile, 'utf8')).trimEnd())

scene('4  A commit that would delete nearly everything')
const held = happening(engine, 'change.held')
const mistake = await git.removeAllBut('Linus', 'Clean up old files', ['README.md'])
const { hold } = await held
say(`Linus meant to delete a few old files and took ${hold.keys.length}. Mooring holds them:`)
show(`${hold.code}  ${hold.message}\n→ ${hold.release}`)
say(`Still live: ${(await engine.status('shop')).resources} files.`)

scene('5  A revert rolls back')
const back = happening(engine, 'operation.finished', (event) => event.outcome === 'synced')
await git.revert('Linus', mistake)
await back
say('Linus reverts his commit, and the hold is gone. Nothing was lost.')
const rolledBack = happening(engine, 'operation.finished', (event) => event.outcome === 'synced')
await git.revert('Grace', limits)
await rolledBack
say('The launch is over: Grace reverts hers, and the limits are what they were:')
show((await readFile(limitsFile, 'utf8')).trimEnd())

scene('6  Who did what, and why')
show(historyTable(await engine.history('shop'), colour))

await engine.stop()
await rm(folder, { recursive: true, force: true })
say('That is all. The code of this demo is in examples/demo, and its main.ts reads like the story.')
