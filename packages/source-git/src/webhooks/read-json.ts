/** What JSON holds, before anybody has looked at it. */
export type Json = unknown

/** What stands at a path of names; undefined where something on the way is no object of its own names. */
export function at(value: Json, ...names: readonly string[]): Json {
  let current = value
  for (const name of names) {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return undefined
    if (!Object.hasOwn(current, name)) return undefined
    current = (current as Readonly<Record<string, Json>>)[name]
  }
  return current
}

const maxText = 2048

/** A text at a path of names that is neither empty nor longer than any address. */
export function textAt(value: Json, ...names: readonly string[]): string | undefined {
  const found = at(value, ...names)
  return typeof found === 'string' && found !== '' && found.length <= maxText ? found : undefined
}

/** The entries of a list at a path of names; none where there is no list. */
export function listAt(value: Json, ...names: readonly string[]): readonly Json[] {
  const found = at(value, ...names)
  return Array.isArray(found) ? found : []
}

/** Those that are there. */
export const texts = (...found: readonly (string | undefined)[]): readonly string[] =>
  found.filter((text) => text !== undefined)
