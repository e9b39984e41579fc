// A relay between client and server, to see connections end and to cut them as a broken network does.
import { once } from 'node:events'
import net from 'node:net'
import { url, within } from './callbook.mjs'

export async function startProxy() {
  const target = new URL(url)
  const connections = new Map() // from the client's socket to the promise of its end
  const server = net.createServer((inward) => {
    const outward = net.connect(target.port, target.hostname)
    inward.pipe(outward).pipe(inward)
    for (const [socket, other] of [
      [inward, outward],
      [outward, inward],
    ]) {
      socket.on('error', () => {}) // the close tells enough
      socket.on('close', () => other.destroy())
    }
    connections.set(
      inward,
      new Promise((resolve) => inward.on('close', resolve)).then(() => connections.delete(inward)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = {
    url: `http://127.0.0.1:${server.address().port}${target.pathname}`,
    cut() {
      for (const socket of connections.keys()) socket.destroy()
    },
    // closed waits until the connections of this moment have ended; fetch opens a spare one for each that it aborts.
    closed: (what) => within(Promise.all(connections.values()), what),
    stop() {
      proxy.cut()
      server.close()
    },
  }
  return proxy
}
