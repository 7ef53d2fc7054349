// An agent that keeps Helm releases: each folder of the repository that has a chart is a release of the folder's name.
//
//     main.ts REPOSITORY NAMESPACE FOLDER… [--once]
//
// helm list shows what it keeps. What somebody changes in the cluster is put back without an upgrade; an upgrade that fails
// is rolled back. Helm has to be on the PATH; the cluster is the one kubectl would take. It goes on until Ctrl-C; with
// --once it ends when all releases are as Git says: exit code 1 if that does not succeed.
import { parseArgs } from 'node:util'
import { helmProgram, helmRelease, helmReleases } from '@mooring/adapter-helm'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, memoryStore } from '@mooring/core'
import { gitSource } from '@mooring/source-git'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { once: { type: 'boolean', default: false } },
})
const [url, namespace, ...folders] = positionals
if (url === undefined || namespace === undefined || folders.length === 0)
  throw new Error('Expected REPOSITORY NAMESPACE FOLDER…')

// Shared: one poll, one set of watches, and at most two processes of Helm at once.
const source = gitSource({ url, pollMs: 10_000 })
const target = helmReleases({ cluster: kubernetesCluster(), helm: helmProgram({ concurrency: 2 }) })

const engine = createEngine({ store: memoryStore(), installation: 'helm-releases' })
for (const path of folders) {
  const name = path.slice(path.lastIndexOf('/') + 1)
  engine.add(
    defineApplication({
      name,
      source,
      path,
      renderer: helmRelease({
        releaseName: name,
        namespace,
        values: [{ file: 'production.yaml', optional: true }],
        remediation: { retries: 1, fallback: 'rollback' },
      }),
      target,
      sync: { prune: true },
    }),
  )
}
engine.on('change.applied', ({ change }) => console.log(`${change.action} ${change.label}: ${change.reason}`))
engine.on('operation.finished', ({ application, operation, outcome, reasons }) =>
  console.log([`${application}: ${outcome} at ${operation.revision.label}`, ...reasons].join('\n  ')),
)
engine.on('pass.finished', ({ error }) => error && console.error(`${error.code}: ${error.message}`))
await engine.start()

if (values.once) {
  const ends = await Promise.all(
    engine.applications().map((name) => engine.sync(name, { actor: 'helm-releases' })),
  )
  process.exitCode = ends.every(({ outcome }) => outcome === 'synced') ? 0 : 1
} else {
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
}
await engine.stop()
