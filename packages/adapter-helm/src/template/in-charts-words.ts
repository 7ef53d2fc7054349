import type { Chart } from '../chart/chart.ts'

/**
 * A message of Helm in which every word that is neither in the chart's own files nor one of Helm's is left out. A message
 * that a template makes up (`fail`, `required`) or a schema's verdict may quote values; what the chart's authors wrote is no
 * secret of whoever installs it.
 */
export function inChartsWords(message: string, chart: Chart): string {
  const words = wordsOf(chart)
  return message
    .replace(/[^\s"'`()[\]{}<>,;:=|]+/g, (text) => (isKnown(text, words) ? text : '…'))
    .replace(/…(?:[\s"']*…)+/g, '…')
}

function isKnown(text: string, words: ReadonlySet<string>): boolean {
  const parts = text.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== '')
  return parts.every((part) => /^\d{1,3}$/.test(part) || words.has(part) || ofHelm.has(part.toLowerCase()))
}

function wordsOf({ name, sources }: Chart): ReadonlySet<string> {
  const texts = [name, ...sources.flatMap(({ path, text }) => [path, text])]
  return new Set(texts.flatMap((text) => text.match(/[\p{L}\p{N}]+/gu) ?? []))
}

/** Words of text/template, Helm, its JSON schema validator and the YAML parser. */
const ofHelm: ReadonlySet<string> = new Set(
  `a an and any are as associated at array be been bool boolean but by called calling can cannot character chart charts command
  context converting could cycle decoding definition defined did does don during duplicate element empty end eof error errors
  evaluate evaluating exceeded execute executing execution expected field file find following for format found from function
  gave given go got gotpl has have helm in incompatible index int integer interface into invalid is it item items json key
  keys kind kubernetes length level list load loading map mapping match maximum meet method minimum missing must name nested
  nil no not number object of on one operand or out pattern parse parsed parser parsing pointer properties property reach
  reference referenced rendering required requires s schema slice specifications start string t template templates than that
  the there this to token tpl type unable undefined unexpected unknown unmarshal unmarshaling unsupported use used value
  values version want was when where which while with wrong yaml yml allowed only additional line column nor neither block
  flow indicator scalar anchor alias tab tabs indentation document stream more less least most true false null`
    .split(/\s+/)
    .filter((word) => word !== ''),
)
