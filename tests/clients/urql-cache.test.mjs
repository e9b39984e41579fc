// urql's normalised cache, graphcache, with the settings of urql/cache.mjs and the keys of urql/keys.mjs.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { buildSchema } from 'graphql'
import {
  checkBare, checkFiles, checkNamesakes, checkNoted, checkTwins, checkTypes, names, testDeletion, testEvents,
  transports, twins,
} from './caches.mjs'
import { url } from './callbook.mjs'
import * as documents from './documents.mjs'
import { testForms } from './formcases.mjs'
import { createCalls, createNamesakes, rename } from './rows.mjs'
import { connectionsOf, embeddedTypesOf, possibleTypesOf, readSchema } from './schema.mjs'
import { Screen } from './screen.mjs'
import { createCache, possibleTypes, resolvers } from './urql/cache.mjs'
import { createUrql } from './urql/client.mjs'
import { embeddedTypes } from './urql/keys.mjs'

// complain fails the test for what graphcache would warn of in the console, such as a type without a key. It also warns
// of the fields of fragments on other types, where it has possibleTypes in place of a schema; that is no fault.
function complain(severity, message) {
  if (severity !== 'debug' && !/Invalid undefined.*Inline Fragment on/s.test(message)) {
    throw new Error(`graphcache, ${severity}: ${message}`)
  }
}

function connect() {
  const { fetch, requests, sockets } = transports()
  return { client: createUrql(url, sockets, createCache({ logger: complain }), fetch), requests, sockets }
}

// show watches a query, as a screen does.
function show(client, query, variables) {
  const screen = new Screen()
  const subscription = client.query(query, variables).subscribe(({ data, error, stale }) => {
    if (error) screen.fail(error)
    else if (data && !stale) screen.show(data)
  })
  return Object.assign(screen, { close: () => subscription.unsubscribe() })
}

async function showList(client, name, rows) {
  const list = show(client, documents.callList, { name })
  await list.until('the list', (data) => names(data).length === rows)
  return list
}

// ask does a query or mutation and answers its data, which graphcache has written and read again.
async function ask(operation) {
  const { data, error } = await operation.toPromise()
  assert.ifError(error)
  return data
}

const fromCache = { requestPolicy: 'cache-only' }
describe("urql's graphcache", { concurrency: true }, () => {
  test('the keys name every type without an id, and no other', async () => {
    const schema = buildSchema(await readSchema())
    assert.deepEqual(embeddedTypes, embeddedTypesOf(schema))
  })

  test('the settings name what the schema has', async () => {
    const schema = buildSchema(await readSchema())
    assert.deepEqual(possibleTypes, possibleTypesOf(schema))
    const paged = Object.entries(resolvers).map(([type, fields]) => [type, Object.keys(fields).sort()])
    assert.deepEqual(Object.fromEntries(paged), connectionsOf(schema))
  })

  test('attachments of one key on two calls stay apart', async () => {
    const { client } = connect()
    const ids = await createCalls('apart', 2)
    await ask(client.query(documents.callFiles, { ids }))
    const { calls } = await ask(client.query(documents.callFiles, { ids }, fromCache))
    checkFiles(calls.edges.map(({ node }) => node))
  })

  test('a row that failed stays beside the good one of its key', async () => {
    const { client } = connect()
    const inputs = twins()
    checkTwins(inputs, (await ask(client.mutation(documents.createCalls, { inputs }))).createCalls)
  })

  test('a call, a record and a customer of one key stay apart', async () => {
    const { client } = connect()
    await createNamesakes('50')
    await ask(client.query(documents.namesakes, { id: '50' }))
    const nodeIds = checkNamesakes(await ask(client.query(documents.namesakes, { id: '50' }, fromCache)))
    const { nodes } = await ask(client.query(documents.objectsByNodeId, { nodeIds }))
    checkTypes(nodes, '50')
  })

  testEvents(async (name) => {
    const { client, requests, sockets } = connect()
    const list = await showList(client, name, 2)
    const events = client.subscription(documents.callChanged, {}).subscribe(({ error }) => error && list.fail(error))
    return { list, requests, end: () => (events.unsubscribe(), sockets.dispose()) }
  }, 2) // the list, and its new count

  testDeletion(async (name) => {
    const { client, requests } = connect()
    const list = await showList(client, name, 3)
    return { list, requests, drop: (id) => ask(client.mutation(documents.deleteCall, { id })) }
  }, 3) // the list, the deletion and the new count

  test('a deletion from an earlier page moves the count of a later one', async () => {
    const { client } = connect()
    const [first] = await createCalls('earlier', 4)
    const { calls } = await ask(client.query(documents.callList, { name: 'earlier', first: 2 }))
    const list = show(client, documents.callList, { name: 'earlier', first: 2, after: calls.pageInfo.endCursor })
    await list.until('both pages', (data) => names(data).length === 4)
    await ask(client.mutation(documents.deleteCall, { id: first }))
    const left = await list.until('the new count', (data) => data.calls.totalCount === 3)
    assert.deepEqual(names(left), ['earlier 2', 'earlier 3', 'earlier 4'])
    list.close()
  })

  test('a note moves the counter and the list of notes', async () => {
    const { client, requests } = connect()
    const [id] = await createCalls('noted', 1)
    const screen = show(client, documents.callDetail, { id })
    await checkBare(screen, 'the call')
    const { addNote } = await ask(client.mutation(documents.addNote, { callId: id, text: 'hello' }))
    await checkNoted(screen)
    assert.equal(requests.length, 2, 'requests: the call and the note were wanted')
    await ask(client.mutation(documents.deleteNote, { id: addNote.note.id }))
    await checkBare(screen)
    screen.close()
  })

  test('a list grows by pages, and starts anew for another filter', async () => {
    const { client } = connect()
    await createCalls('grows', 5)
    let after
    for (const shown of [2, 4, 5]) {
      const { calls } = await ask(client.query(documents.callList, { name: 'grows', first: 2, after }))
      assert.deepEqual(names({ calls }), [1, 2, 3, 4, 5].slice(0, shown).map((i) => `grows ${i}`))
      assert.deepEqual([calls.pageInfo.hasNextPage, calls.totalCount], [shown < 5, 5])
      after = calls.pageInfo.endCursor
    }
    assert.deepEqual(names(await ask(client.query(documents.callList, { name: 'grows 5' }))), ['grows 5'])
  })

  test('a refetch by nodeId updates what is shown', async () => {
    const { client } = connect()
    const [id] = await createCalls('refetched', 1)
    const list = await showList(client, 'refetched', 1)
    await rename(id, 'refetched anew')
    const { call } = await ask(client.query(documents.nodeIdOfCall, { id }))
    await ask(client.query(documents.callByNodeId, { nodeId: call.nodeId }))
    await list.until('the new name', (data) => names(data).includes('refetched anew'))
    list.close()
  })
})

testForms(async (variables, key) => {
  const fetchOptions = { headers: { 'Idempotency-Key': key } }
  const { data, error } = await connect().client.mutation(documents.createCall, variables, { fetchOptions }).toPromise()
  if (error) throw error.graphQLErrors
  return data
})
