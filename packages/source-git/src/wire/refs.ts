/** What a server says its refs point at. Names are the server's: look up, never store by them. */
export interface Refs {
  /** Full names, such as `refs/heads/main`, and what they point at. */
  readonly ids: ReadonlyMap<string, string>
  /** By full name of the tag: the object an annotated tag leads to. */
  readonly peeled: ReadonlyMap<string, string>
}

/** One line of a list of refs. Lines about one ref may come apart. */
export interface RefLine {
  readonly name: string
  readonly id?: string
  readonly peeled?: string
}

/** Puts the lines of a list together. */
export function refsFrom(lines: Iterable<RefLine>): Refs {
  const ids = new Map<string, string>()
  const peeled = new Map<string, string>()
  for (const line of lines) {
    if (line.id !== undefined) ids.set(line.name, line.id)
    if (line.peeled !== undefined) peeled.set(line.name, line.peeled)
  }
  return { ids, peeled }
}
