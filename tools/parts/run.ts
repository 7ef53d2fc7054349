import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What a program printed to both streams, and how it ended. */
export interface Ran {
  /** Nothing if it could not be started or was ended by a signal. */
  readonly code: number | null
  readonly stdout: string
  /** Both streams, in the order in which they came. */
  readonly output: string
}

/** Runs a program to its end without input. Never rejects because of how it ended. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.once('error', (error) => resolve({ code: null, stdout, output: error.message }))
    child.once('close', (code) => resolve({ code, stdout, output }))
  })
}

/** What a program prints to either stream; nothing if it cannot be started. */
export function printedBy(command: string, args: readonly string[]): string | undefined {
  const { error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  })
  return error === undefined ? stdout + stderr : undefined
}

/** Where an executable is on PATH. */
export const findOnPath = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable)

/** Whether a file is there and may be run. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What programs say if the network, and nothing else, was in their way. */
export const isNetworkTrouble = (output: string): boolean =>
  /dial tcp|no such host|i\/o timeout|TLS handshake|connection re(fused|set)|network is unreachable|module lookup disabled|unexpected EOF|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|E(?:50[0-9])\b|50[234] (?:Bad Gateway|Service|Gateway)|Could not resolve|Temporary failure|Unable to connect|Failed to fetch|Connection failed/i.test(
    output,
  )

/** The last lines of a text. */
export const tailOf = (text: string, lines = 15): string =>
  text.trimEnd().split('\n').slice(-lines).join('\n')
