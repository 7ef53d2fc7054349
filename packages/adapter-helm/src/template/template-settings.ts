import { canonicalJson } from '@mooring/core'
import { type ChartReference, checkReference } from '../chart/chart-reference.ts'
import { invalidOption } from '../invalid-option.ts'
import { isMapping } from '../values/read-mapping.ts'
import type { ValuesSource } from '../values/values-source.ts'
import type { HelmTemplateOptions } from './helm-template.ts'

/** Options checked and ready for use. */
export interface TemplateSettings {
  readonly digest: string
  readonly releaseName: string
  readonly namespace: string
  readonly chart: ChartReference
  readonly values: readonly ValuesSource[]
  readonly kubernetesVersion: string | undefined
  readonly apiVersions: readonly string[] | undefined
  readonly includeCrds: boolean
  readonly lookup: 'refuse' | 'empty'
  readonly controlObjects: 'refuse' | 'apply'
  readonly skipSchemaValidation: boolean
}

/** The settings that options ask for. Throws `INVALID_OPTION`. */
export function templateSettings(options: HelmTemplateOptions): TemplateSettings {
  const { chart = { path: '.' }, values = [], lookup = 'refuse', controlObjects = 'refuse' } = options
  checkName('releaseName', options.releaseName, 53)
  checkName('namespace', options.namespace, 63)
  checkReference(chart)
  if (lookup !== 'refuse' && lookup !== 'empty') throw invalidOption('lookup', 'refuse or empty')
  if (controlObjects !== 'refuse' && controlObjects !== 'apply')
    throw invalidOption('controlObjects', 'refuse or apply')
  const { kubernetesVersion, apiVersions } = options
  if (kubernetesVersion !== undefined && !/^v?\d+\.\d+(?:\.\d+)?(?:[-+][\w.+-]+)?$/.test(kubernetesVersion)) {
    throw invalidOption('kubernetesVersion', 'a version such as 1.36.3')
  }
  checkValues(values)
  const settings = {
    releaseName: options.releaseName,
    namespace: options.namespace,
    chart,
    values,
    kubernetesVersion,
    apiVersions,
    includeCrds: options.includeCrds ?? true,
    lookup,
    controlObjects,
    skipSchemaValidation: options.skipSchemaValidation ?? false,
  }
  return { ...settings, digest: `helm-template/1 ${digestText(settings)}` }
}

/** Names as Kubernetes and Helm allow them: lower case, digits and hyphens. */
function checkName(option: string, name: unknown, longest: number): void {
  if (typeof name === 'string' && name.length <= longest && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name))
    return
  throw invalidOption(option, `lower-case letters, digits and hyphens, at most ${longest}`)
}

/** Throws `INVALID_OPTION` unless each says where its values come from. */
function checkValues(values: readonly ValuesSource[]): void {
  for (const source of values) {
    const isKnown =
      ('file' in source && typeof source.file === 'string' && source.file !== '') ||
      ('inline' in source && isMapping(source.inline)) ||
      ('compute' in source && typeof source.compute === 'function' && source.name !== '')
    if (!isKnown) throw invalidOption('values', 'a list of { file }, { inline } or { name, compute }')
  }
}

/** Functions count by their names. */
function digestText(settings: Omit<TemplateSettings, 'digest'>): string {
  const values = settings.values.map((source) => {
    if ('inline' in source) return source
    if ('compute' in source) return { name: source.name }
    return { file: source.file, optional: source.optional ?? false, decrypt: source.decrypt?.name ?? null }
  })
  return canonicalJson({
    ...settings,
    values,
    kubernetesVersion: settings.kubernetesVersion ?? null,
    apiVersions: settings.apiVersions ?? null,
  })
}
