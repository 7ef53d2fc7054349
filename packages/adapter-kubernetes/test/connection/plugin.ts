import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'

const folders: string[] = []

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

/** A new folder, gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-connection-'))
  folders.push(folder)
  return folder
}

/** A credential plugin that runs this JavaScript, and the number of its runs so far. */
export function plugin(
  folder: string,
  script: string,
): { readonly command: string; readonly runs: () => number } {
  const log = join(folder, 'runs')
  writeFileSync(log, '')
  const command = join(folder, 'plugin')
  writeFileSync(
    command,
    `#!${process.execPath}
const fs = require('node:fs')
const log = ${JSON.stringify(log)}
fs.appendFileSync(log, 'x')
const run = fs.readFileSync(log).length
const give = (status) => console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }))
${script}
`,
  )
  chmodSync(command, 0o700)
  return { command, runs: () => readFileSync(log).length }
}

/** The text of a kubeconfig with one context, `here`. */
export function kubeconfig(options: {
  readonly server?: string
  readonly cluster?: object
  readonly user?: object
  readonly context?: object
}): { readonly text: string } {
  const { server = 'https://127.0.0.1:1', cluster = {}, user = {}, context = {} } = options
  return {
    text: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'here', cluster: { server, ...cluster } }],
      users: [{ name: 'me', user }],
      contexts: [{ name: 'here', context: { cluster: 'here', user: 'me', ...context } }],
      'current-context': 'here',
    }),
  }
}

/** The `exec` of a user. */
export const exec = (command: string, more: object = {}): object => ({
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never', ...more },
})
