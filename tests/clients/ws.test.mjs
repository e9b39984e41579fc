// GraphQL over WebSocket, protocol graphql-transport-ws: by the client graphql-ws, and message by message.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { describe, test } from 'node:test'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { Queue, createCall, fresh, socketURL, url, within } from './callbook.mjs'
import { Follower, callChanged, follows } from './follow.mjs'
import { startProxy } from './proxy.mjs'
import { Socket, protocol, refusal } from './socket.mjs'

const connect = (options = {}) => createClient({ url: socketURL(url), webSocketImpl: WebSocket, ...options })

const subscribeBy = (client) => (query, sink) => client.subscribe({ query }, sink)

// ask does an operation and answers all its results; extensions are not what is tested.
async function ask(client, payload) {
  const results = []
  await within(
    (async () => {
      for await (const { extensions, ...result } of client.iterate(payload)) results.push(result)
    })(),
    payload.query,
  )
  return results
}

describe('the client graphql-ws', { concurrency: true }, () => {
  test('queries and mutations', async () => {
    const client = connect()
    const id = fresh()
    const created = await ask(client, {
      query: 'mutation Create($id: ID!) { createCall(input: {id: $id, name: "打电话"}) { call { id } } }',
      variables: { id },
      operationName: 'Create',
    })
    assert.deepEqual(created, [{ data: { createCall: { call: { id } } } }])
    const found = await ask(client, { query: 'query ($id: ID!) { call(id: $id) { name } }', variables: { id } })
    assert.deepEqual(found, [{ data: { call: { name: '打电话' } } }])
    await client.dispose()
  })

  test('subscriptions', async () => {
    const client = connect()
    await follows(subscribeBy(client))
    await client.dispose()
  })

  test('errors of the request, and of a field', async () => {
    const client = connect()
    for (const [query, code] of [
      ['{ noSuchField }', 'GRAPHQL_VALIDATION_FAILED'],
      ['{', 'GRAPHQL_PARSE_FAILED'],
      ['subscription { noSuchField }', 'GRAPHQL_VALIDATION_FAILED'],
    ]) {
      await assert.rejects(ask(client, { query }), (errors) => {
        assert.ok(Array.isArray(errors), String(errors))
        assert.equal(errors[0].extensions.code, code)
        assert.ok(errors[0].extensions.requestId)
        return true
      })
    }
    const query = 'mutation { updateCall(id: "nobody", input: {name: "x"}) { call { id } } }'
    const [result] = await ask(client, { query })
    assert.equal(result.errors[0].extensions.code, 'NOT_FOUND')
    assert.deepEqual(result.data, { updateCall: null })
    await client.dispose()
  })

  test('pings', async () => {
    const pongs = new Queue()
    const client = connect({ lazy: false, keepAlive: 20, on: { pong: (received) => received && pongs.put('pong') } })
    for (let i = 0; i < 3; i++) await pongs.take('a pong')
    await client.dispose()
  })

  test('lazy: connects for the first operation, closes after the last', async () => {
    const events = new Queue()
    const client = connect({
      on: { connected: () => events.put('connected'), closed: (event) => events.put(event.code) },
    })
    assert.ok(events.isEmpty)
    await ask(client, { query: '{ __typename }' })
    assert.equal(await events.take('the connection'), 'connected')
    assert.equal(await events.take('the close'), 1000)
    const follower = await new Follower(subscribeBy(client)).heard()
    await ask(client, { query: '{ __typename }' })
    follower.stop()
    assert.equal(await events.take('the second connection'), 'connected')
    assert.equal(await events.take('the second close'), 1000)
    await client.dispose()
  })

  test('reconnects after a break and goes on', async () => {
    const proxy = await startProxy()
    const connections = new Queue()
    const client = connect({
      url: socketURL(proxy.url),
      retryAttempts: 5,
      retryWait: async () => {},
      on: { connected: (_, __, wasRetry) => connections.put(wasRetry) },
    })
    try {
      const follower = await new Follower(subscribeBy(client)).heard()
      assert.equal(await connections.take('the connection'), false)
      for (let i = 0; i < 2; i++) {
        proxy.cut()
        assert.equal(await connections.take('the connection after a break'), true)
        await follower.heard()
        const id = fresh()
        await createCall(id, 'after a break')
        await follower.take(id, 'the creation')
      }
      follower.stop()
      await proxy.closed('the close')
    } finally {
      await client.dispose()
      proxy.stop()
    }
  })
})

