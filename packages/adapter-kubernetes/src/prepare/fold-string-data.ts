import type { KubernetesObject } from '../objects/object.ts'
import { isRecord } from '../objects/record.ts'

/**
 * A Secret with its `stringData` in `data`, as base64; anything else as it is. `stringData` wins, as in the API server.
 * The API server would do the same but go on counting `stringData` as what we own, so that a change of `data` by somebody
 * else would be no drift and a key that leaves the manifest would stay for ever.
 */
export function foldStringData(object: KubernetesObject): KubernetesObject {
  if (object.apiVersion !== 'v1' || object.kind !== 'Secret' || object.stringData === undefined) return object
  const { stringData, data, ...rest } = object
  const folded = Object.entries(isRecord(stringData) ? stringData : {}).map(([key, text]) => [
    key,
    Buffer.from(String(text), 'utf8').toString('base64'),
  ])
  const all = { ...(isRecord(data) ? data : {}), ...Object.fromEntries(folded) }
  const isEmpty = data === undefined && Object.keys(all).length === 0
  return (isEmpty ? rest : { ...rest, data: all }) as KubernetesObject
}
