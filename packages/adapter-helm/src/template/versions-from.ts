import type { TargetFacts } from '@mooring/core'
import type { TemplateSettings } from './template-settings.ts'

/** Versions that templates may ask for. */
export interface Versions {
  readonly kubernetesVersion: string | null
  readonly apiVersions: readonly string[]
}

/** What the settings say, else what the target tells (`ClusterFacts` of @mooring/adapter-kubernetes), else nothing. */
export function versionsFrom(
  { kubernetesVersion, apiVersions }: Pick<TemplateSettings, 'kubernetesVersion' | 'apiVersions'>,
  facts: TargetFacts | undefined,
): Versions {
  const told = facts ?? { digest: '' }
  const version = kubernetesVersion ?? told.kubernetesVersion
  return {
    kubernetesVersion: typeof version === 'string' ? version : null,
    apiVersions: apiVersions ?? [...textsIn(told.apiVersions), ...textsIn(told.kinds)],
  }
}

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : []
