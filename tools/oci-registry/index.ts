import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dockerRegistry } from '../parts/docker-registry.ts'
import { executablesOf } from '../parts/obtain.ts'

/** A real OCI registry on this machine, over plain HTTP, empty, without accounts. */
export interface OciRegistry extends AsyncDisposable {
  /** Such as `127.0.0.1:41234`. */
  readonly host: string
}

/** Starts a registry in a folder of its own, both of which go when it is disposed. */
export async function startOciRegistry(): Promise<OciRegistry> {
  const { 'docker-registry': path = 'docker-registry' } = await executablesOf(dockerRegistry)
  const folder = await mkdtemp(join(tmpdir(), 'mooring-registry-'))
  const config = join(folder, 'config.yml')
  const storage = `storage:\n  filesystem:\n    rootdirectory: ${join(folder, 'data')}\n`
  await writeFile(config, `version: 0.1\nlog:\n  level: info\n${storage}http:\n  addr: 127.0.0.1:0\n`)
  const server = spawn(path, ['serve', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { OTEL_TRACES_EXPORTER: 'none' },
  })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const host = await addressOf(server)
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The registry chooses a free port and tells it in its log. */
function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = ''
    const look = (chunk: Buffer): void => {
      log += chunk.toString()
      const [, address] = /listening on (127\.0\.0\.1:\d+)/.exec(log) ?? []
      if (address !== undefined) resolve(address)
    }
    server.stdout?.on('data', look)
    server.stderr?.on('data', look)
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`The registry ended with ${code}:\n${log}`)))
  })
}
