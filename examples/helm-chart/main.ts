// A chart from the application's repository with values from the environment's: rendered, and kept in line object by object.
//
//     main.ts APPLICATION ENVIRONMENT NAMESPACE [--once]
//
// The first repository has the chart in chart/, the second the values in values.yaml. A commit to either is followed. Helm
// has to be on the PATH; the cluster is the one kubectl would take. It goes on until Ctrl-C; with --once it ends when the
// cluster is as the repositories say: exit code 1 if that does not succeed.
import { parseArgs } from 'node:util'
import { helmTemplate } from '@mooring/adapter-helm'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, memoryStore, mount, summary } from '@mooring/core'
import { gitSource } from '@mooring/source-git'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { once: { type: 'boolean', default: false } },
})
const [application, environment, namespace] = positionals
if (application === undefined || environment === undefined || namespace === undefined)
  throw new Error('Expected APPLICATION ENVIRONMENT NAMESPACE')

const engine = createEngine({ store: memoryStore(), installation: 'helm-chart' })
engine.add(
  defineApplication({
    name: namespace,
    source: mount({
      '/': gitSource({ url: application, pollMs: 10_000 }),
      '/environment': gitSource({ url: environment, pollMs: 10_000 }),
    }),
    path: 'chart',
    renderer: helmTemplate({
      releaseName: namespace,
      namespace,
      values: [{ file: '/environment/values.yaml' }],
    }),
    target: kubernetesCluster().target({ namespace }),
    sync: { prune: true },
  }),
)
engine.on('plan.made', ({ plan }) => console.log(`${summary(plan, { colour: process.stdout.isTTY })}\n`))
engine.on('manifest.skipped', ({ skipped }) => console.log(`left out ${skipped.label}: ${skipped.reason}`))
engine.on('pass.finished', ({ error }) => error && console.error(`${error.code}: ${error.message}`))
await engine.start()

if (values.once) {
  const { outcome } = await engine.sync(namespace, { actor: 'helm-chart' })
  process.exitCode = outcome === 'synced' ? 0 : 1
} else {
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
}
await engine.stop()
