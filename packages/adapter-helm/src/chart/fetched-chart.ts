import type { ChartArchive } from '../registry/chart-registry.ts'
import type { Chart } from './chart.ts'
import { readChartYaml } from './chart-yaml.ts'
import { invalidChart } from './invalid-chart.ts'
import { readArchive } from './read-archive.ts'
import { readSources } from './read-sources.ts'

/** A chart from a repository or registry. Helm gets the archive as it came, after all that is in it was looked at. */
export async function fetchedChart({
  content,
  title,
}: Pick<ChartArchive, 'content' | 'title'>): Promise<Chart> {
  const fail = (found: string) => invalidChart(title, found)
  const files = await readArchive(content, fail)
  const { name, version } = readChartYaml(files.get('Chart.yaml'), fail)
  return {
    name,
    version,
    files,
    archive: content,
    sources: await readSources(name, files, fail),
    placeOf: (printed) => printed,
  }
}
