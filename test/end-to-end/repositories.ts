import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Files of a repository to be: content and whether it is executable. */
export type RepositoryFiles = Readonly<
  Record<string, { readonly content: Uint8Array; readonly executable: boolean }>
>

const given = join(import.meta.dirname, '../../../shared/fixtures')

/** Other people's repositories, where they have been put beside the project. */
export const realRepositories: readonly string[] = ['podinfo', 'microservices-demo'].filter((name) =>
  existsSync(join(given, name)),
)

/** Every file of such a repository. */
export function realRepository(name: string): RepositoryFiles {
  const root = join(given, name)
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    paths.map((path) => {
      const executable = (statSync(path).mode & 0o100) !== 0
      return [relative(root, path), { content: readFileSync(path), executable }]
    }),
  )
}

const text = (content: string, executable = false) => ({ content: Buffer.from(content), executable })
const kustomization = (...resources: readonly string[]) =>
  text(`kind: Kustomization\nresources:\n${resources.map((resource) => `  - ${resource}\n`).join('')}`)

/** A repository of our own in the shape of podinfo: three overlays over shared bases, and folders beside them. */
export const smallRepository: RepositoryFiles = {
  'deploy/bases/backend/deployment.yaml': text('kind: Deployment\nname: backend\n'),
  'deploy/bases/backend/kustomization.yaml': kustomization('deployment.yaml'),
  'deploy/bases/frontend/deployment.yaml': text('kind: Deployment\nname: frontend\n'),
  'deploy/bases/frontend/kustomization.yaml': kustomization('deployment.yaml'),
  'deploy/bases/frontend/scripts/warm-cache.sh': text('#!/bin/sh\ncurl -s http://localhost\n', true),
  'deploy/bases/frontend/logo.bin': {
    content: Uint8Array.from({ length: 256 }, (_, at) => at),
    executable: false,
  },
  ...Object.fromEntries(
    ['dev', 'production', 'staging'].flatMap((name) => [
      [
        `deploy/overlays/${name}/kustomization.yaml`,
        kustomization('../../bases/backend', '../../bases/frontend', 'namespace.yaml'),
      ],
      [`deploy/overlays/${name}/namespace.yaml`, text(`kind: Namespace\nname: ${name}\n`)],
    ]),
  ),
  ...Object.fromEntries(
    Array.from({ length: 9 }, (_, at) => [`kustomize/part-${at}.yaml`, text(`part: ${at}\n`)]),
  ),
}
