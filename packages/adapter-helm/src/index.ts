export type { ChartFolder, ChartReference, OciChart, RepositoryChart } from './chart/chart-reference.ts'
export type { RegistryCredentials, RegistryTls } from './registry/access.ts'
export {
  type ChartArchive,
  type ChartRegistry,
  type ChartRegistryOptions,
  chartRegistry,
  type Provenance,
} from './registry/chart-registry.ts'
export { type HelmReleaseOptions, helmRelease } from './release/helm-release.ts'
export { type HelmReleases, type HelmReleasesOptions, helmReleases } from './release/helm-releases.ts'
export type { ArchivedChart, Release, ReleaseChart, Remediation } from './release/release.ts'
export { type Helm, type HelmCommand, type HelmOptions, helmProgram } from './run/helm-program.ts'
export type { Limit, ProcessLimits, Ran } from './run/run-process.ts'
export { type HelmTemplateOptions, helmTemplate } from './template/helm-template.ts'
export type { Mapping } from './values/read-mapping.ts'
export type { ComputedValues, InlineValues, ValuesFile, ValuesSource } from './values/values-source.ts'
