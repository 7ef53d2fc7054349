import { expect, test } from 'vitest'
import type { GitAuthAsked } from '../../src/index.ts'
import { calm, errorOf, newRepository, newSource, served } from '../scene.ts'

async function guardedBy(token: string) {
  const repository = await newRepository()
  await repository.commit({ files: { a: 'a' } })
  return served(repository, { auth: { token } })
}

test('a bearer token opens a repository that asks for one', async () => {
  const { url } = await guardedBy('s3cret')
  const source = newSource({ url, auth: { bearer: 's3cret' } })
  expect((await source.resolve({ signal: calm })).kind).toBe('forward')
})

test('a provider whose token is refused is asked once more, and told', async () => {
  const { url } = await guardedBy('new')
  const asked: boolean[] = []
  let token = 'old'
  const auth = async ({ isRejected }: GitAuthAsked) => {
    asked.push(isRejected)
    if (isRejected) token = 'new'
    return { token }
  }
  expect((await newSource({ url, auth }).resolve({ signal: calm })).kind).toBe('forward')
  expect(asked).toContain(true)
})

test('a provider whose second token is refused too is not asked a third time', async () => {
  const { url, server } = await guardedBy('right')
  let count = 0
  const auth = async ({ isRejected }: GitAuthAsked) => ({ token: `wrong ${isRejected ? ++count : 0}` })
  const error = await errorOf(newSource({ url, auth }).resolve({ signal: calm }))
  expect(error.code).toBe('AUTHENTICATION_FAILED')
  // One question about the server and one about the branch go out together at first.
  expect(server.requests().length).toBe(4)
})

test.for(['with space', 'wörd', '', 'a\nb'])('%j is no bearer token', async (bearer) => {
  const error = await errorOf(() => newSource({ url: 'https://git.example.com/x', auth: { bearer } }))
  expect(error.code).toBe('INVALID_OPTION')
})
