// Apollo Client's normalised cache, with the settings of apollo/cache.mjs.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HttpLink, gql } from '@apollo/client'
import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { buildSchema } from 'graphql'
import { possibleTypes, typePolicies } from './apollo/cache.mjs'
import { createApollo } from './apollo/client.mjs'
import { dropCall, dropNote, follow, showNote } from './apollo/updates.mjs'
import {
  checkBare, checkFiles, checkNamesakes, checkNoted, checkTwins, checkTypes, names, testDeletion, testEvents,
  transports, twins,
} from './caches.mjs'
import { url } from './callbook.mjs'
import * as documents from './documents.mjs'
import { testForms } from './formcases.mjs'
import { createCalls, createJob, createNamesakes, rename } from './rows.mjs'
import { connectionsOf, possibleTypesOf, readSchema } from './schema.mjs'
import { Screen } from './screen.mjs'

const parsed = Object.fromEntries(Object.entries(documents).map(([name, text]) => [name, gql(text)]))

function connect() {
  const { fetch, requests, sockets } = transports()
  return { client: createApollo(url, sockets, new HttpLink({ uri: url, fetch })), requests, sockets }
}

// show watches a query, as a screen does.
function show(client, query, variables) {
  const watched = client.watchQuery({ query, variables })
  const screen = new Screen()
  const subscription = watched.subscribe(({ data, error, dataState }) => {
    if (error) screen.fail(error)
    else if (dataState === 'complete') screen.show(data)
  })
  return Object.assign(screen, { watched, close: () => subscription.unsubscribe() })
}

async function showList(client, name, rows) {
  const list = show(client, parsed.callList, { name })
  await list.until('the list', (data) => names(data).length === rows)
  return list
}

