// The smallest complete agent for a cluster: it keeps a namespace equal to a folder of a Git repository.
//
//     main.ts REPOSITORY FOLDER NAMESPACE [--once]
//
// The cluster is the one kubectl would take: $KUBECONFIG, ~/.kube/config, or the one this runs in. It goes on until
// Ctrl-C or SIGTERM; with --once it brings about what Git says now, and ends: exit code 1 if that does not succeed.
import { parseArgs } from 'node:util'
import { kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, type ErrorSummary, memoryStore, summary } from '@mooring/core'
import { gitSource } from '@mooring/source-git'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { once: { type: 'boolean', default: false } },
})
const [url, path, namespace] = positionals
if (url === undefined || path === undefined || namespace === undefined)
  throw new Error('Expected REPOSITORY FOLDER NAMESPACE')

const complain = ({ code, message, hint = '' }: ErrorSummary) =>
  console.error(`${code}: ${message}\n  ${hint}`)

// The memory store forgets at a restart. The installation's name, which stands in every object's mark, does not.
const engine = createEngine({ store: memoryStore(), installation: 'git-to-kubernetes' })
engine.add(
  defineApplication({
    name: namespace,
    source: gitSource({ url, pollMs: 10_000 }),
    path,
    renderer: manifests(),
    target: kubernetesCluster().target({ namespace }),
    sync: { prune: true },
  }),
)
engine.on('plan.made', ({ plan }) => console.log(`${summary(plan, { colour: process.stdout.isTTY })}\n`))
engine.on('operation.finished', ({ operation, outcome, reasons }) =>
  console.log([`${outcome} at ${operation.revision.label}`, ...reasons].join('\n  ')),
)
engine.on('source.failed', ({ error }) => complain(error))
engine.on('pass.finished', ({ error }) => error && complain(error))
await engine.start()

if (values.once) {
  const { outcome } = await engine.sync(namespace, { actor: 'git-to-kubernetes' })
  process.exitCode = outcome === 'synced' ? 0 : 1
} else {
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
}
await engine.stop()
