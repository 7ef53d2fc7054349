import { type ChartReference, checkReference, exactVersion } from './chart-reference.ts'
import { type ChartYaml, type Dependency, readChartYaml } from './chart-yaml.ts'
import { readArchive } from './read-archive.ts'
import type { Fail } from './safe-path.ts'

/** A dependency that the chart does not bring along: by what it can be fetched, or why it cannot. */
export type MissingDependency = Dependency &
  (
    | { readonly reference: Exclude<ChartReference, { readonly path: string }> }
    | { readonly reference: undefined; readonly problem: string }
  )

/** The dependencies that are in no `charts` folder, with the one version that `Chart.lock` or `Chart.yaml` gives them. */
export async function missingDependencies({
  chart,
  locked,
  files,
  fail,
}: {
  readonly chart: ChartYaml
  readonly locked: readonly Dependency[]
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly fail: Fail
}): Promise<readonly MissingDependency[]> {
  const brought = await namesBrought(files, fail)
  const missing = chart.dependencies.filter(({ name }) => !brought.has(name))
  // The same chart may be needed twice, under two aliases.
  const once = new Map(missing.map((dependency) => [dependency.name, dependency]))
  return [...once.values()].map((dependency) => pinned(dependency, locked))
}

async function namesBrought(
  files: ReadonlyMap<string, Uint8Array>,
  fail: Fail,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (const [path, content] of files) {
    const at = (found: string) => fail(`${found} in ${path}`)
    if (/^charts\/[^/]+\/Chart\.yaml$/.test(path)) names.add(readChartYaml(content, at).name)
    if (/^charts\/[^/]+\.tgz$/.test(path)) {
      names.add(readChartYaml((await readArchive(content, at)).get('Chart.yaml'), at).name)
    }
  }
  return names
}

function pinned(dependency: Dependency, locked: readonly Dependency[]): MissingDependency {
  const { name, repository } = dependency
  const version = locked.find((lock) => lock.name === name)?.version ?? dependency.version
  if (repository.startsWith('file://'))
    return { ...dependency, reference: undefined, problem: `no chart at ${repository}` }
  if (!exactVersion.test(version)) {
    const problem = `the dependency ${name} neither in charts nor with one version: commit Chart.lock, or what helm dependency build makes`
    return { ...dependency, reference: undefined, problem }
  }
  const reference: Exclude<ChartReference, { readonly path: string }> = repository.startsWith('oci://')
    ? { oci: `${repository.replace(/\/$/, '')}/${name}`, version }
    : { repository, name, version }
  try {
    checkReference(reference)
  } catch {
    return {
      ...dependency,
      reference: undefined,
      problem: `the dependency ${name} with a repository that is no https or oci URL`,
    }
  }
  return { ...dependency, version, reference }
}
