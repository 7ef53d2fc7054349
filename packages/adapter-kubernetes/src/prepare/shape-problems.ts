import { isRecord } from '../objects/record.ts'
import { textProblems } from './text-problems.ts'
import { typeName } from './type-name.ts'

type Fields = Readonly<Record<string, unknown>>

/** What keeps a value from being a Kubernetes object with a key, each problem naming the field. */
export function shapeProblems(body: unknown): readonly string[] {
  if (!isRecord(body)) return [`expected an object, found ${typeName(body)}`]
  if (isList(body)) return [`expected one object, found a ${String(body.kind)}: give its items one by one`]
  const metadata = body.metadata
  return [
    ...apiVersionProblems(body),
    ...kindProblems(body),
    ...(isRecord(metadata)
      ? [...nameProblems(metadata), ...namespaceProblems(metadata)]
      : [`expected metadata with a name, found ${typeName(metadata)}`]),
    ...textProblems(body),
  ]
}

/** A kind of somebody's own may end in List; what holds other objects has items and no name. */
const isList = ({ kind, items, metadata }: Fields): boolean =>
  typeof kind === 'string' &&
  kind.endsWith('List') &&
  Array.isArray(items) &&
  !(isRecord(metadata) && typeof metadata.name === 'string')

function apiVersionProblems({ apiVersion }: Fields): readonly string[] {
  const expected = 'apiVersion: expected VERSION or GROUP/VERSION such as apps/v1'
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return [`${expected}, found ${typeName(apiVersion)}`]
  const isLegal =
    apiVersion.length <= 253 + 1 + 63 && /^([a-z0-9][a-z0-9.-]*\/)?[a-z0-9][a-z0-9-]*$/.test(apiVersion)
  return isLegal ? [] : [`${expected}, found ${quoted(apiVersion)}`]
}

function kindProblems({ kind }: Fields): readonly string[] {
  if (typeof kind !== 'string' || kind === '')
    return [`kind: expected a kind such as Deployment, found ${typeName(kind)}`]
  return /^[A-Za-z][A-Za-z0-9-]*$/.test(kind)
    ? []
    : [`kind: expected letters and digits such as Deployment, found ${quoted(kind)}`]
}

function nameProblems({ name, generateName }: Fields): readonly string[] {
  if (name === undefined || name === '') {
    return generateName === undefined
      ? ['metadata.name: expected a name, found nothing']
      : [
          'metadata.name: expected a name, found generateName: what has a new name each time cannot be kept in line',
        ]
  }
  if (typeof name !== 'string')
    return [`metadata.name: expected text, found ${typeName(name)}: put it in quotes`]
  // What the API server itself refuses in any name (apimachinery, IsValidPathSegmentName); the rest depends on the kind.
  const isLegal = name !== '.' && name !== '..' && !/[/%]/.test(name)
  return isLegal
    ? []
    : [`metadata.name: expected a name without / and %, and not . or .., found ${quoted(name)}`]
}

function namespaceProblems({ namespace }: Fields): readonly string[] {
  if (namespace === undefined || namespace === '') return []
  if (typeof namespace !== 'string') {
    return [`metadata.namespace: expected text, found ${typeName(namespace)}: put it in quotes`]
  }
  return isNamespaceName(namespace)
    ? []
    : [
        `metadata.namespace: expected up to 63 lower-case letters, digits and -, with a letter or digit at both ends, ` +
          `found ${quoted(namespace)}`,
      ]
}

/** Whether a text can be the name of a namespace: a label as in RFC 1123. */
const isNamespaceName = (text: string): boolean => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)

const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
