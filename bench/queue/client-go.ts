import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Phases, Settings } from './phases.ts'

/** client-go's workqueue in a process of its own, which waits between rounds. */
export interface ClientGo extends AsyncDisposable {
  /** Versions, for the conditions. */
  readonly about: string
  readonly run: () => Promise<Phases>
}

/** Builds and starts the Go program. Gives the reason instead if this machine cannot. */
export async function clientGo(names: readonly string[], settings: Settings): Promise<ClientGo | string> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-bench-'))
  const program = join(folder, 'client-go')
  try {
    await promisify(execFile)('go', ['build', '-o', program, '.'], {
      cwd: join(import.meta.dirname, 'client-go'),
    })
  } catch (error) {
    await rm(folder, { recursive: true })
    return reasonOf(error)
  }
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  child.stdin.write([JSON.stringify(settings), ...names, ''].join('\n'))
  const { go, clientGo: version } = (await next(answers)) as {
    readonly go: string
    readonly clientGo: string
  }
  return {
    about: `client-go ${version}, ${go}`,
    run: async () => {
      child.stdin.write('round\n')
      return (await next(answers)) as Phases
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await ended(child)
      await rm(folder, { recursive: true })
    },
  }
}

function reasonOf(error: unknown): string {
  const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string }
  if (code === 'ENOENT') return 'there is no Go on this machine'
  return `its program does not build: ${stderr?.trim().split('\n').at(-1) ?? String(error)}`
}

async function next(answers: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await answers.next()
  if (done === true) throw new Error('Expected a line of JSON from the Go program, but it has ended')
  return JSON.parse(value)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
