import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const blankLine = Buffer.from('\r\n\r\n')

/** Turns what a CGI program prints (headers, blank line, body) into an HTTP answer, without waiting for its end. */
export async function answerWith(output: Readable, response: ServerResponse): Promise<void> {
  let head = Buffer.alloc(0)
  for (;;) {
    const chunk = (await nextOf(output)) as Buffer | undefined
    if (chunk === undefined) throw new Error('The program ended before its headers did.')
    head = Buffer.concat([head, chunk])
    const end = head.indexOf(blankLine)
    if (end === -1) continue
    writeHead(head.subarray(0, end).toString('latin1'), response)
    response.write(head.subarray(end + blankLine.length))
    await pipeline(output, response)
    return
  }
}

const nextOf = (output: Readable): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const read = (): void => {
      const chunk: unknown = output.read()
      if (chunk === null && !output.readableEnded) return
      output.off('readable', read).off('end', read).off('error', reject)
      resolve(chunk ?? undefined)
    }
    output.on('readable', read).on('end', read).on('error', reject)
    read()
  })

function writeHead(head: string, response: ServerResponse): void {
  for (const line of head.split('\r\n')) {
    const [name = '', ...value] = line.split(': ')
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value.join(': '), 10)
    else response.setHeader(name, value.join(': '))
  }
}
