import { setTimeout as sleep } from 'node:timers/promises'
import { serveGit } from '../../tools/git-http-server/index.ts'

// The server of the benchmark, in a process of its own so that it takes no turn of the one measured. Every request waits
// as long as a line would take there and back.
const [root = '', delayMs = '0'] = process.argv.slice(2)
const server = await serveGit({
  root,
  onRequest: async () => {
    if (Number(delayMs) > 0) await sleep(Number(delayMs))
    return undefined
  },
})

process.on('message', () => {
  const requests = server.requests()
  process.send?.({ requests: requests.length, bytes: requests.reduce((sum, { sent }) => sum + sent, 0) })
})
process.on('disconnect', () => process.exit())
process.send?.({ url: server.url })
