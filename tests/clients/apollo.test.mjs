// Apollo Client, without React.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, Observable, gql } from '@apollo/client'
import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs'
import { print } from 'graphql'
import { createClient as createStreamClient } from 'graphql-sse'
import { createClient as createSocketClient } from 'graphql-ws'
import WebSocket from 'ws'
import { createCall, fresh, socketURL, spy, url } from './callbook.mjs'
import { follows } from './follow.mjs'
import { callFile, importCalls, preflight } from './files.mjs'

const apollo = (link) =>
  new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions: { query: { fetchPolicy: 'no-cache' } } })

const callByID = gql`
  query CallByID($id: ID!) {
    call(id: $id) {
      id
      name
    }
  }
`

const sha256 = (text) => createHash('sha256').update(text).digest('hex')

// subscribeBy is the subscribe function of a client.
const subscribeBy = (client) => (query, sink) => {
  const subscription = client.subscribe({ query: gql(query), fetchPolicy: 'no-cache' }).subscribe({
    next: ({ data, error }) => (error ? sink.error(error) : sink.next({ data })),
    error: sink.error,
    complete: sink.complete,
  })
  return () => subscription.unsubscribe()
}

// StreamLink is the link that the documentation of graphql-sse shows.
class StreamLink extends ApolloLink {
  #client = createStreamClient({ url, retryAttempts: 0 })

  request(operation) {
    return new Observable((sink) =>
      this.#client.subscribe(
        { ...operation, query: print(operation.query) },
        { next: sink.next.bind(sink), complete: sink.complete.bind(sink), error: sink.error.bind(sink) },
      ),
    )
  }
}

describe('Apollo Client', { concurrency: true }, () => {
  test('queries, mutations and their errors', async () => {
    const client = apollo(new HttpLink({ uri: url }))
    const id = fresh()
    const { data } = await client.mutate({
      mutation: gql`mutation Create($input: CreateCallInput!) { createCall(input: $input) { call { id name } } }`,
      variables: { input: { id, name: '打电话' } },
    })
    assert.equal(data.createCall.call.name, '打电话')
    const found = await client.query({ query: callByID, variables: { id } })
    assert.deepEqual(found.data.call, { __typename: 'Call', id, name: '打电话' })
    await assert.rejects(client.query({ query: gql`{ noSuchField }` }), (err) => {
      assert.ok(CombinedGraphQLErrors.is(err), String(err))
      assert.equal(err.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED')
      return true
    })
  })

  test('GET for queries', async () => {
    const { fetch, requests } = spy()
    const client = apollo(new HttpLink({ uri: url, fetch, useGETForQueries: true }))
    const id = fresh()
    await client.mutate({
      mutation: gql`mutation Create($id: ID!) { createCall(input: {id: $id}) { call { id } } }`,
      variables: { id },
    })
    const { data } = await client.query({ query: callByID, variables: { id } })
    assert.equal(data.call.id, id)
    assert.deepEqual(requests.map(({ method }) => method), ['POST', 'GET'])
  })

  for (const useGETForHashedQueries of [false, true]) {
    test(`persisted queries${useGETForHashedQueries ? ' by GET' : ''}: a miss, then hits`, async () => {
      const id = fresh()
      await createCall(id, 'persisted')
      // A document of its own, which the server has not met.
      const query = gql`query ${'Persisted_' + id.replaceAll('-', '_')}($id: ID!) { call(id: $id) { id name } }`
      const { fetch, requests } = spy()
      const connect = () => {
        const persisted = createPersistedQueryLink({ sha256, useGETForHashedQueries })
        return apollo(persisted.concat(new HttpLink({ uri: url, fetch })))
      }
      const expect = async (client, methods, queries) => {
        requests.length = 0
        const { data } = await client.query({ query, variables: { id } })
        assert.equal(data.call.name, 'persisted')
        assert.deepEqual(requests.map(({ method }) => method), methods)
        assert.deepEqual(requests.map(({ body, url }) => /[?&"]query["=]/.test(body ?? url)), queries)
      }
      const client = connect()
      const hashed = useGETForHashedQueries ? 'GET' : 'POST'
      await expect(client, [hashed, 'POST'], [false, true])
      await expect(client, [hashed], [false])
      await expect(connect(), [hashed], [false])
    })
  }

  test('an upload', async () => {
    const client = apollo(new UploadHttpLink({ uri: url, headers: preflight }))
    const ids = [fresh(), fresh()]
    const { data } = await client.mutate({ mutation: gql(importCalls), variables: { file: callFile(ids) } })
    const { __typename, ...counts } = data.importCalls
    assert.deepEqual(counts, { rows: 2, created: 2, updated: 0, unchanged: 0, failed: 0, errors: [] })
    const found = await client.query({ query: callByID, variables: { id: ids[1] } })
    assert.equal(found.data.call.name, 'from a file')
  })

  test('a dry run of an upload, with errors by line', async () => {
    const client = apollo(new UploadHttpLink({ uri: url, headers: preflight }))
    const id = fresh()
    const rows = `{"id":"${id}","name":"x"}\n{"id":"${fresh()}","call_type":"no such type"}\n`
    const file = new File([rows], 'calls.jsonl')
    const { data } = await client.mutate({ mutation: gql(importCalls), variables: { file, dryRun: true } })
    const { rows: went, created, failed } = data.importCalls
    assert.deepEqual([went, created, failed], [1, 0, 1])
    assert.equal(data.importCalls.errors[0].line, 2)
    const found = await client.query({ query: callByID, variables: { id } })
    assert.equal(found.data.call, null)
  })

  test('subscriptions over WebSocket', async () => {
    const sockets = createSocketClient({ url: socketURL(), webSocketImpl: WebSocket })
    await follows(subscribeBy(apollo(new GraphQLWsLink(sockets))))
    await sockets.dispose()
  })

  test('subscriptions over server-sent events', () => follows(subscribeBy(apollo(new StreamLink()))))

  test('queries over WebSocket and server-sent events', async () => {
    const id = fresh()
    await createCall(id, 'any way')
    const sockets = createSocketClient({ url: socketURL(), webSocketImpl: WebSocket })
    for (const link of [new GraphQLWsLink(sockets), new StreamLink()]) {
      const { data } = await apollo(link).query({ query: callByID, variables: { id } })
      assert.equal(data.call.name, 'any way')
    }
    await sockets.dispose()
  })
})
