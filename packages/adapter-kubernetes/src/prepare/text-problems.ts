import { isRecord } from '../objects/record.ts'
import { typeName } from './type-name.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Maps whose values must be text, and are not. YAML reads an unquoted `true` or `8080` as something else, and the API
 * server refuses the whole object for it without naming the key. Keys are named, values never: they may be secrets.
 */
export function textProblems(object: Fields): readonly string[] {
  const { metadata, apiVersion, kind } = object
  const inMetadata = isRecord(metadata)
    ? [...notText(metadata, 'labels', 'metadata.'), ...notText(metadata, 'annotations', 'metadata.')]
    : []
  if (apiVersion !== 'v1') return inMetadata
  switch (kind) {
    case 'ConfigMap':
      return [...inMetadata, ...notText(object, 'data'), ...notBase64(object, 'binaryData')]
    case 'Secret':
      return [...inMetadata, ...notBase64(object, 'data'), ...notText(object, 'stringData')]
    default:
      return inMetadata
  }
}

function notText(parent: Fields, field: string, prefix = ''): readonly string[] {
  const map = parent[field]
  if (map === undefined) return []
  if (!isRecord(map)) return [`${prefix}${field}: expected a map of text, found ${typeName(map)}`]
  return Object.entries(map)
    .filter(([, value]) => typeof value !== 'string')
    .map(
      ([key, value]) =>
        `${prefix}${field}[${JSON.stringify(key)}]: expected text, found ${typeName(value)}: put it in quotes`,
    )
}

function notBase64(parent: Fields, field: string): readonly string[] {
  const problems = notText(parent, field)
  if (problems.length > 0) return problems
  return Object.entries((parent[field] ?? {}) as Readonly<Record<string, string>>)
    .filter(([, value]) => !isBase64(value))
    .map(([key]) => `${field}[${JSON.stringify(key)}]: expected base64, found other text${cureOf(field)}`)
}

const cureOf = (field: string): string =>
  field === 'data' ? ': plain text of a Secret belongs in stringData' : ''

/** As Go's decoder reads it: line breaks do not count, the padding must be complete. */
function isBase64(text: string): boolean {
  const packed = text.replaceAll(/[\r\n]/g, '')
  const end = packed.indexOf('=')
  const padding = end < 0 ? '' : packed.slice(end)
  return packed.length % 4 === 0 && !/[^A-Za-z0-9+/=]/.test(packed) && ['', '=', '=='].includes(padding)
}
