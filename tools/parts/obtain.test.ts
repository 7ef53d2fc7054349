import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { obtain } from './obtain.ts'
import { CannotBeHad, type Part, type Recipe } from './part.ts'

const script = '#!/bin/sh\necho hammer 2.1\n'
const silent = (): void => undefined
let cache = ''

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'mooring-parts-'))
  vi.stubEnv('MOORING_PARTS', cache)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(cache, { recursive: true, force: true })
  })
})

test('a part that is nowhere is made once and found from then on', async () => {
  const made = await obtain(hammer(), silent)
  expect(made).toMatchObject({
    state: 'here',
    from: 'cache',
    paths: { hammer: join(cache, 'hammer-1/bin/hammer') },
  })
  const never = hammer({ make: () => Promise.reject(new Error('made twice')) })
  expect(await obtain(never, silent)).toEqual(made)
})

test('people are told what is made, that it happens once, and how long it takes', async () => {
  const lines: string[] = []
  await obtain(hammer(), (line) => lines.push(line))
  expect(lines[0]).toBe('hammer: making hammer, first time only, about a moment')
})

test('a folder named by the variable of a part comes first', async () => {
  vi.stubEnv('MOORING_PART_HAMMER', toolbox())
  vi.stubEnv('PATH', toolbox())
  expect(await obtain(hammer(), silent)).toMatchObject({ state: 'here', from: 'MOORING_PART_HAMMER' })
})

test('a folder named by the variable of a part that does not hold it is a failure', async () => {
  vi.stubEnv('MOORING_PART_HAMMER', cache)
  expect(await obtain(hammer(), silent)).toMatchObject({ state: 'failed' })
})

test('a folder that others keep such things in is used if the whole part is there', async () => {
  vi.stubEnv('ASSETS', cache)
  expect(await obtain(hammer(), silent)).toMatchObject({ from: 'cache' })
  vi.stubEnv('ASSETS', toolbox())
  expect(await obtain(hammer(), silent)).toMatchObject({ from: 'ASSETS' })
})

test('an executable on PATH is used if its probe accepts it', async () => {
  vi.stubEnv('PATH', `${toolbox()}:${process.env.PATH}`)
  expect(await obtain(hammer(), silent)).toMatchObject({ from: 'PATH' })
})

test('an executable on PATH of another version is passed over', async () => {
  vi.stubEnv('PATH', `${toolbox('#!/bin/sh\necho hammer 1.0\n')}:${process.env.PATH}`)
  expect(await obtain(hammer(), silent)).toMatchObject({ from: 'cache' })
})

test('a part that the machine lacks the means for is missing', async () => {
  const part = hammer({ lacks: () => 'there is no anvil' })
  expect(await obtain(part, silent)).toEqual({ state: 'missing', reason: 'there is no anvil' })
})

test('a part whose recipe was cut off from its registry is missing', async () => {
  const part = hammer({ make: () => Promise.reject(new CannotBeHad('no such host')) })
  expect(await obtain(part, silent)).toEqual({ state: 'missing', reason: 'no such host' })
})

test('a part whose recipe goes wrong has failed and leaves nothing that could be taken for it', async () => {
  const part = hammer({
    make: async (folder) => {
      makeIn(folder)
      throw new Error('the head came off')
    },
  })
  expect(await obtain(part, silent)).toEqual({ state: 'failed', reason: 'the head came off' })
  expect(readdirSync(cache)).toEqual(['hammer-1.lock'])
})

test('two processes that need a part at the same time make it once', async () => {
  writeFileSync(join(cache, 'hang'), '')
  const processes = [makerProcess(), makerProcess()]
  await Promise.race(processes.map(({ waits }) => waits))
  rmSync(join(cache, 'hang'))
  const results = await Promise.all(processes.map(({ result }) => result))
  expect(results.map(({ state }) => state)).toEqual(['here', 'here'])
  expect(readFileSync(join(cache, 'times'), 'utf8')).toBe('x')
}, 60_000)

test('what a killed process was making is made again by the one that waited', async () => {
  writeFileSync(join(cache, 'hang'), '')
  const doomed = makerProcess()
  await vi.waitUntil(() => existsSync(join(cache, 'hammer-1.unfinished/bin/hammer')), { timeout: 50_000 })
  const heir = makerProcess()
  await heir.waits
  rmSync(join(cache, 'hang'))
  doomed.kill()
  expect((await heir.result).state).toBe('here')
  expect(readFileSync(join(cache, 'times'), 'utf8')).toBe('xx')
  expect(existsSync(join(cache, 'hammer-1.unfinished'))).toBe(false)
}, 60_000)

/** A part with an executable that says `hammer 2.1`. */
function hammer(recipe: Partial<Recipe> = {}): Part {
  return {
    name: 'hammer',
    title: 'hammer 2',
    executables: [
      { name: 'hammer', probe: { args: [], accepts: (output) => output.startsWith('hammer 2') } },
    ],
    variables: ['ASSETS'],
    recipe: {
      id: 'hammer-1',
      cost: 'about a moment',
      lacks: () => undefined,
      make: async (folder) => void makeIn(folder),
      ...recipe,
    },
  }
}

function makeIn(folder: string, text = script): string {
  const file = join(folder, 'bin', 'hammer')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, 0o755)
  return dirname(file)
}

/** A folder with a hammer, outside the cache. */
function toolbox(text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-toolbox-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return makeIn(folder, text)
}

/** Another process that obtains the part. Its recipe counts itself, and hangs while a file `hang` is in the cache. */
function makerProcess(): {
  readonly result: Promise<{ readonly state: string }>
  readonly waits: Promise<void>
  readonly kill: () => void
} {
  const program = `
    import { appendFileSync, chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
    import { obtain } from ${JSON.stringify(new URL('obtain.ts', import.meta.url).href)}
    const make = async (folder) => {
      appendFileSync(${JSON.stringify(join(cache, 'times'))}, 'x')
      mkdirSync(folder + '/bin')
      writeFileSync(folder + '/bin/hammer', ${JSON.stringify(script)})
      chmodSync(folder + '/bin/hammer', 0o755)
      while (existsSync(${JSON.stringify(join(cache, 'hang'))})) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const executables = [{ name: 'hammer', probe: { args: [], accepts: () => true } }]
    const recipe = { id: 'hammer-1', cost: '', lacks: () => undefined, make }
    console.log(JSON.stringify(await obtain({ name: 'hammer', title: 'hammer', executables, recipe })))
  `
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = createInterface(child.stderr)
  return {
    result: once(createInterface(child.stdout), 'line').then(([line]) => JSON.parse(line as string)),
    waits: new Promise((resolve) => said.on('line', (line) => line.includes('another process') && resolve())),
    kill: () => void child.kill('SIGKILL'),
  }
}
