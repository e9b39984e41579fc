// A server with an API key: every way that a credential travels.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EventSource } from 'eventsource'
import { createClient as createStreamClient } from 'graphql-sse'
import { createClient as createSocketClient } from 'graphql-ws'
import WebSocket from 'ws'
import { Queue, fresh, post, run, socketURL, url } from './callbook.mjs'
import { Follower, callChanged, follows } from './follow.mjs'
import { Socket } from './socket.mjs'

const key = process.env.CALLBOOK_KEY
const authorization = `Bearer ${key}`
const me = '{ viewer { name credential roles } }'
const admin = { viewer: { name: 'x', credential: 'API_KEY', roles: ['ADMIN'] } }

// newKey makes a key that a test may revoke.
async function newKey(roles = ['ADMIN']) {
  const created = await run(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { apiKeyId } } }',
    { input: { name: fresh('key'), roles } },
    { authorization },
  )
  return { text: created.createApiKey.key, id: created.createApiKey.apiKey.apiKeyId }
}

const revoke = ({ id }) =>
  run('mutation ($id: ID!) { revokeApiKey(id: $id) { apiKey { apiKeyId revokedAt } } }', { id }, { authorization })

const byKey = ({ text }) => ({ authorization: `Bearer ${text}` })

function assertRefused({ status, headers, body }) {
  assert.equal(status, 401, JSON.stringify(body))
  assert.match(headers.get('www-authenticate') ?? '', /^Bearer/)
  assert.equal(body.data, undefined)
  assert.equal(body.errors[0].extensions.code, 'UNAUTHENTICATED')
}

describe('over HTTP', { concurrency: true }, () => {
  test('bearer and X-Api-Key', async () => {
    for (const headers of [{ authorization }, { authorization: `bearer ${key}` }, { 'x-api-key': key }]) {
      const { status, body } = await post({ query: me }, headers)
      assert.deepEqual([status, body.data], [200, admin])
    }
  })

  test('nothing, nonsense and what was never a key are refused', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer' },
      { authorization: 'Bearer nonsense' },
      { authorization: `Basic ${btoa('x:y')}` },
      { authorization: key },
      { authorization: authorization.slice(0, -1) + (key.endsWith('0') ? '1' : '0') },
      { 'x-api-key': 'nonsense' },
    ]) {
      for (const accept of ['application/json', 'application/graphql-response+json']) {
        assertRefused(await post({ query: '{ __typename }' }, { accept, ...headers }))
      }
    }
  })

  test('two credentials at once are refused', async () => {
    const { status, body } = await post({ query: me }, { authorization, 'x-api-key': key })
    assert.ok(status === 400 || status === 401, String(status))
    assert.equal(body.data, undefined)
  })

  test('a revoked key is refused within seconds, and stays so', async () => {
    const other = await newKey()
    assert.equal((await post({ query: me }, byKey(other))).status, 200)
    await revoke(other)
    const end = Date.now() + 5000
    while ((await post({ query: me }, byKey(other))).status === 200) assert.ok(Date.now() < end, 'it is still let in')
    assertRefused(await post({ query: me }, byKey(other)))
  })
})

describe('over WebSocket', { concurrency: true }, () => {
  const connect = (connectionParams, options = {}) =>
    createSocketClient({ url: socketURL(), webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, ...options })

  test('in connection_init', async () => {
    const client = connect(async () => ({ authorization }))
    const { value } = await client.iterate({ query: me }).next()
    assert.deepEqual(value.data, admin)
    await follows((query, sink) => client.subscribe({ query }, sink), { authorization })
    await client.dispose()
  })

  test('in headers of the handshake', async () => {
    for (const headers of [{ authorization }, { 'x-api-key': key }]) {
      const socket = await Socket.open(undefined, { headers })
      socket.send({ type: 'connection_init' })
      assert.equal((await socket.take('the acknowledgement')).type, 'connection_ack')
      socket.subscribe('me', me)
      assert.deepEqual((await socket.take('the viewer')).payload.data, admin)
      socket.end()
    }
  })

  test('4403: a bad one, or none', async () => {
    const refused = [undefined, {}, { authorization: 'Bearer nonsense' }, { authorization: 1 }, { authorization: '' }]
    for (const payload of refused) {
      const socket = await Socket.open()
      socket.send({ type: 'connection_init', payload })
      assert.equal(await socket.closed('the close'), 4403, JSON.stringify(payload))
    }
  })

  test('4403: a bad one, as the client sees it', async () => {
    const results = new Queue()
    connect({ authorization: 'Bearer nonsense' }).subscribe({ query: me }, results)
    assert.equal((await results.take('the refusal')).error?.code, 4403)
  })

  test('two credentials at once are refused', async () => {
    const socket = await Socket.open(undefined, { headers: { authorization } }).catch(() => undefined)
    if (!socket) return // at the handshake already
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${(await newKey()).text}` } })
    const message = await socket.take('the refusal')
    assert.ok([4400, 4403].includes(message.closed), JSON.stringify(message))
  })

  test('revoking closes open sockets, and those alone', async () => {
    const other = await newKey()
    const revoked = await Socket.acknowledged(byKey(other))
    revoked.subscribe('changes', callChanged)
    const idle = await Socket.acknowledged(byKey(other))
    const bystander = await Socket.acknowledged({ authorization })
    await revoke(other)
    assert.equal(await revoked.closed('the close of the socket that subscribes'), 4403)
    assert.equal(await idle.closed('the close of the idle socket'), 4403)
    bystander.subscribe('me', me)
    assert.deepEqual((await bystander.take('the viewer')).payload.data, admin)
    bystander.end()
  })
})

describe('over server-sent events', { concurrency: true }, () => {
  const subscribeBy = (headers) => (query, sink) =>
    createStreamClient({ url, headers, retryAttempts: 0 }).subscribe({ query }, sink)

  test('in the header, by graphql-sse', () => follows(subscribeBy({ authorization }), { authorization }))

  test('in the header, by EventSource', async () => {
    const source = new EventSource(`${url}?query=${encodeURIComponent(me)}`, {
      fetch: (address, options) => fetch(address, { ...options, headers: { ...options.headers, 'x-api-key': key } }),
    })
    const received = new Queue()
    source.addEventListener('next', (event) => received.put(JSON.parse(event.data)))
    source.addEventListener('error', (event) => received.put(event))
    assert.deepEqual((await received.take('the viewer')).data, admin)
    source.close()
  })

  test('a bad one, or none, is answered 401', async () => {
    for (const headers of [{}, { authorization: 'Bearer nonsense' }]) {
      const received = new Queue()
      subscribeBy(headers)(callChanged, received)
      assert.equal((await received.take('the refusal')).error?.response?.status, 401)
    }
  })

  test('revoking ends open streams, and says why', async () => {
    const other = await newKey()
    const follower = await new Follower(subscribeBy(byKey(other))).heard({ authorization })
    await revoke(other)
    const end = await follower.ended('the end of the stream')
    assert.equal(end.complete, true, String(end.error))
    assert.equal(end.errors?.[0].extensions.code, 'UNAUTHENTICATED')
  })
})
