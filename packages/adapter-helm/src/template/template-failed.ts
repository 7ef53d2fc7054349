import { MooringError } from '@mooring/core'
import type { Chart } from '../chart/chart.ts'
import { inChartsWords } from './in-charts-words.ts'

/** The error for a run that Helm ended itself: what Helm says, with files as people know them and without any value. */
export function templateFailed(chart: Chart, printed: string): MooringError {
  const place = placeIn(chart, printed)
  return new MooringError({
    code: 'HELM_TEMPLATE_FAILED',
    kind: 'permanent',
    message: `Expected chart ${chart.name} ${chart.version} to render, found${place === undefined ? '' : ` at ${place}`}: ${inChartsWords(messageOf(printed), chart)}`,
    hint: 'Correct the template, or the values that it is given. Words of the message that stand neither in the chart nor in Helm’s own messages are not shown: they may be values.',
  })
}

/** Where Helm says that it is: `demo/templates/web.yaml:12:3` as a file of the repository. */
function placeIn(chart: Chart, printed: string): string | undefined {
  const [, path, position = ''] =
    /(?:^|[\s(])([\w.-]+\/(?:[\w.-]+\/)*[\w.-]+\.(?:ya?ml|tpl|txt|json))((?::\d+)*)/.exec(printed) ?? []
  return path === undefined ? undefined : `${chart.placeOf(path)}${position}`
}

/** One line, of which nothing is repeated: an endless include prints itself a thousand times. */
function messageOf(printed: string): string {
  const text = printed
    .replace(/^Error: /m, '')
    .replace(/\n*Use --debug flag to render out invalid YAML\s*/, '')
    .replace(/\s+/g, ' ')
    .trim()
  return text.length <= mostCharacters
    ? text
    : `${text.slice(0, mostCharacters / 2)} … ${text.slice(-mostCharacters / 2)}`
}

const mostCharacters = 1000
