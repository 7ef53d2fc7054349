import { expect, test } from 'vitest'
import { gitSource } from '../../src/index.ts'
import { errorOf } from '../scene.ts'

test.for([
  ' https://u:PASSLEAK@h/x',
  '\u00a0https://u:PASSLEAK@h/x',
  'https://h/x ',
  '"https://u:PASSLEAK@h/x"',
  'htps//u:PASSLEAK@h/x',
  'https//u:PASSLEAK@h/x',
  '//u:PASSLEAK@h/x',
  'u:PASSLEAK@h:x',
  'u:PASSLEAK@h/x',
  'ada:PASSLEAK@h.example/x',
  'ssh:u:PASSLEAK@h/x',
  ':PASSLEAK@github.com/x',
])('%j is neither a URL nor a path, and is not repeated', async (url) => {
  const error = await errorOf(() => gitSource({ url }))
  expect(error.code).toBe('INVALID_OPTION')
  expect(JSON.stringify([error.message, error.hint])).not.toContain('PASSLEAK')
})

test.for([
  ['/srv/git/a@b:c', '/srv/git/a@b:c'],
  ['./a@b/../c', `${process.cwd()}/c`],
  ['../a@b', `${process.cwd().replace(/\/[^/]*$/, '')}/a@b`],
])('%s is the path of a repository of this machine', ([url = '', name]) => {
  expect(gitSource({ url }).name).toBe(name)
})

test('a host of one letter is one behind a user name', () => {
  const ssh = { knownHosts: 'h ssh-ed25519 AAAA' }
  expect(gitSource({ url: 'git@h:team/env.git', ssh }).name).toBe('h/team/env')
})
