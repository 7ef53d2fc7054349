import type { Json, MooringError } from '@mooring/core'
import { isMapping, readMapping } from '../values/read-mapping.ts'
import type { Fail } from './safe-path.ts'

/** What Mooring reads of a `Chart.yaml`. */
export interface ChartYaml {
  readonly name: string
  readonly version: string
  readonly dependencies: readonly Dependency[]
}

/** A chart that another one needs. */
export interface Dependency {
  readonly name: string
  readonly version: string
  /** `https://…`, `oci://…`, `file://…`, or empty where the chart brings it along. */
  readonly repository: string
}

/** Reads a `Chart.yaml`, whose content is refused by `fail` unless it names a chart. */
export function readChartYaml(content: Uint8Array | undefined, fail: Fail): ChartYaml {
  if (content === undefined) throw fail('no Chart.yaml')
  const { name, version, dependencies } = readMapping(content, inFile('Chart.yaml', fail))
  if (typeof name !== 'string' || !chartName.test(name)) throw fail('a Chart.yaml without a usable name')
  if (typeof version !== 'string' || version === '') throw fail('a Chart.yaml without a version')
  return { name, version, dependencies: dependenciesIn(dependencies, 'Chart.yaml', fail) }
}

/** The exact versions in a `Chart.lock`; none without one. */
export function readChartLock(content: Uint8Array | undefined, fail: Fail): readonly Dependency[] {
  if (content === undefined) return []
  const { dependencies } = readMapping(content, inFile('Chart.lock', fail))
  return dependenciesIn(dependencies, 'Chart.lock', fail)
}

/** Names that need no care in paths and arguments. */
const chartName = /^[A-Za-z0-9][\w.-]{0,252}$/

function dependenciesIn(value: Json | undefined, file: string, fail: Fail): readonly Dependency[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw fail(`a ${file} whose dependencies are no list`)
  return value.map((entry) => {
    const { name, version, repository }: Partial<Readonly<Record<string, Json>>> = isMapping(entry)
      ? entry
      : {}
    if (typeof name !== 'string' || !chartName.test(name))
      throw fail(`a dependency without a usable name in ${file}`)
    return {
      name,
      version: typeof version === 'string' ? version : '',
      repository: typeof repository === 'string' ? repository : '',
    }
  })
}

const inFile =
  (file: string, fail: Fail) =>
  (says: string, line?: number): MooringError =>
    fail(`${says} in ${file}${line === undefined ? '' : `:${line}`}`)
