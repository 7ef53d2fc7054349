import { parseYaml, textOf } from '@mooring/adapter-kubernetes/parts'
import type { Json, MooringError } from '@mooring/core'

/** A YAML mapping as plain JSON. */
export type Mapping = { readonly [field: string]: Json }

/**
 * The one mapping that a YAML or JSON file holds, read as Helm reads it; an empty file is an empty one. `fail` makes the
 * error out of what is wrong, which never quotes the file.
 */
export function readMapping(
  content: Uint8Array,
  fail: (says: string, line?: number) => MooringError,
): Mapping {
  const read = textOf(content)
  if ('says' in read) throw fail(read.says, read.line)
  let found: Mapping | undefined
  for (const document of parseYaml(read.text)) {
    if ('faults' in document) {
      const [fault] = document.faults
      if (fault !== undefined) throw fail(fault.says, fault.line)
    } else if (found !== undefined) throw fail('a second document, which Helm would not read', document.line)
    else if (!isMapping(document.value)) throw fail('something else than a mapping', document.line)
    else found = document.value
  }
  return found ?? {}
}

/** Whether a value is a JSON object. */
export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
