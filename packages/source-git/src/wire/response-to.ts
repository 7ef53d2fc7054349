import type { ClientRequest, IncomingMessage } from 'node:http'

/**
 * The answer to a request, however the server ends it. Throws what the connection did, and a {@link ProtocolSwitched}: Node
 * has no answer to give for a server that goes over to another protocol (status 101), and no error either.
 */
export function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve)
    sent.once('upgrade', (_response, socket) => {
      socket.destroy()
      reject(new ProtocolSwitched('status 101'))
    })
    sent.on('error', reject)
    // After any of the others this says nothing new.
    sent.once('close', () => reject(new Error('a connection that was closed')))
  })
}

/** A server has gone over to another protocol, which nobody asked for. */
export class ProtocolSwitched extends Error {}
