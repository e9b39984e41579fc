// A raw WebSocket, message by message, without a client that hides what the server says.
import { once } from 'node:events'
import WebSocket from 'ws'
import { Queue, socketURL, url, within } from './callbook.mjs'

export const protocol = 'graphql-transport-ws'

export class Socket {
  #messages = new Queue()

  constructor(protocols = protocol, options = {}) {
    this.ws = new WebSocket(socketURL(url), protocols, options)
    this.ws.on('message', (data, isBinary) => this.#messages.put(isBinary ? data : JSON.parse(data)))
    this.ws.on('close', (code, reason) => this.#messages.put({ closed: code, reason: String(reason) }))
    this.ws.on('error', () => {}) // the close tells enough
  }

  // open waits for the handshake; with a payload, for the acknowledgement too.
  static async open(protocols, options) {
    const socket = new Socket(protocols, options)
    await within(once(socket.ws, 'open'), 'the handshake')
    return socket
  }
  static async acknowledged(payload) {
    const socket = await Socket.open()
    socket.send({ type: 'connection_init', payload })
    const ack = await socket.take('the acknowledgement')
    if (ack.type !== 'connection_ack') throw new Error(`instead of connection_ack: ${JSON.stringify(ack)}`)
    return socket
  }

  send(message) {
    this.ws.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message))
  }
  subscribe = (id, query, variables) => this.send({ id, type: 'subscribe', payload: { query, variables } })

  // take is the next message, or {closed, reason}; the server's own pings are answered and left out.
  async take(what, limit) {
    for (;;) {
      const message = await this.#messages.take(what, limit)
      if (message.type !== 'ping') return message
      this.send({ type: 'pong', payload: message.payload })
    }
  }

  // closed is the code the server closes with, whatever else it says before.
  async closed(what, limit) {
    for (;;) {
      const message = await this.take(what, limit)
      if (message.closed) return message.closed
    }
  }

  end = () => this.ws.terminate()
}

// refusal is the HTTP status a handshake is refused with.
export async function refusal(options) {
  const ws = new WebSocket(socketURL(url), protocol, options)
  ws.on('error', () => {}) // of the connection that is ended before it was made
  try {
    const answer = await within(
      Promise.race([
        once(ws, 'unexpected-response').then(([, response]) => response.statusCode),
        once(ws, 'open').then(() => 101),
      ]),
      'an answer to the handshake',
    )
    return answer
  } finally {
    ws.terminate()
  }
}
