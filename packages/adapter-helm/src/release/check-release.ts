import { ignoring } from '@mooring/adapter-kubernetes/parts'
import { checkReference } from '../chart/chart-reference.ts'
import { isMapping } from '../values/read-mapping.ts'
import { keyOfRelease, type Release } from './release.ts'

/** The key of a manifest. Throws what is wrong with it, for `INVALID_MANIFEST`. */
export function checkedKey(release: Release): string {
  const { name, namespace, chart, values } = release
  if (!isName(name, 53))
    throw new TypeError('expected name to be lower-case letters, digits and hyphens, at most 53')
  if (!isName(namespace, 63)) throw new TypeError('expected namespace to be the name of one')
  if (!isMapping(chart))
    throw new TypeError('expected chart to be { repository, name, version }, { oci, … } or { archive }')
  if ('archive' in chart) {
    if (typeof chart.archive !== 'string') throw new TypeError('expected chart.archive to be base64')
  } else if ('oci' in chart || 'repository' in chart) checkReference(chart)
  else throw new TypeError('expected chart to say where it is: repository, oci or archive')
  if (values !== undefined && !isMapping(values)) throw new TypeError('expected values to be a mapping')
  checkNumbers(release)
  return keyOfRelease(release)
}

function checkNumbers({ maxHistory, timeoutMs, remediation, ignore }: Release): void {
  for (const [field, value] of Object.entries({ maxHistory, timeoutMs, retries: remediation?.retries })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 0)) {
      throw new TypeError(`expected ${field} to be a whole number from 0 on`)
    }
  }
  ignoring(ignore)
}

const isName = (name: unknown, longest: number): boolean =>
  typeof name === 'string' && name.length <= longest && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name)
