import { type Abortable, isMooringError, MooringError, type RenderInput } from '@mooring/core'
import { mergeValues } from './merge-values.ts'
import { pathFrom } from './path-from.ts'
import { isMapping, type Mapping, readMapping } from './read-mapping.ts'
import type { ComputedValues, ValuesFile, ValuesSource } from './values-source.ts'

/** Files of values are for people: more than this is a mistake. */
const mostBytes = 10_485_760

/** All values as one, in Helm's precedence. Throws `HELM_VALUES_INVALID`, which names the file and quotes no value. */
export async function resolveValues(
  sources: readonly ValuesSource[],
  input: RenderInput,
  options: Abortable,
): Promise<Mapping> {
  let values: Mapping = {}
  for (const source of sources) {
    options.signal.throwIfAborted()
    const more =
      'inline' in source
        ? source.inline
        : 'file' in source
          ? await valuesInFile(source, input, options)
          : await computed(source, input, options)
    values = mergeValues(values, more)
  }
  return values
}

async function valuesInFile(
  { file, optional = false, decrypt }: ValuesFile,
  { snapshot, path }: RenderInput,
  options: Abortable,
): Promise<Mapping> {
  const from = pathFrom(path, file)
  if (from === undefined) throw invalidValues(file, 'a path that leads out of the repository')
  const fail = (says: string, line?: number): MooringError =>
    invalidValues(`${from}${line === undefined ? '' : `:${line}`}`, says)
  if ((await snapshot.digestOf(from, options)) === undefined) {
    if (optional) return {}
    throw fail('no file')
  }
  const content = await snapshot.read(from, options)
  if (content.length > mostBytes) throw fail(`more than ${mostBytes / 1_048_576} MiB`)
  return readMapping(decrypt === undefined ? content : await decrypted(content, from, decrypt, options), fail)
}

async function decrypted(
  content: Uint8Array,
  file: string,
  { name, run }: NonNullable<ValuesFile['decrypt']>,
  options: Abortable,
): Promise<Uint8Array> {
  try {
    return await run(content, file, options)
  } catch (cause) {
    options.signal.throwIfAborted()
    throw new MooringError({
      code: 'DECRYPTION_FAILED',
      kind: isMooringError(cause) ? cause.kind : 'transient',
      message: `Expected ${name} to decrypt ${file}, found that it could not`,
      hint: 'See that the decryption has the key for this file and reaches what keeps it.',
      cause,
    })
  }
}

async function computed(
  { name, compute }: ComputedValues,
  input: RenderInput,
  options: Abortable,
): Promise<Mapping> {
  const values: unknown = await compute(input, options)
  if (!isMapping(values)) throw invalidValues(`function ${name}`, 'something else than a mapping')
  return values
}

const invalidValues = (where: string, found: string): MooringError =>
  new MooringError({
    code: 'HELM_VALUES_INVALID',
    kind: 'permanent',
    message: `Expected a mapping of values in ${where}, found ${found}`,
    hint: 'Correct the values there, or what names them.',
  })
