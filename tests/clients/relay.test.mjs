// Relay: its compiler, and its store with the settings of relay/relay.config.json and relay/environment.mjs.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import relay from 'relay-runtime'
import {
  checkFiles, checkNamesakes, checkTwins, names, testDeletion, testEvents, texts, transports, twins,
} from './caches.mjs'
import { url } from './callbook.mjs'
import { testForms } from './formcases.mjs'
import './relay/compile.mjs'
import { createEnvironment } from './relay/environment.mjs'
import { createCalls, createNamesakes, rename } from './rows.mjs'
import { Screen } from './screen.mjs'

const documents = await import('./relay/documents.js') // they are compiled now
const { dropCall, follow } = await import('./relay/updates.mjs')

const { commitLocalUpdate, commitMutation, createOperationDescriptor, fetchQuery, getRequest, getSelector } = relay

function connect() {
  const { fetch, requests, sockets } = transports()
  return { environment: createEnvironment(url, sockets, fetch), requests, sockets }
}

// show does a query and watches it, or a fragment of it, as usePreloadedQuery and useFragment do.
async function show(environment, query, variables, fragment) {
  const screen = new Screen()
  await fetchQuery(environment, query, variables).toPromise()
  const operation = createOperationDescriptor(getRequest(query), variables)
  const retained = environment.retain(operation)
  let snapshot = environment.lookup(operation.fragment)
  if (fragment) snapshot = environment.lookup(getSelector(fragment, snapshot.data))
  assert.equal(snapshot.isMissingData, false, 'data are missing')
  screen.show(snapshot.data)
  const watched = environment.subscribe(snapshot, ({ data }) => screen.show(data))
  return Object.assign(screen, { close: () => [watched, retained].forEach((each) => each.dispose()) })
}

const ask = (environment, query, variables) => fetchQuery(environment, query, variables).toPromise()

// write does a mutation and answers what the store has made of the response; errors are thrown as a list.
const write = (environment, mutation, variables, options) =>
  new Promise((resolve, reject) =>
    commitMutation(environment, {
      mutation,
      variables,
      onCompleted: (data, errors) => (errors ? reject(errors) : resolve(data)),
      onError: (err) => reject(err.source?.errors ?? err),
      ...options,
    }),
  )

const showList = (environment, name, first = 10) =>
  show(environment, documents.list, { name, first }, documents.listFragment)

describe("Relay's store", { concurrency: true }, () => {
  test('attachments of one key on two calls stay apart', async () => {
    const { environment } = connect()
    const ids = await createCalls('apart', 2)
    const { calls } = await ask(environment, documents.files, { ids })
    checkFiles(calls.nodes)
  })

  test('a row that failed stays beside the good one of its key', async () => {
    const { environment } = connect()
    const inputs = twins()
    checkTwins(inputs, (await write(environment, documents.createCalls, { inputs })).createCalls)
  })

  test('a call, a record and a customer of one key stay apart', async () => {
    const { environment } = connect()
    await createNamesakes('50')
    const { call, callRecord } = await ask(environment, documents.namesakes, { id: '50' })
    const nodeIds = checkNamesakes({ call, callRecord })
    assert.deepEqual([call.id, callRecord.id, callRecord.customerPerson.id], ['50', '50', '50'])
    const { nodes } = await ask(environment, documents.objects, { nodeIds })
    assert.deepEqual(nodes.map(({ __typename }) => __typename), ['Call', 'CallRecord', 'CustomerPerson'])
    assert.deepEqual(nodes.map(({ nodeId }) => nodeId), nodeIds)
  })

  testEvents(async (name) => {
    const { environment, requests, sockets } = connect()
    const list = await showList(environment, name)
    const events = follow(environment, list.latest.calls.__id, list.fail)
    return { list, requests, end: () => (events.dispose(), sockets.dispose()) }
  }, 1)

  testDeletion(async (name) => {
    const { environment, requests } = connect()
    const list = await showList(environment, name)
    const connection = list.latest.calls.__id
    const drop = async (id) => {
      const updater = (store, data) => dropCall(store, connection, data.deleteCall.deletedNodeId)
      const { deleteCall } = await write(environment, documents.deleteCall, { id }, { updater })
      commitLocalUpdate(environment, (store) => dropCall(store, connection, deleteCall.deletedNodeId)) // its event
    }
    return { list, requests, drop }
  }, 2)

  test('a note moves the counter and the list of notes', async () => {
    const { environment, requests } = connect()
    const [id] = await createCalls('noted', 1)
    const screen = await show(environment, documents.call, { id })
    assert.deepEqual([screen.latest.call.relatedCounts.notes, texts(screen.latest)], [0, []])
    const connections = [screen.latest.call.notes.__id]
    const { addNote } = await write(environment, documents.addNote, { callId: id, text: 'hello', connections })
    const { call } = await screen.until('the note', (data) => texts(data).length === 1)
    assert.deepEqual(call.relatedCounts, { notes: 1, attachments: 1, openTasks: 0, finishedTasks: 0 })
    assert.deepEqual(texts({ call }), ['hello'])
    await write(environment, documents.deleteNote, { id: addNote.note.id, connections })
    const bare = await screen.until('no note', (data) => texts(data).length === 0)
    assert.equal(bare.call.relatedCounts.notes, 0)
    assert.equal(requests.length, 3, 'requests: the call and the two mutations were wanted')
    screen.close()
  })

  test('a list grows by pages, and starts anew for another filter', async () => {
    const { environment } = connect()
    await createCalls('grows', 5)
    const list = await showList(environment, 'grows', 2)
    let { calls } = list.latest
    while (calls.pageInfo.hasNextPage) {
      const shown = calls.edges.length
      const next = documents.listFragment.metadata.refetch.operation // what loadNext of usePaginationFragment asks
      await ask(environment, next, { name: 'grows', first: 2, after: calls.pageInfo.endCursor })
      ;({ calls } = await list.until('the next page', (data) => names(data).length > shown))
    }
    assert.deepEqual(names({ calls }), [1, 2, 3, 4, 5].map((i) => `grows ${i}`))
    const other = await showList(environment, 'grows 5')
    assert.deepEqual(names(other.latest), ['grows 5'])
    for (const each of [list, other]) each.close()
  })

  test('a refetch by nodeId updates what is shown', async () => {
    const { environment } = connect()
    const [id] = await createCalls('refetched', 1)
    const list = await showList(environment, 'refetched')
    await rename(id, 'refetched anew')
    const { operation, identifierInfo } = documents.row.metadata.refetch // what useRefetchableFragment asks
    const { identifierField, identifierQueryVariableName } = identifierInfo
    const { node } = list.latest.calls.edges[0]
    await ask(environment, operation, { [identifierQueryVariableName]: node[identifierField] })
    await list.until('the new name', (data) => names(data).includes('refetched anew'))
    list.close()
  })
})

testForms((variables, key) => {
  const cacheConfig = { metadata: { headers: { 'Idempotency-Key': key } } }
  return write(connect().environment, documents.createCall, variables, { cacheConfig })
})
