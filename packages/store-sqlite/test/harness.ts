import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, open, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Store } from '@mooring/core'
import type { StoreFiles, StoreHarness, StoreWork } from '@mooring/core/testing'
import { buildSync } from 'esbuild'
import type { Journal } from '../src/connection.ts'
import { storeWithJournal } from '../src/sqlite-store.ts'
import { look } from './scene.ts'

/** What the harness of a SQLite store has in any case. */
export interface SqliteHarness extends StoreHarness {
  readonly path: string
  readonly files: StoreFiles
  readonly reopen: () => Promise<Store>
  /** Another process whose store has a fault; store-process.ts has them. */
  readonly spawnBroken: (work: StoreWork, fault: string) => ChildProcess
}

/** A store in a folder of its own, with any number of others over the same file, or over copies of it. */
export async function harness(journal: Journal): Promise<SqliteHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-store-'))
  const path = join(folder, 'mooring.db')
  const stores: Store[] = []
  const connected: DatabaseSync[] = []
  const storeAt = (at: string) => {
    const onConnect = (database: DatabaseSync) => connected.push(database)
    const store = storeWithJournal(at, {}, { journalFor: () => journal, onConnect })
    stores.push(store)
    return store
  }
  let copies = 0
  const copied = async () => {
    const to = join(folder, `copy-${copies++}.db`)
    await copyStore(path, to)
    return to
  }
  const limitPages = (pages: number) => {
    for (const database of connected) if (database.isOpen) database.exec(`PRAGMA max_page_count = ${pages}`)
  }
  const start = (work: StoreWork, fault = 'none') =>
    spawn(process.execPath, ['--no-warnings', bundledProgram(folder), path, work, journal, fault], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  return {
    path,
    spawnBroken: start,
    store: storeAt(path),
    reopen: async () => storeAt(path),
    files: {
      kills: killsOf(journal),
      spawn: (work) => start(work),
      copy: async () => storeAt(await copied()),
      async damagedCopy(seed) {
        const copy = await copied()
        // Everything in one file, so that damage meets what counts.
        look(copy, 'PRAGMA wal_checkpoint(TRUNCATE)')
        await (seed % 6 === 0 ? cutOff(copy, seed) : flip(copy, seed))
        return storeAt(copy)
      },
      async emptiedCopy() {
        const copy = await copied()
        for (const suffix of suffixes) await truncate(copy + suffix, 0).catch(() => undefined)
        return storeAt(copy)
      },
      async makeNewer() {
        const database = new DatabaseSync(path)
        database.exec('PRAGMA user_version = 99')
        database.close()
      },
      async fill() {
        limitPages(1)
        return async () => limitPages(4_294_967_294)
      },
    },
    async close() {
      await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One file, because a process that is killed at once spends its life loading modules. */
function bundledProgram(folder: string): string {
  const outfile = join(folder, 'store-process.mjs')
  if (existsSync(outfile)) return outfile
  buildSync({
    entryPoints: [fileURLToPath(new URL('store-process.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    conditions: ['@mooring/source'],
    logLevel: 'silent',
  })
  return outfile
}

/** Hundreds, most of them with the journal that most have. */
const killsOf = (journal: Journal): number => (journal === 'wal' ? 150 : 75)

const suffixes = ['', '-wal', '-journal']

/** Copies the file with what stands beside it: by another process, because reading it here would drop SQLite's locks. */
export async function copyStore(from: string, to: string): Promise<void> {
  await promisify(execFile)(process.execPath, ['--eval', copyFiles, from, to, ...suffixes])
}

const copyFiles = `
  const [from, to, ...suffixes] = process.argv.slice(1)
  for (const suffix of suffixes) try { require('node:fs').copyFileSync(from + suffix, to + suffix) } catch {}
`

async function cutOff(path: string, seed: number): Promise<void> {
  const { size } = await stat(path)
  await truncate(path, Math.floor(size * fraction(seed)))
}

/** Flips the bits of one byte, anywhere. */
async function flip(path: string, seed: number): Promise<void> {
  const { size } = await stat(path)
  const at = Math.floor(size * fraction(seed))
  const handle = await open(path, 'r+')
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at)
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ (1 << (seed % 8))]), 0, 1, at)
  } finally {
    await handle.close()
  }
}

/** Spread evenly, the same for each number in each run. */
const fraction = (seed: number): number => ((seed + 1) * 0.618_033_988_7) % 1
