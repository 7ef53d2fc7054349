import { stripVTControlCharacters } from 'node:util'

/** Where the demo speaks: in colour on a terminal, in plain lines elsewhere. */
export function stage(out: NodeJS.WriteStream) {
  const colour = out.isTTY === true && process.env.NO_COLOR === undefined
  const style = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  let isAfterGap = false
  const line = (text: string): void => {
    out.write(`${text}\n`)
    isAfterGap = text === ''
  }
  const gap = (): void => {
    if (!isAfterGap) line('')
  }
  return {
    colour,
    /** A heading. */
    scene: (title: string): void => {
      gap()
      line(style(1, title))
      line(style(2, '─'.repeat(stripVTControlCharacters(title).length)))
    },
    /** A sentence of the story. */
    say: (text: string): void => line(text),
    /** Something the engine, or a file, says. */
    show: (text: string): void => {
      gap()
      for (const part of text.split('\n')) line(`    ${part}`.trimEnd())
      gap()
    },
    quote: (text: string): string => style(33, text),
    /** Waits for something. A terminal shows meanwhile what is going on and for how long, in a line that goes again. */
    during: async <Result>(work: Promise<Result>, doing: () => string): Promise<Result> => {
      if (out.isTTY !== true) return work
      const begun = performance.now()
      let turns = 0
      const draw = (): void => {
        const seconds = ((performance.now() - begun) / 1000).toFixed(1)
        const text = `${spinner[turns++ % spinner.length]} ${doing()}, ${seconds} s`
        out.write(`\r\u001b[2K${style(2, text.slice(0, Math.max(0, out.columns - 1)))}`)
      }
      const drawing = setInterval(draw, 80)
      try {
        return await work
      } finally {
        clearInterval(drawing)
        out.write('\r\u001b[2K')
      }
    },
  }
}

const spinner = '⠋ ⠙ ⠹ ⠸ ⠼ ⠴ ⠦ ⠧ ⠇ ⠏'.split(' ')
