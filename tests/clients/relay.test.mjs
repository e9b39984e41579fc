// Relay: its compiler, and its store with the settings of relay/relay.config.json and relay/environment.mjs.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient } from 'graphql-ws'
import relay from 'relay-runtime'
import WebSocket from 'ws'
import { fresh, socketURL, spy, url } from './callbook.mjs'
import { testForms } from './formcases.mjs'
import './relay/compile.mjs'
import { createEnvironment } from './relay/environment.mjs'
import { createCalls, createNamesakes, remove, rename } from './rows.mjs'
import { Screen } from './screen.mjs'

const documents = await import('./relay/documents.js') // they are compiled now
const { dropCall, follow } = await import('./relay/updates.mjs')

const { commitLocalUpdate, commitMutation, createOperationDescriptor, fetchQuery, getRequest, getSelector } = relay

function connect() {
  const { fetch, requests } = spy()
  const sockets = createClient({ url: socketURL(), webSocketImpl: WebSocket })
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

const names = ({ calls }) => calls.edges.map(({ node }) => node.name)
const texts = ({ call }) => call.notes.edges.map(({ node }) => node.text)

describe("Relay's store", { concurrency: true }, () => {
  test('attachments of one key on two calls stay apart', async () => {
    const { environment } = connect()
    const ids = await createCalls('apart', 2)
    const { calls } = await ask(environment, documents.files, { ids })
    const files = calls.nodes.map((call) => call.attachments.map(({ attachmentId, name }) => [attachmentId, name]))
    assert.deepEqual(files, [[['1', 'file of apart 1']], [['1', 'file of apart 2']]])
  })

  test('a row that failed stays beside the good one of its key', async () => {
    const { environment } = connect()
    const id = fresh()
    const inputs = [{ id, name: 'good' }, { id, name: 'bad' }]
    const { results } = (await write(environment, documents.createCalls, { inputs })).createCalls
    assert.deepEqual(results.map(({ callId, outcome }) => [callId, outcome]), [[id, 'CREATED'], [id, 'FAILED']])
    assert.equal(results[0].call.name, 'good')
    assert.deepEqual([results[1].call, results[1].errors[0].field], [null, 'id'])
  })

  test('a call, a record and a customer of one key stay apart', async () => {
    const { environment } = connect()
    await createNamesakes('50')
    const { call, callRecord } = await ask(environment, documents.namesakes, { id: '50' })
    assert.equal(call.name, 'the call')
    assert.equal(callRecord.analysisBasis, 'the record')
    assert.equal(callRecord.customerPerson.name, 'the customer')
    assert.deepEqual([call.id, callRecord.id, callRecord.customerPerson.id], ['50', '50', '50'])
    const nodeIds = [call.nodeId, callRecord.nodeId, callRecord.customerPerson.nodeId]
    const { nodes } = await ask(environment, documents.objects, { nodeIds })
    assert.deepEqual(nodes.map(({ __typename }) => __typename), ['Call', 'CallRecord', 'CustomerPerson'])
    assert.deepEqual(nodes.map(({ nodeId }) => nodeId), nodeIds)
  })

  test('events update a row of a list, and remove it', async () => {
    const { environment, requests, sockets } = connect()
    const [first] = await createCalls('event', 2)
    const list = await showList(environment, 'event')
    const events = follow(environment, list.latest.calls.__id, list.fail)
    await list.until('the event', (data) => names(data)[0] !== 'event 1', (attempt) =>
      rename(first, `event 1, renamed ${attempt}`),
    )
    await remove(first)
    const { calls } = await list.until('the list without it', (data) => names(data).length === 1)
    assert.deepEqual([names({ calls }), calls.totalCount], [['event 2'], 1])
    assert.equal(requests.length, 1, 'requests: the list alone was wanted')
    events.dispose()
    list.close()
    await sockets.dispose()
  })

  test('a deletion removes the row from the list', async () => {
    const { environment, requests } = connect()
    const [first] = await createCalls('deleted', 3)
    const list = await showList(environment, 'deleted')
    const connection = list.latest.calls.__id
    const updater = (store, data) => dropCall(store, connection, data.deleteCall.deletedNodeId)
    const { deleteCall } = await write(environment, documents.deleteCall, { id: first }, { updater })
    commitLocalUpdate(environment, (store) => dropCall(store, connection, deleteCall.deletedNodeId)) // its event
    const { calls } = await list.until('the list without it', (data) => names(data).length === 2)
    assert.deepEqual([names({ calls }), calls.totalCount], [['deleted 2', 'deleted 3'], 2])
    assert.equal(requests.length, 2, 'requests: the list and the deletion were wanted')
    list.close()
  })

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
