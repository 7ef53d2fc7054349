import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { repository } from '../examples/demo/repository.ts'

const root = join(import.meta.dirname, '..')
const readme = await readFile(join(root, 'README.md'), 'utf8')

/** The first program of the README, the one people copy. */
const program = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''

describe('the program in the README', () => {
  test('has at most 25 lines', () => {
    expect(program.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(25)
  })

  test('does what it says, as it stands there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mooring-readme-'))
    // Inside the workspace, so that the packages are found; its own folder is where it runs.
    const file = join(root, 'examples', `.readme-${process.pid}.ts`)
    onTestFinished(async () => {
      await rm(folder, { recursive: true, force: true })
      await rm(file, { force: true })
    })
    const git = await repository(folder)
    await git.commit('Ada', 'first', { 'docs/index.md': '# Hello\n', 'other.txt': 'not kept\n' })
    await writeFile(file, program)
    const child = spawn(process.execPath, ['--conditions=@mooring/source', file], { cwd: folder })
    onTestFinished(() => void child.kill('SIGKILL'))
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
    })
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    await expect.poll(() => said, { timeout: 20_000 }).toContain('synced')
    expect(said).toContain('+ index.md')
    expect(await readFile(join(folder, 'live-docs/index.md'), 'utf8')).toBe('# Hello\n')
    expect(child.exitCode).toBeNull()
  })
})
