// The story of Mooring and a cluster in a minute: a shop in Git, a Kubernetes control plane, and what happens between
// them. API server, etcd, controllers and scheduler are real; kwok plays the nodes, so no container runs, and what becomes
// of a pod its image tag says.
import { kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, memoryStore, type SyncPolicy, summary } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { happening } from '../demo/happening.ts'
import { historyTable } from '../demo/history-table.ts'
import { stage } from '../demo/stage.ts'
import { kubectl } from './kubectl.ts'
import { openSetting } from './setting.ts'
import { service, shop } from './shop.ts'

const theStage = stage(process.stdout)
const { say, scene, show, quote, during, colour } = theStage
const since = (begun: number): string => {
  const ms = performance.now() - begun
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

scene('Mooring keeps a cluster equal to what Git says')
const opened = performance.now()
const setting = await openSetting(theStage)
const { controlPlane, repositoryUrl, commit } = setting
const { scale, deleteService, replicasOf, getDeployments, versions } = kubectl(controlPlane, colour)
await commit('Ada', 'First version of the shop', shop)
say(`A Kubernetes control plane with two nodes, ready after ${since(opened)}: ${controlPlane.url}`)
say(`A repository with a shop of five services, served by git over HTTP: ${repositoryUrl}`)

const source = gitSource({ url: repositoryUrl, pollMs: 200, cacheDirectory: setting.downloads })
const cluster = kubernetesCluster({ kubeconfig: controlPlane.kubeconfigFile, name: 'demo' })
const target = cluster.target({ namespace: 'shop' })
const application = (sync: Partial<SyncPolicy>) =>
  defineApplication({
    name: 'shop',
    source,
    path: 'apps/shop',
    renderer: manifests(),
    target,
    sync: { prune: true, intervalMs: 60_000, ...sync },
  })
const engine = createEngine({ store: memoryStore(), installation: 'demo' })
engine.add(application({ automated: false }))
await engine.start()
/** The end of the move to a commit. */
const synced = (id: string) =>
  happening(
    engine,
    'operation.finished',
    ({ operation, outcome }) => operation.revision.id === id && outcome === 'synced',
  )

scene('1  A plan before anything happens')
say('The cluster is empty. Ada asks what would be done, and in which order:')
await happening(engine, 'source.resolved')
const first = await engine.plan('shop')
show(summary(first, { colour }))
say('She applies exactly this plan, and it is done when every Deployment is available.')
let changes = 0
engine.on('change.applied', () => void changes++)
const began = performance.now()
const rollingOut = (): string =>
  `${changes} of ${first.changes.length} changes applied, waiting for the rollouts`
const applied = await during(engine.apply(first, { actor: 'Ada', reason: 'first rollout' }), rollingOut)
say(`${applied.outcome} after ${since(began)}: ${applied.counts.created} objects created.`)
show(await getDeployments())

scene('2  A commit, field by field')
const more = service('checkout', { image: 'checkout:1.1', replicas: 4 })
const sale = await commit('Grace', 'Get checkout ready for the sale', { 'apps/shop/checkout.yaml': more })
await happening(engine, 'source.resolved', ({ revision }) => revision.id === sale)
say('Grace wants more of the checkout. The API server itself has answered what would change, by a dry run:')
const second = await engine.plan('shop')
show(summary(second, { colour, diffs: await engine.diff(second) }))
await during(engine.apply(second, { actor: 'Ada', reason: 'looks good' }), () => 'Rolling out checkout:1.1')
say('Ada applies it. From now on she lets Mooring do it by itself.')
engine.replace(application({ automated: true }))
await happening(engine, 'pass.finished')

scene('3  Somebody scales by hand')
const drift = happening(engine, 'plan.made')
const scaled = happening(engine, 'change.applied', ({ change }) => change.reason === 'drift')
await scale('cart', 9)
const edited = performance.now()
say(`At three in the morning: ${quote('kubectl scale deployment/cart --replicas=9')}`)
await during(scaled, () => 'Healing')
const healed = since(edited)
show(summary((await drift).plan, { colour }))
say(`Mooring saw that another field manager took spec.replicas, and took it back: healed after ${healed}.`)
say(`There are ${await replicasOf('cart')} replicas again.`)

scene('4  Somebody deletes a Service')
const back = happening(engine, 'change.applied', ({ change }) => change.action === 'create')
await deleteService('frontend')
const deleted = performance.now()
say(`In the wrong window: ${quote('kubectl delete service frontend')}`)
const { change } = await during(back, () => 'Bringing it back')
say(`${change.label} is back after ${since(deleted)}.`)

scene('5  A manifest that is broken')
const before = await versions()
const failed = happening(engine, 'pass.finished', ({ error }) => error !== undefined)
await commit('Linus', 'Log more', {
  'apps/shop/settings.yaml': `${shop['apps/shop/settings.yaml']}\tlog-format: json\n`,
  'apps/shop/cart.yaml': service('cart', { image: 'cart:1.1' }),
})
const { error } = await during(failed, () => 'Reading the commit')
say('Linus has a new cart, and a tab in a YAML file. Mooring names the place:')
show(`${error?.code}  ${error?.message}\n→ ${error?.hint}`)
const isAsBefore = (await versions()) === before
say(isAsBefore ? 'Nothing of that commit was applied, the new cart neither.' : 'Something was applied!')
const mended = await commit('Linus', 'Log more, without the tab', {
  'apps/shop/settings.yaml': `${shop['apps/shop/settings.yaml']}  log-format: json\n`,
})
await during(synced(mended), () => 'Rolling out cart:1.1')
say('He mends it, and both are live.')

scene('6  An image that nobody has pushed')
engine.replace(application({ deadlineMs: 12_000 }))
const gaveUp = happening(engine, 'operation.finished', ({ outcome }) => outcome !== 'synced')
await commit('Linus', 'Release 1.2', {
  'apps/shop/catalogue.yaml': service('catalogue', { image: 'catalogue:missing' }),
  'apps/shop/frontend.yaml': service('frontend', { image: 'frontend:1.2', replicas: 3, after: 'catalogue' }),
})
const { outcome, reasons } = await during(gaveUp, () => 'Rolling out the catalogue')
say(
  'The frontend depends on the catalogue, and the new catalogue does not come up. At its deadline, here 12 seconds,',
)
say(`the operation ends ${quote(outcome)}, with what the container itself says:`)
show(reasons.join('\n'))
say('The gate stayed shut: the frontend was not touched, and the old pods of the catalogue go on serving.')
show(await getDeployments())
const pushed = await commit('Linus', 'Release 1.2, with the right tag', {
  'apps/shop/catalogue.yaml': service('catalogue', { image: 'catalogue:1.2' }),
})
await during(synced(pushed), () => 'Rolling out the catalogue, then the frontend')
say('Linus corrects the tag: first the catalogue comes up, then the frontend.')

scene('7  A service is given up')
const pruning = happening(engine, 'plan.made')
const gone = await commit('Grace', 'Nobody wanted wish lists', { 'apps/shop/wishlist.yaml': null })
const pruned = synced(gone)
show(summary((await during(pruning, () => 'Planning')).plan, { colour }))
await during(pruned, () => 'Pruning')
say('Exactly what the file had brought is deleted, and nothing else:')
show(await getDeployments())

scene('8  Who did what, and why')
show(historyTable(await engine.history('shop'), colour))

await engine.stop()
await setting[Symbol.asyncDispose]()
say(
  'That is all. The code of this demo is in examples/demo-kubernetes, and its main.ts reads like the story.',
)
