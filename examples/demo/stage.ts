import { stripVTControlCharacters } from 'node:util'

/** Where the demo speaks: in colour on a terminal, in plain lines elsewhere. */
export function stage(out: NodeJS.WriteStream) {
  const colour = out.isTTY === true && process.env.NO_COLOR === undefined
  const style = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const line = (text = ''): void => void out.write(`${text}\n`)
  return {
    colour,
    /** A heading. */
    scene: (title: string): void => {
      line()
      line(style(1, title))
      line(style(2, '─'.repeat(stripVTControlCharacters(title).length)))
    },
    /** A sentence of the story. */
    say: (text: string): void => line(text),
    /** Something the engine, or a file, says. */
    show: (text: string): void => {
      line()
      for (const part of text.split('\n')) line(`    ${part}`.trimEnd())
      line()
    },
    quote: (text: string): string => style(33, text),
  }
}
