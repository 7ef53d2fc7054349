import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench } from './report.ts'
import { table } from './table.ts'

// `pnpm bench NAME [--json FILE]` runs bench/NAME/bench.ts. A missed target is shown, and is no failure of the command:
// whether a figure counts depends on the machine.
const here = import.meta.dirname
const names = readdirSync(here).filter((name) => existsSync(join(here, name, 'bench.ts')))

function fail(message: string): never {
  console.error(`${message}\nUsage: pnpm bench NAME [--json FILE], where NAME is one of: ${names.join(', ')}`)
  process.exit(2)
}

function readArguments(): { readonly name: string; readonly json: string | undefined } {
  try {
    const { positionals, values } = parseArgs({
      options: { json: { type: 'string' } },
      allowPositionals: true,
    })
    const [name, ...others] = positionals
    if (name === undefined) return fail('Expected the name of a benchmark, found none.')
    if (others.length > 0) return fail(`Expected one benchmark, found also ${others.join(' ')}.`)
    if (!names.includes(name)) return fail(`Expected the name of a benchmark, found ${JSON.stringify(name)}.`)
    return { name, json: values.json }
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

const isColoured = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === ''
const { name, json } = readArguments()
const { bench } = (await import(`./${name}/bench.ts`)) as { readonly bench: Bench }
const report = await bench()
console.log(table(report, isColoured))
if (json !== undefined) writeFileSync(json, `${JSON.stringify(report.rows, undefined, 2)}\n`)
