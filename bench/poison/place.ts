import { randomBytes } from 'node:crypto'
import { type KubernetesObject, kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import type { Renderer, Source, Target } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { type TestRepository, testRepository } from '../../tools/git-repository/index.ts'
import { apiTarget, serveErrors, serveResources, serveSilence } from './servers.ts'

/** An application that is broken in one way, and the code its passes fail with. */
export interface Poison {
  readonly name: string
  /** For people who read the figures. */
  readonly what: string
  readonly code: string
  /** What is different from a healthy one, made anew for each round. */
  readonly parts: () => {
    readonly source?: Source
    readonly renderer?: Renderer<KubernetesObject>
    readonly target?: Target<KubernetesObject>
  }
  /** What stands in its file in place of an object. */
  readonly content?: string
}

/** What all rounds share: repositories, servers, and the ways to be broken. */
export interface Place extends AsyncDisposable {
  readonly repository: TestRepository
  readonly url: string
  readonly poisons: readonly Poison[]
  /** A target that works, of its own name. */
  readonly target: (name: string) => Target<KubernetesObject>
}

/** Opens everything. Disposing it stops every server. */
export async function openPlace(): Promise<Place> {
  await using stack = new AsyncDisposableStack()
  const repository = stack.use(await testRepository())
  const huge = stack.use(await testRepository('huge.git'))
  await huge.commit({ files: { 'apps/huge-repository/random.bin': randomBytes(8 * mebibyte) } })
  // As a forge keeps it: to pack it for each request would cost the machine, and ours is the forge's too.
  await huge.git(['repack', '-a', '-d', '--quiet'])
  const git = stack.use(await serveGit({ root: repository.root }))
  const hugeGit = stack.use(await serveGit({ root: huge.root }))
  const resources = stack.use(await serveResources())
  const errors = stack.use(await serveErrors())
  const silence = stack.use(await serveSilence())
  const stays = stack.move()
  return {
    repository,
    url: `${git.url}/${repository.name}`,
    poisons: poisonsOf(`${hugeGit.url}/${huge.name}`, errors.url, silence.url),
    target: (name) => apiTarget(name, resources.url),
    [Symbol.asyncDispose]: () => stays.disposeAsync(),
  }
}

const mebibyte = 1024 * 1024

const poisonsOf = (huge: string, errors: string, silence: string): readonly Poison[] => [
  {
    name: 'broken-yaml',
    what: 'its file is no YAML',
    code: 'MALFORMED_MANIFEST',
    content: 'data: [ "a", {\n',
    parts: () => ({}),
  },
  {
    name: 'hung-renderer',
    what: 'its renderer never ends, and hears of no abort',
    code: 'RENDER_TIMEOUT',
    parts: () => ({ renderer: { name: 'hung', digest: 'hung', render: () => new Promise(() => {}) } }),
  },
  {
    name: 'failing-cluster',
    what: 'its cluster answers everything with 500',
    code: 'API_SERVER_FAILED',
    parts: () => ({ target: clusterAt('failing', errors) }),
  },
  {
    name: 'silent-cluster',
    what: 'its cluster accepts every request and never answers',
    code: 'TARGET_TIMEOUT',
    parts: () => ({ target: clusterAt('silent', silence) }),
  },
  {
    name: 'huge-repository',
    what: 'a repository of 8 MiB, of which 1 MiB is allowed',
    code: 'RESPONSE_TOO_LARGE',
    parts: () => ({
      source: gitSource({ url: huge, name: 'huge-repository', limits: { maxResponseBytes: mebibyte } }),
    }),
  },
]

const clusterAt = (name: string, server: string): Target<KubernetesObject> =>
  kubernetesCluster({ name, kubeconfig: { text: kubeconfigOf(server) } }).target({ namespace: 'default' })

const kubeconfigOf = (server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [{ name: 'bench', cluster: { server } }],
    users: [{ name: 'bench', user: {} }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
  })

/** A renderer that works. */
export const renderer = (): Renderer<KubernetesObject> => manifests()
