import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const check = fileURLToPath(new URL('check.mjs', import.meta.url))

const runUnder = (version: string) => {
  const versions = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'${version}'}})`
  return spawnSync(process.execPath, ['--import', versions, check], { encoding: 'utf8' })
}

test.for(['20.20.2', '22.18.0'])('stops under Node %s with one line', (version) => {
  const { status, stderr } = runUnder(version)
  expect(status).toBe(1)
  expect(stderr).toMatch(new RegExp(`^Expected Node 22\\.19 or later, got ${version}: .*\n$`))
})

test.for(['22.19.0', '23.0.0', '24.0.0'])('says nothing under Node %s', (version) => {
  expect(runUnder(version)).toMatchObject({ status: 0, stderr: '', stdout: '' })
})
