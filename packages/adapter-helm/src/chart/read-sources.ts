import type { SourceText } from './chart.ts'
import { chartLimits } from './chart.ts'
import { readChartYaml } from './chart-yaml.ts'
import { readArchive } from './read-archive.ts'
import type { Fail } from './safe-path.ts'

/**
 * The texts of a chart and of the archives in its `charts` folders, at every depth, under the paths that Helm prints. Each
 * archive is checked like the chart itself.
 */
export async function readSources(
  name: string,
  files: ReadonlyMap<string, Uint8Array>,
  fail: Fail,
): Promise<readonly SourceText[]> {
  const sources: SourceText[] = []
  let left: number = chartLimits.archives * 8
  const read = async (
    prefix: string,
    from: ReadonlyMap<string, Uint8Array>,
    depth: number,
  ): Promise<void> => {
    for (const [path, content] of from) {
      if (isArchive(path)) {
        if (depth >= chartLimits.archives || left-- <= 0) throw fail('too many archives in archives')
        const inside = await readArchive(content, (found) => fail(`${found} in ${path}`))
        const { name: sub } = readChartYaml(inside.get('Chart.yaml'), (found) => fail(`${found} in ${path}`))
        await read(`${prefix}/${path.slice(0, path.lastIndexOf('/'))}/${sub}`, inside, depth + 1)
      } else if (!/\.md$/i.test(path) && !content.includes(0)) {
        sources.push({ path: `${prefix}/${path}`, text: new TextDecoder().decode(content) })
      }
    }
  }
  await read(name, files, 0)
  return sources
}

const isArchive = (path: string): boolean => /(?:^|\/)charts\/[^/]+\.tgz$/.test(path)
