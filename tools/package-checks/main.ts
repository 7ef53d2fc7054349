import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { published } from '../workspace/packages.ts'
import { createConsumer } from './consumer.ts'
import { measureImport } from './import-cost.ts'
import { packAll } from './pack.ts'
import { run } from './run.ts'

/**
 * Checks what would be published, as somebody who installs it gets it: packed, linted, type-checked by a consumer
 * that skips no library, and run on the oldest Node we promise. Expects that `pnpm build` has run.
 */
async function main(): Promise<void> {
  // Outside the workspace, so that nothing is found there by accident.
  const folder = mkdtempSync(join(tmpdir(), 'mooring-packages-'))
  try {
    const tarballs = await packAll(published, folder)
    await Promise.all([...tarballs.values()].map((tarball) => run('publint', ['--strict', tarball])))
    await Promise.all(
      [...tarballs.values()].map((tarball) => run('attw', ['--profile', 'esm-only', '--no-emoji', tarball])),
    )
    console.log(`publint and attw: ${published.length} packages are fine`)

    const consumer = await createConsumer(published, tarballs, join(folder, 'consumer'))
    await consumer.typeCheck('tsc')
    await consumer.typeCheck('tsc6')
    console.log('types: a consumer compiles under TypeScript 7 and 6')
    console.log(await consumer.smoke())

    const measured = ['@mooring/core', '@mooring/core/testing', '@mooring/adapter-kubernetes']
    for (const cost of measureImport(consumer.folder, measured)) {
      console.log(`import cost: ${cost.specifier} ${cost.medianMs.toFixed(1)} ms`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
