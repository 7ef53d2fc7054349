import { parseCLI } from 'vitest/node'
import { root } from '../workspace/packages.ts'

/** Whether a file may be one of those that were asked for on vitest's command line. In doubt it is. */
export function selection(argv: readonly string[]): (file: string) => boolean {
  const { filter, options } = parseCLI(['vitest', ...argv], { allowUnknownOptions: true })
  const words = filter.map((word) => word.replace(`${root}/`, '').replace(/^\.\//, '').replace(/:\d+$/, ''))
  const projects = [options.project ?? []].flat().filter((name) => !/[*!]/.test(name))
  return (file) =>
    (words.length === 0 || words.some((word) => file.includes(word))) &&
    (projects.length === 0 || projects.includes(projectOf(file)))
}

/** Named as in vitest.config.ts. */
function projectOf(file: string): string {
  const [first = '', second = ''] = file.split('/')
  if (first === 'packages') return second
  return first === 'test' ? 'workspace' : first
}
