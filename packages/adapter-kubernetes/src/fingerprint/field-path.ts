/** One field as `fieldsV1` names it: its members from the root, such as `f:spec`, `f:replicas`. */
export type FieldPath = readonly string[]

/**
 * A field path for people, in the way `kubectl explain` and the API server's conflicts write them:
 * `spec.template.spec.containers[name="web"].image`. Elements of sets outside the metadata are not spelled out: they are
 * values, which a message must not show.
 */
export function describePath(path: FieldPath): string {
  const text = path.map((member) => describeMember(member, path[0] === 'f:metadata')).join('')
  return text.startsWith('.') ? text.slice(1) : text
}

function describeMember(member: string, isMetadata: boolean): string {
  const name = member.slice(2)
  switch (member.slice(0, 2)) {
    case 'f:':
      return /^[A-Za-z0-9_-]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
    case 'k:':
      return `[${describeKey(name)}]`
    case 'v:':
      return isMetadata ? `[${name}]` : '[…]'
    default:
      return `[${name}]`
  }
}

function describeKey(json: string): string {
  try {
    const key: unknown = JSON.parse(json)
    if (typeof key !== 'object' || key === null) return json
    return Object.entries(key)
      .map(([field, value]) => `${field}=${JSON.stringify(value)}`)
      .join(',')
  } catch {
    return json
  }
}
