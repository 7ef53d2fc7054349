import type { SourceText } from './chart.ts'

/** A place where a template calls a function. */
export interface FoundCall {
  readonly name: string
  readonly path: string
  readonly line: number
}

/**
 * Where texts call one of these functions of Helm's templates: the name as a word within `{{ }}`, outside quotes and
 * comments, and no part of a field's name. Says too much rather than too little: an action that is never reached counts.
 */
export function findCalls(
  sources: readonly SourceText[],
  functions: readonly string[],
): readonly FoundCall[] {
  const call = new RegExp(`(?<![.$\\w-])(?:${functions.join('|')})(?![\\w-])`, 'g')
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(action)].flatMap((match) =>
      [...withoutTexts(match[0]).matchAll(call)].map((found) => ({
        name: found[0],
        path,
        line: text.slice(0, match.index + found.index).split('\n').length,
      })),
    ),
  )
}

const action = /\{\{(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|\/\*[\s\S]*?\*\/|(?!\}\})[\s\S])*\}\}/g

/** Quoted texts and comments as blanks, so that places stay what they were. */
const withoutTexts = (text: string): string =>
  text.replace(/"(?:[^"\\\n]|\\.)*"|`[^`]*`|\/\*[\s\S]*?\*\//g, (quoted) => quoted.replace(/[^\n]/g, ' '))

/** Functions that give something else each time (Sprig's, and Helm's). */
export const changingFunctions: readonly string[] = [
  'randAlpha',
  'randAlphaNum',
  'randAscii',
  'randBytes',
  'randInt',
  'randNumeric',
  'shuffle',
  'uuidv4',
  'now',
  'date',
  'dateInZone',
  'htmlDate',
  'ago',
  'bcrypt',
  'htpasswd',
  'genCA',
  'genCAWithKey',
  'genPrivateKey',
  'genSelfSignedCert',
  'genSelfSignedCertWithKey',
  'genSignedCert',
  'genSignedCertWithKey',
  'encryptAES',
  'getHostByName',
]
