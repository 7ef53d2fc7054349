// Breaks every promise in a copy of the workspace, and shows that the test named for it fails while a happy path passes.
//
//     main.ts [PROMISE ...]
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { happyPath, type Mutation } from './mutation.ts'
import { mutations } from './mutations.ts'
import { type Outcomes, runTests } from './run-tests.ts'
import { workspaceCopy } from './workspace-copy.ts'

const wanted = process.argv.slice(2).map(Number)
const chosen = mutations.filter(({ promise }) => wanted.length === 0 || wanted.includes(promise))
using copy = workspaceCopy()
const workspace = realpathSync(copy.path)

const outcomeOf = (outcomes: Outcomes, [file, name]: readonly [string, string]): string => {
  const found = [...outcomes].filter(([test]) => test.startsWith(`${file} > `) && test.includes(name))
  if (found.length === 0) return 'not run'
  return found.some(([, status]) => status === 'failed') ? 'failed' : 'passed'
}

/** The file with the mutation, and what puts it back. */
function mutate({ file, text, replacement }: Mutation): () => void {
  const path = join(workspace, file)
  const whole = readFileSync(path, 'utf8')
  if (whole.split(text).length !== 2)
    throw new Error(
      `Expected ${JSON.stringify(text)} exactly once in ${file}: bring tools/promises/mutations.ts up to date`,
    )
  writeFileSync(
    path,
    whole.replace(text, () => replacement),
  )
  return () => writeFileSync(path, whole)
}

const unbroken = runTests(workspace, [happyPath, ...chosen.map(({ test }) => test)])
let failures = 0
const say = (line: string): void => void process.stdout.write(`${line}\n`)
say('| Promise | Broken | Test | As it is | Broken | Happy path |')
say('|---|---|---|---|---|---|')
for (const mutation of chosen) {
  const restore = mutate(mutation)
  const broken = runTests(workspace, [happyPath, mutation.test])
  restore()
  const seen = [
    outcomeOf(unbroken, mutation.test),
    outcomeOf(broken, mutation.test),
    outcomeOf(broken, happyPath),
  ]
  if (seen.join() !== 'passed,failed,passed') failures++
  const [file, name] = mutation.test
  say(
    `| ${mutation.promise} | ${mutation.broken} | ${file.replace(/^.*test\//, '')}: ${name} | ${seen.join(' | ')} |`,
  )
}
say(`\n${chosen.length - failures} of ${chosen.length} mutations were noticed by the test named for them`)
process.exitCode = failures === 0 ? 0 : 1
