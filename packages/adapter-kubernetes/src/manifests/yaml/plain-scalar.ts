/** What a plain (unquoted) YAML scalar means; `says` is what is wrong with it. */
export type Scalar = { readonly value: null | boolean | number | string } | { readonly says: string }

/**
 * The value of a plain scalar as kubectl reads it, which is neither YAML 1.1 nor 1.2 but what go-yaml v2 makes of both
 * (sigs.k8s.io/yaml goyaml.v2/resolve.go; seen with kubectl 1.32): `y`, `yes` and `on` are true, `0644`, `0o644` and
 * `0x1A4` are 420, `08` is 8, `1_000` is 1000, `1e400` is a text because no float can hold it; dates and `12:30:45` are
 * texts. `.inf` and `.nan` are refused, as JSON has no word for them.
 *
 * Differs from kubectl in one thing: an integer that a double cannot hold to the last digit is refused, where kubectl
 * rounds those above 64 bits.
 */
export function plainScalar(text: string): Scalar {
  const word = words.get(text)
  if (word !== undefined) return { value: word }
  const first = text.charCodeAt(0)
  const isDigit = first >= 0x30 && first <= 0x39
  if (!isDigit && first !== plus && first !== minus && first !== dot) return { value: text }
  if (notNumbers.test(text))
    return { says: 'an infinity or NaN, which JSON cannot hold; quote it if it is a text' }
  const digits = text.replaceAll('_', '')
  if (first === dot) return { value: floatOf(digits) ?? text }
  return integerOf(digits) ?? { value: floatOf(digits) ?? text }
}

const [plus, minus, dot] = [0x2b, 0x2d, 0x2e]
const notNumbers = /^(?:[+-]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

const words: ReadonlyMap<string, null | boolean> = new Map([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
])

/** Go's `strconv.ParseInt` with base 0: the base is told by the prefix, a leading zero means octal. */
function integerOf(digits: string): Scalar | undefined {
  const [, sign, binary, octal, hexadecimal, decimal] = integer.exec(digits) ?? []
  const magnitude = binary ?? octal ?? hexadecimal ?? decimal
  if (magnitude === undefined || (decimal === undefined && magnitude.length > 64)) return undefined
  const base = binary !== undefined ? 2 : octal !== undefined ? 8 : hexadecimal !== undefined ? 16 : 10
  const value = Number.parseInt(magnitude, base)
  if (value <= Number.MAX_SAFE_INTEGER) return { value: sign === '-' && value !== 0 ? -value : value }
  // Above 2^53 a double is still exact for some, such as round figures in decimal.
  if (base === 10 && String(value) === magnitude) return { value: sign === '-' ? -value : value }
  return { says: 'an integer of more digits than JSON numbers keep; quote it if it is a text' }
}

const integer = /^([+-]?)(?:0[bB]([01]+)|0[oO]?([0-7]+)|0[xX]([0-9a-fA-F]+)|(0|[1-9][0-9]*))$/

function floatOf(digits: string): number | undefined {
  const value = float.test(digits) ? Number(digits) : Number.NaN
  // JSON has no negative zero.
  return Number.isFinite(value) ? value + 0 : undefined
}

const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
