import { plainScalar } from './plain-scalar.ts'

/** The field a plain (unquoted) mapping key names, or what is wrong with it. */
export type Key = { readonly key: string } | { readonly says: string }

/**
 * A plain mapping key as the text it has in JSON. kubectl turns keys into values and back into texts, so that `yes:`
 * becomes the field `true`, `0644:` becomes `420` and `1.0:` becomes `1`. Nobody means that: a key that would not stay
 * as it is written is refused, and so is null. `10:`, `1.5:` and `true:` stay.
 */
export function plainKey(text: string): Key {
  const scalar = plainScalar(text)
  if ('says' in scalar) return asWritten.test(text) ? { key: text } : { says: quoteIt }
  const { value } = scalar
  if (typeof value === 'string') return { key: text }
  if (typeof value === 'boolean') return String(value) === text ? { key: text } : { says: quoteIt }
  return asWritten.test(text) ? { key: text } : { says: quoteIt }
}

const quoteIt = 'a key that is no text and would not stay as it is written; quote it'

/** Numbers that kubectl writes as they are: integers below 10^18, and floats of few enough digits for 32 bits. */
const asWritten = /^(?:0|-?[1-9][0-9]{0,17}|-?(?:0|[1-9][0-9]{0,2})\.[0-9]{0,2}[1-9])$/
