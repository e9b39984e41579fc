// GraphQL over server-sent events, distinct connections: by the client graphql-sse, by EventSource, and line by line.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EventSource } from 'eventsource'
import { createClient } from 'graphql-sse'
import { Queue, createCall, fresh, run, url, within } from './callbook.mjs'
import { Follower, callChanged, follows } from './follow.mjs'
import { startProxy } from './proxy.mjs'

const streamType = { accept: 'text/event-stream' }

const byGet = (query, address = url, variables = {}) =>
  `${address}?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`

const post = (body, headers = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { ...streamType, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

// subscribeBy is the subscribe function of an EventSource.
const subscribeBy = (address, variables) => (query, sink) => {
  const source = new EventSource(byGet(query, address, variables))
  source.addEventListener('next', (event) => sink.next(JSON.parse(event.data)))
  source.addEventListener('complete', () => {
    source.close() // or it asks again
    sink.complete()
  })
  source.addEventListener('error', (event) => sink.error(event))
  return () => source.close()
}

describe('the client graphql-sse', { concurrency: true }, () => {
  const connect = (address = url) => createClient({ url: address, retryAttempts: 0 })

  test('queries and mutations', async () => {
    const client = connect()
    const id = fresh()
    const query = 'mutation Create($id: ID!) { createCall(input: {id: $id, name: "打电话\\n\\n"}) { call { id name } } }'
    const results = []
    const operation = { query, variables: { id }, operationName: 'Create' }
    for await (const { data } of client.iterate(operation)) results.push(data)
    assert.deepEqual(results, [{ createCall: { call: { id, name: '打电话\n\n' } } }])
  })

  test('subscriptions', async () => {
    const client = connect()
    await follows((query, sink) => client.subscribe({ query }, sink))
  })

  test('an operation at fault is answered in the stream', async () => {
    for (const query of ['{ noSuchField }', 'subscription { noSuchField }', '{']) {
      const received = new Queue()
      connect().subscribe({ query }, received)
      assert.ok((await received.take('the refusal')).next?.errors[0].extensions.code)
      assert.deepEqual(await received.take('complete'), { complete: true })
    }
  })

  test('stopping closes the connection', async () => {
    const proxy = await startProxy()
    try {
      const client = connect(proxy.url)
      const follower = await new Follower((query, sink) => client.subscribe({ query }, sink)).heard()
      follower.stop()
      await proxy.closed('the close')
    } finally {
      proxy.stop()
    }
  })

  test('a break is noticed, and mended by retrying', async () => {
    const proxy = await startProxy()
    try {
      const client = createClient({ url: proxy.url, retryAttempts: 5, retry: async () => {} })
      const follower = await new Follower((query, sink) => client.subscribe({ query }, sink)).heard()
      proxy.cut()
      await follower.heard()
      follower.stop()
    } finally {
      proxy.stop()
    }
  })
})

describe('EventSource', { concurrency: true }, () => {
  test('subscriptions', () => follows(subscribeBy()))

  test('variables', async () => {
    const id = fresh()
    const received = new Queue()
    const stop = subscribeBy(url, { id })('subscription ($id: ID) { callChanged(id: $id) { callId } }', received)
    for (let attempt = 0; received.isEmpty && attempt < 40; attempt++) {
      await createCall(fresh(), 'another')
      await run('mutation ($id: ID!, $name: String!) { saveCall(input: {id: $id, name: $name}) { created } }', {
        id,
        name: fresh(),
      })
    }
    assert.deepEqual((await received.take('the change')).next?.data.callChanged, { callId: id })
    stop()
  })

  test('a query: next, then complete', async () => {
    const received = new Queue()
    subscribeBy()('{ __typename }', received)
    assert.deepEqual((await received.take('next')).next?.data, { __typename: 'Query' })
    assert.deepEqual(await received.take('complete'), { complete: true })
  })

  test('an operation at fault ends it, once and for all', async () => {
    for (const query of ['{ noSuchField }', 'subscription { noSuchField }']) {
      const received = new Queue()
      subscribeBy()(query, received)
      assert.equal((await received.take('the errors')).next?.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED')
      assert.deepEqual(await received.take('complete'), { complete: true })
    }
  })

  test('closing it closes the connection; a break is mended', async () => {
    const proxy = await startProxy()
    try {
      const errors = new Queue()
      const subscribe = (query, { next, complete }) =>
        subscribeBy(proxy.url)(query, { next, complete, error: errors.error })
      const follower = await new Follower(subscribe).heard()
      proxy.cut()
      await errors.take('the break')
      await follower.heard()
      follower.stop()
      await proxy.closed('the close')
    } finally {
      proxy.stop()
    }
  })
})

describe('line by line', { concurrency: true }, () => {
  test('the stream of a query, by POST and by GET', async () => {
    const byPost = await post({ query: '{ __typename }' })
    for (const response of [byPost, await fetch(byGet('{ __typename }'), { headers: streamType })]) {
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type'), /^text\/event-stream(; *charset=utf-8)?$/i)
      assert.match(response.headers.get('cache-control'), /no-cache|no-store/)
      const events = (await within(response.text(), 'the end'))
        .split('\n\n')
        .map((event) =>
          event.split('\n').filter((line) => line !== '' && !line.startsWith(':') && !line.startsWith('retry:')),
        )
        .filter((lines) => lines.length > 0)
      assert.equal(events.length, 2, JSON.stringify(events))
      const [next, complete] = events
      assert.ok(next.includes('event: next'), String(next))
      assert.deepEqual(JSON.parse(next.find((line) => line.startsWith('data:')).slice(5)).data, { __typename: 'Query' })
      assert.ok(complete.includes('event: complete'), String(complete))
      assert.ok(complete.some((line) => /^data: ?$/.test(line)), String(complete)) // without data, EventSource drops it
    }
  })

  test('a mutation goes by POST alone', async () => {
    const mutation = `mutation { createCall(input: {id: "${fresh()}"}) { call { id } } }`
    assert.equal((await fetch(byGet(mutation), { headers: streamType })).status, 405)
    assert.match(await (await post({ query: mutation })).text(), /"createCall":\{"call":\{"id"/)
  })

  test('a subscription without text/event-stream is refused', async () => {
    const response = await post({ query: callChanged }, { accept: 'application/json' })
    const { data, errors } = await within(response.json(), 'the refusal')
    assert.equal(data, undefined)
    assert.ok(errors[0].extensions.code)
  })

  test('a field at fault is part of the result', async () => {
    const query = 'mutation { updateCall(id: "nobody", input: {name: "x"}) { call { id } } }'
    const text = await (await post({ query })).text()
    assert.match(text, /event: next\ndata:.*"NOT_FOUND"/)
    assert.match(text, /event: complete/)
  })

  test('bodies that are no request are answered 400, as JSON', async () => {
    for (const body of ['{', '[]', '{"query": 1}', '{}', '']) {
      const headers = { ...streamType, 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body })
      assert.equal(response.status, 400, body)
      assert.match(response.headers.get('content-type'), /json/)
      assert.ok((await response.json()).errors[0].extensions.code)
    }
  })

  test('where JSON is preferred, a query is answered in JSON', async () => {
    // urql asks for these.
    const accept = 'application/graphql-response+json, application/json, text/event-stream, multipart/mixed'
    const response = await post({ query: '{ __typename }' }, { accept })
    assert.match(response.headers.get('content-type'), /^application\/(graphql-response\+)?json/)
    await response.json()
  })
})