describe('message by message', { concurrency: true }, () => {
  test('the handshake names the protocol, among others too', async () => {
    for (const protocols of [protocol, ['graphql-ws', protocol], [protocol, 'other']]) {
      const socket = await Socket.open(protocols)
      assert.equal(socket.ws.protocol, protocol)
      socket.end()
    }
  })

  test('pings are answered with their payload, before and after the acknowledgement; pongs are taken', async () => {
    const socket = await Socket.open()
    const pings = async () => {
      socket.send({ type: 'pong' })
      socket.send({ type: 'pong', payload: { unasked: true } })
      socket.send({ type: 'ping' })
      assert.equal((await socket.take('a pong')).type, 'pong')
      socket.send({ type: 'ping', payload: { n: 1 } })
      assert.deepEqual(await socket.take('a pong'), { type: 'pong', payload: { n: 1 } })
    }
    await pings()
    socket.send({ type: 'connection_init' })
    assert.equal((await socket.take('the acknowledgement')).type, 'connection_ack')
    await pings()
    socket.end()
  })

  test('a query: next, complete; its id may be used again', async () => {
    const socket = await Socket.acknowledged({})
    for (let i = 0; i < 2; i++) {
      socket.subscribe('q', '{ __typename }')
      const { id, type, payload } = await socket.take('next')
      assert.deepEqual([id, type, payload.data], ['q', 'next', { __typename: 'Query' }])
      assert.deepEqual(await socket.take('complete'), { id: 'q', type: 'complete' })
    }
    socket.end()
  })

  test('an invalid operation: error, nothing after it, and the connection goes on', async () => {
    const socket = await Socket.acknowledged()
    socket.subscribe('bad', '{ noSuchField }')
    const { id, type, payload } = await socket.take('the error')
    assert.deepEqual([id, type, payload[0].extensions.code], ['bad', 'error', 'GRAPHQL_VALIDATION_FAILED'])
    socket.subscribe('bad', '{ __typename }')
    assert.deepEqual((await socket.take('next')).type, 'next')
    assert.deepEqual((await socket.take('complete')).type, 'complete')
    socket.end()
  })

  test('complete ends one subscription; others go on', async () => {
    const socket = await Socket.acknowledged()
    socket.subscribe('a', callChanged)
    socket.subscribe('b', callChanged)
    const heard = new Set()
    while (heard.size < 2) {
      await createCall(fresh('knock'), 'knock')
      const message = await socket.take('an event', 250).catch(() => ({}))
      if (message.id) heard.add(message.id)
    }
    socket.send({ id: 'a', type: 'complete' })
    socket.send({ id: 'never begun', type: 'complete' }) // late completes are not at fault
    socket.send({ type: 'ping' })
    while ((await socket.take('the pong')).type !== 'pong'); // the completes have been read
    const id = fresh()
    await createCall(id, 'for b alone')
    for (;;) {
      const { id: operation, type, payload } = await socket.take('the event for b')
      if (payload?.data.callChanged.callId !== id) continue
      assert.deepEqual([operation, type], ['b', 'next'])
      break
    }
    socket.subscribe('a', '{ __typename }') // the id is free
    for (;;) {
      const { id: operation, payload } = await socket.take('the answer to a')
      if (operation !== 'a') continue // b goes on
      assert.deepEqual(payload.data, { __typename: 'Query' })
      break
    }
    socket.end()
  })
})

