import { delimiter, dirname } from 'node:path'
import { startControlPlane } from '../../tools/control-plane/index.ts'
import { obtainParts, type WithoutParts } from '../../tools/examples/obtain-parts.ts'
import type { Surroundings } from '../../tools/examples/surroundings.ts'
import { testRepository } from '../../tools/git-repository/index.ts'
import { etcd } from '../../tools/parts/etcd.ts'
import { git } from '../../tools/parts/git.ts'
import { helm, helmPath } from '../../tools/parts/helm.ts'
import { kubernetes } from '../../tools/parts/kubernetes.ts'
import { kwok } from '../../tools/parts/kwok.ts'

/** A chart that greets. */
export const chart = {
  'Chart.yaml': 'apiVersion: v2\nname: greeter\nversion: 1.0.0\n',
  'values.yaml': 'greeting: hello\n',
  'templates/greeting.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-greeting\ndata:\n  greeting: {{ .Values.greeting | quote }}\n',
}

/** Files below a folder. */
export const below = (folder: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]))

/** What `pnpm examples` runs this example in: a real control plane, and a repository each for chart and values. */
export async function surroundings(): Promise<Surroundings | WithoutParts> {
  const lacking = await obtainParts([git, helm, kubernetes, etcd, kwok])
  if (lacking !== undefined) return lacking
  const controlPlane = await startControlPlane({ audit: false, controllers: false })
  const application = await testRepository()
  await application.commit({ message: 'A chart', files: below('chart', chart) })
  const environment = await testRepository()
  await environment.commit({ message: 'Values', files: { 'values.yaml': 'greeting: good morning\n' } })
  const namespace = await controlPlane.createNamespace()
  return {
    args: [application.path, environment.path, namespace, '--once'],
    env: {
      KUBECONFIG: controlPlane.kubeconfigFile,
      PATH: [dirname(await helmPath()), process.env.PATH].join(delimiter),
    },
    [Symbol.asyncDispose]: async () => {
      await controlPlane.stop()
      await application[Symbol.asyncDispose]()
      await environment[Symbol.asyncDispose]()
    },
  }
}
