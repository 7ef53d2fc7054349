import { invalidOption } from '../options/invalid-option.ts'
import { commitInvalid } from './file-changes.ts'

/** Somebody, as Git names them. */
export interface Person {
  readonly name: string
  readonly email: string
}

/** What a commit says. */
export interface CommitParts {
  readonly tree: string
  readonly parents: readonly string[]
  readonly author: Person
  readonly committer: Person
  readonly message: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** The bytes of a commit, in UTC and UTF-8. Throws `GIT_COMMIT_INVALID` for a message that cannot be. */
export function newCommit({ tree, parents, author, committer, message, at }: CommitParts): Buffer {
  if (typeof message !== 'string' || message.trim() === '' || message.includes('\0')) {
    throw commitInvalid(String(message), 'expected a message that says something, without NUL characters')
  }
  const seconds = Math.floor(at / 1000)
  return Buffer.from(
    [
      `tree ${tree}`,
      ...parents.map((parent) => `parent ${parent}`),
      `author ${author.name} <${author.email}> ${seconds} +0000`,
      `committer ${committer.name} <${committer.email}> ${seconds} +0000`,
      '',
      message.endsWith('\n') ? message : `${message}\n`,
    ].join('\n'),
  )
}

/** Checks a person. Throws `INVALID_OPTION` for what would end its line or its brackets. */
export function personOf(person: Person, option: string): Person {
  const texts = [person?.name, person?.email]
  const isSound = texts.every(
    (text) => typeof text === 'string' && text.trim() !== '' && !/[<>\p{Cc}]/u.test(text),
  )
  if (isSound) return { name: person.name.trim(), email: person.email.trim() }
  throw invalidOption(
    option,
    'a name and an email, without < > and control characters',
    undefined,
    'Correct it for gitWriter.',
  )
}