describe("Apollo Client's cache", { concurrency: true }, () => {
  test('the settings name what the schema has', async () => {
    const schema = buildSchema(await readSchema())
    assert.deepEqual(possibleTypes, possibleTypesOf(schema))
    const paged = Object.entries(typePolicies).filter(([, { fields }]) => fields)
    const names = paged.map(([type, { fields }]) => [type, Object.keys(fields).sort()])
    assert.deepEqual(Object.fromEntries(names), connectionsOf(schema))
    const unknown = Object.keys(typePolicies).filter((type) => !schema.getType(type))
    assert.deepEqual(unknown, [], 'types that the schema does not have')
  })

  test('attachments of one key on two calls stay apart', async () => {
    const { client } = connect()
    const ids = await createCalls('apart', 2)
    const options = { query: parsed.callFiles, variables: { ids } }
    await client.query(options)
    const { calls } = client.readQuery(options)
    checkFiles(calls.edges.map(({ node }) => node))
  })

  test('a row that failed stays beside the good one of its key', async () => {
    const { client } = connect()
    const variables = { inputs: twins() }
    await client.mutate({ mutation: parsed.createCalls, variables, keepRootFields: true })
    const query = gql(documents.createCalls.replace('mutation', 'query')) // caches read queries alone
    checkTwins(variables.inputs, client.readQuery({ query, variables, id: 'ROOT_MUTATION' }).createCalls)
  })

  test('a call, a record and a customer of one key stay apart', async () => {
    const { client } = connect()
    await createNamesakes('50')
    const options = { query: parsed.namesakes, variables: { id: '50' } }
    await client.query(options)
    const nodeIds = checkNamesakes(client.readQuery(options))
    const { data } = await client.query({ query: parsed.objectsByNodeId, variables: { nodeIds } })
    checkTypes(data.nodes, '50')
  })

  testEvents(async (name) => {
    const { client, requests, sockets } = connect()
    const list = await showList(client, name, 2)
    const events = follow(client, list.fail)
    return { list, requests, end: () => (events.unsubscribe(), sockets.dispose()) }
  }, 1)

  testDeletion(async (name) => {
    const { client, requests } = connect()
    const list = await showList(client, name, 3)
    const drop = async (id) => {
      await client.mutate({
        mutation: parsed.deleteCall,
        variables: { id },
        update: (cache, { data }) => dropCall(cache, data.deleteCall.callId),
      })
      dropCall(client.cache, id) // its event
    }
    return { list, requests, drop }
  }, 2)

  test('a note moves the counter and the list of notes', async () => {
    const { client, requests } = connect()
    const [id] = await createCalls('noted', 1)
    const screen = show(client, parsed.callDetail, { id })
    await checkBare(screen, 'the call')
    const added = await client.mutate({
      mutation: parsed.addNote,
      variables: { callId: id, text: 'hello' },
      update: showNote,
    })
    await checkNoted(screen)
    const { note } = added.data.addNote
    await client.mutate({ mutation: parsed.deleteNote, variables: { id: note.id }, update: dropNote })
    await checkBare(screen)
    assert.equal(requests.length, 3, 'requests: the call and the two mutations were wanted')
    screen.close()
  })

  test('a list grows by pages, and starts anew for another filter', async () => {
    const { client } = connect()
    await createCalls('grows', 5)
    const list = show(client, parsed.callList, { name: 'grows', first: 2 })
    let { calls } = await list.until('the first page', (data) => names(data).length === 2)
    while (calls.pageInfo.hasNextPage) {
      const shown = calls.edges.length
      await list.watched.fetchMore({ variables: { after: calls.pageInfo.endCursor } })
      ;({ calls } = await list.until('the next page', (data) => names(data).length > shown))
    }
    assert.deepEqual(names({ calls }), [1, 2, 3, 4, 5].map((i) => `grows ${i}`))
    const { data } = await client.query({ query: parsed.callList, variables: { name: 'grows 5' } })
    assert.deepEqual(names(data), ['grows 5'])
    list.close()
  })

  test('a refetch by nodeId updates what is shown', async () => {
    const { client } = connect()
    const [id] = await createCalls('refetched', 1)
    const list = await showList(client, 'refetched', 1)
    await rename(id, 'refetched anew')
    const { data } = await client.query({ query: parsed.nodeIdOfCall, variables: { id } })
    await client.query({ query: parsed.callByNodeId, variables: { nodeId: data.call.nodeId } })
    await list.until('the new name', (data) => names(data).includes('refetched anew'))
    list.close()
  })

  test('a dry run changes nothing that is shown', async () => {
    const { client } = connect()
    const [id] = await createCalls('tried', 1)
    const list = { query: parsed.callList, variables: { name: 'tried' } }
    await client.query(list)
    const { data } = await client.mutate({ mutation: parsed.tryRename, variables: { id, name: 'as it would be' } })
    assert.equal(data.updateCalls.results[0].preview.name, 'as it would be')
    assert.deepEqual(names(client.readQuery(list)), ['tried 1'])
  })

  test('screens that ask different things of one object without an id do not take them from each other', async () => {
    const { client, requests } = connect()
    await createJob('61')
    const [first, second] = [
      'total agreement { rate } durationPercentiles { p50 }',
      'answered agreement { graded } durationPercentiles { p90 }',
    ].map((fields) => `{ viewer { name } jobStats(robotCallJobId: "61") { ${fields} } }`)
    const screens = [first, second.replace('name', 'roles')].map((text) => show(client, gql(text)))
    await Promise.all(screens.map((screen) => screen.until('the statistics', () => true)))
    for (const text of [first, second, '{ viewer { name roles } }']) {
      assert.notEqual(client.readQuery({ query: gql(text) }), null, `the cache has lost ${text}`)
    }
    assert.deepEqual([screens[0].latest.jobStats.total, screens[1].latest.jobStats.answered], [2, 1])
    assert.equal(requests.length, 2, 'requests: one for each screen was wanted')
    for (const screen of screens) screen.close()
  })
})

testForms(async (variables, key) => {
  try {
    const context = { headers: { 'Idempotency-Key': key } }
    const { data } = await connect().client.mutate({ mutation: parsed.createCall, variables, context })
    return data
  } catch (err) {
    throw CombinedGraphQLErrors.is(err) ? err.errors : err
  }
})
