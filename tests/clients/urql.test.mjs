// urql's core, without a view library.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { persistedExchange } from '@urql/exchange-persisted'
import { createClient as createStreamClient } from 'graphql-sse'
import { createClient as createSocketClient } from 'graphql-ws'
import WebSocket from 'ws'
import { createCall, fresh, socketURL, spy, url } from './callbook.mjs'
import { callFile, importCalls, preflight } from './files.mjs'
import { follows } from './follow.mjs'

const urql = (options = {}) => new Client({ url, exchanges: [fetchExchange], preferGetMethod: false, ...options })

const callByID = 'query CallByID($id: ID!) { call(id: $id) { id name } }'

const generateHash = async (text) => createHash('sha256').update(text).digest('hex')

// subscribeBy is the subscribe function of a client.
const subscribeBy = (client) => (query, sink) => {
  const subscription = client
    .subscription(query, {})
    .subscribe(({ data, error }) => (error ? sink.error(error) : sink.next({ data })))
  return () => subscription.unsubscribe()
}

// over makes subscriptions go by another client, as urql's documentation has it.
const over = (client) =>
  subscriptionExchange({
    forwardSubscription: (request) => ({
      subscribe: (sink) => ({ unsubscribe: client.subscribe({ ...request, query: request.query ?? '' }, sink) }),
    }),
  })

// quietly is a fetch whose body just ends when it is aborted: urql aborts it to unsubscribe, and then, depending on the
// moment, leaves the error to nobody, which ends the process.
async function quietly(address, options) {
  const response = await fetch(address, options)
  const body = async function* () {
    try {
      yield* response.body
    } catch (err) {
      if (err.name !== 'AbortError') throw err
    }
  }
  return new Response(ReadableStream.from(body()), response)
}

describe('urql', { concurrency: true }, () => {
  test('queries, mutations and their errors', async () => {
    const client = urql()
    const id = fresh()
    const created = await client
      .mutation('mutation ($input: CreateCallInput!) { createCall(input: $input) { call { id name } } }', {
        input: { id, name: '打电话' },
      })
      .toPromise()
    assert.ifError(created.error)
    assert.equal(created.data.createCall.call.name, '打电话')
    const found = await client.query(callByID, { id }).toPromise()
    assert.equal(found.data.call.name, '打电话')
    const { error } = await client.query('{ noSuchField }', {}).toPromise()
    assert.equal(error.graphQLErrors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED')
    assert.equal(error.networkError, undefined)
  })

  test('GET for queries', async () => {
    const { fetch, requests } = spy()
    const client = urql({ fetch, preferGetMethod: true })
    const id = fresh()
    await client.mutation('mutation ($id: ID!) { createCall(input: {id: $id}) { call { id } } }', { id }).toPromise()
    const { data, error } = await client.query(callByID, { id }).toPromise()
    assert.ifError(error)
    assert.equal(data.call.id, id)
    assert.deepEqual(requests.map(({ method }) => method), ['POST', 'GET'])
  })

  for (const preferGetForPersistedQueries of [false, true]) {
    test(`persisted queries${preferGetForPersistedQueries ? ' by GET' : ''}: a miss, then hits`, async () => {
      const id = fresh()
      await createCall(id, 'persisted')
      // A document of its own, which the server has not met.
      const query = `query Persisted_${id.replaceAll('-', '_')}($id: ID!) { call(id: $id) { id name } }`
      const { fetch, requests } = spy()
      const exchanges = [persistedExchange({ generateHash, preferGetForPersistedQueries }), fetchExchange]
      const expect = async (client, queries) => {
        requests.length = 0
        const { data, error } = await client.query(query, { id }).toPromise()
        assert.ifError(error)
        assert.equal(data.call.name, 'persisted')
        assert.deepEqual(requests.map(({ body, url }) => /[?&"]query["=]/.test(body ?? url)), queries)
        assert.equal(requests[0].method, preferGetForPersistedQueries ? 'GET' : 'POST')
      }
      await expect(urql({ fetch, exchanges }), [false, true])
      await expect(urql({ fetch, exchanges }), [false])
    })
  }

  test('an upload', async () => {
    const client = urql({ fetchOptions: { headers: preflight } })
    const ids = [fresh(), fresh()]
    const { data, error } = await client.mutation(importCalls, { file: callFile(ids) }).toPromise()
    assert.ifError(error)
    const { __typename, ...counts } = data.importCalls
    assert.deepEqual(counts, { rows: 2, created: 2, updated: 0, unchanged: 0, failed: 0, errors: [] })
    const found = await client.query(callByID, { id: ids[1] }).toPromise()
    assert.equal(found.data.call.name, 'from a file')
  })

  test('an upload that a form of another site could send is refused', async () => {
    const { error } = await urql().mutation(importCalls, { file: callFile([fresh()]) }).toPromise()
    assert.equal(error?.response.status, 403)
  })

  test('subscriptions over WebSocket', async () => {
    const sockets = createSocketClient({ url: socketURL(), webSocketImpl: WebSocket })
    await follows(subscribeBy(urql({ exchanges: [over(sockets), fetchExchange] })))
    await sockets.dispose()
  })

  test('subscriptions over server-sent events, by graphql-sse', async () => {
    const streams = createStreamClient({ url, retryAttempts: 0 })
    await follows(subscribeBy(urql({ exchanges: [over(streams), fetchExchange] })))
  })

  test('subscriptions over server-sent events, by itself', () =>
    follows(subscribeBy(urql({ fetchSubscriptions: true, fetch: quietly }))))
})
