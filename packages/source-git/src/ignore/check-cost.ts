import { MooringError } from '@mooring/core'

/**
 * Refuses ignore rules that could take long to compare with a path: whoever commits to a repository writes them, and
 * matching happens on the event loop. A pattern may have three wildcards that look for their own end (`**`, and the `*` of one name);
 * its time grows with that power of the length of a path, so that many with two or three count for more than many without.
 * Pure. Throws `IGNORE_RULES_TOO_COSTLY`; `where` names the file.
 */
export function checkCost(lines: readonly string[], where: string): void {
  let total = 0
  for (const line of lines) {
    const wildcards = wildcardsIn(line)
    if (wildcards > mostWildcards) {
      throw tooCostly(
        where,
        `${JSON.stringify(line)} has more than ${mostWildcards} wildcards that have to look for their end`,
      )
    }
    total += 10 ** Math.max(0, wildcards - 1)
    if (total > mostOfAll) throw tooCostly(where, 'there are too many lines with many wildcards')
  }
}

const mostWildcards = 3
/** 3,000 plain lines, or 300 with two wildcards, or 30 with three. */
const mostOfAll = 3_000

function wildcardsIn(line: string): number {
  const names = line.split('/').filter((name, at, all) => name !== '**' || all[at - 1] !== '**')
  const deep = names.filter((name) => name === '**').length
  const stars = names.map((name) =>
    name === '**' ? 0 : (name.replace(/\*+/g, '*').match(/\*/g)?.length ?? 0),
  )
  return deep + Math.max(0, ...stars)
}

const tooCostly = (where: string, problem: string): MooringError =>
  new MooringError({
    code: 'IGNORE_RULES_TOO_COSTLY',
    kind: 'permanent',
    message: `Expected rules in ${where} that are quick to follow: ${problem}`,
    hint: 'Write fewer, plainer patterns: /apps/old/ in place of **/a/**/old/**.',
  })