describe('close codes', { concurrency: true }, () => {
  const subscribing = (more) => ({ type: 'subscribe', id: '1', payload: { query: '{ __typename }', ...more } })
  for (const [what, message] of [
    ['no JSON', 'hello'],
    ['cut JSON', '{"type": "ping"'],
    ['no object', '"ping"'],
    ['null', 'null'],
    ['an array', '[]'],
    ['no type', '{}'],
    ['an unknown type', { type: 'start', id: '1' }],
    ['an unknown type, longer than a reason may be', { type: '打'.repeat(100) }],
    ["the server's type", { type: 'connection_ack' }],
    ['a subscription without id', { type: 'subscribe', payload: { query: '{ __typename }' } }],
    ['a subscription with an empty id', { type: 'subscribe', id: '', payload: { query: '{ __typename }' } }],
    ['a subscription with a number for id', { type: 'subscribe', id: 1, payload: { query: '{ __typename }' } }],
    ['a subscription without payload', { type: 'subscribe', id: '1' }],
    ['a subscription without query', { type: 'subscribe', id: '1', payload: {} }],
    ['a query that is no text', { type: 'subscribe', id: '1', payload: { query: 1 } }],
    ['an operation name that is no text', subscribing({ operationName: 1 })],
    ['variables that are no object', subscribing({ variables: [] })],
    ['extensions that are no object', subscribing({ extensions: 'x' })],
    ['a complete without id', { type: 'complete' }],
    ['a ping whose payload is no object', { type: 'ping', payload: 'x' }],
    ['a pong whose payload is no object', { type: 'pong', payload: 1 }],
    ['binary', Buffer.from('{"type":"ping"}')],
  ]) {
    test(`4400: ${what}`, async () => {
      const socket = await Socket.acknowledged()
      socket.send(message)
      assert.equal(await socket.closed('the close'), 4400)
    })
  }

  test('4400 before the acknowledgement', async () => {
    const malformed = ['hello', { type: 'connection_init', payload: 'x' }, { type: 'connection_init', payload: [] }]
    for (const message of malformed) {
      const socket = await Socket.open()
      socket.send(message)
      assert.equal(await socket.closed('the close'), 4400, JSON.stringify(message))
    }
  })

  test('4401: an operation before the acknowledgement', async () => {
    const socket = await Socket.open()
    socket.subscribe('1', '{ __typename }')
    assert.equal(await socket.closed('the close'), 4401)
  })

  test('4406: no subprotocol', async () => {
    const socket = await Socket.open([])
    assert.equal(await socket.closed('the close'), 4406)
  })

  test('4406: an unknown subprotocol', async () => assert.equal(await closeCodeFor('graphql-ws'), 4406))

  test('4408: no connection_init in time', async () => {
    const socket = await Socket.open()
    assert.equal(await socket.closed('the close', 20_000), 4408)
  })

  test('4409: two operations with one id', async () => {
    const socket = await Socket.acknowledged()
    socket.subscribe('1', callChanged)
    socket.subscribe('1', callChanged)
    assert.equal(await socket.closed('the close'), 4409)
  })

  test('4429: two connection_inits', async () => {
    const socket = await Socket.acknowledged()
    socket.send({ type: 'connection_init' })
    assert.equal(await socket.closed('the close'), 4429)
  })

  test('4409: an id longer than a reason may be', async () => {
    const socket = await Socket.acknowledged()
    const id = '打'.repeat(100)
    socket.subscribe(id, callChanged)
    socket.subscribe(id, callChanged)
    assert.equal(await socket.closed('the close'), 4409)
  })

  test('4429: two connection_inits at once', async () => {
    const socket = await Socket.open()
    socket.send({ type: 'connection_init' })
    socket.send({ type: 'connection_init' })
    assert.equal(await socket.closed('the close'), 4429)
  })
})

// closeCodeFor makes the handshake by hand, since ws gives up where its subprotocol is not taken, and reads the close
// frame.
async function closeCodeFor(subprotocol) {
  const request = http.request(url, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==',
      'sec-websocket-protocol': subprotocol,
    },
  })
  request.end()
  const upgraded = once(request, 'upgrade')
  const refused = once(request, 'response').then(([response]) => {
    throw new Error(`the handshake is answered ${response.statusCode}`)
  })
  const [, socket, head] = await within(Promise.race([upgraded, refused]), 'the handshake')
  let frame = head
  try {
    while (frame.length < 4) frame = Buffer.concat([frame, (await within(once(socket, 'data'), 'the close frame'))[0]])
  } finally {
    socket.destroy()
  }
  assert.equal(frame[0], 0x88, 'no close frame')
  return frame.readUInt16BE(2)
}

describe('pages', () => {
  test('of another site are refused at the handshake', async () => {
    for (const origin of ['https://elsewhere.example', 'null', 'http://127.0.0.1:1']) {
      assert.equal(await refusal({ origin }), 403, origin)
    }
  })
  test("of the server's own, and of an allowed site, are let in", async () => {
    for (const origin of [new URL(url).origin, process.env.CALLBOOK_ALLOWED]) {
      assert.equal(await refusal({ origin }), 101, origin)
    }
  })
})
