// What the tests of normalised caches share: how they connect and look, and what must hold with every client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { fresh, socketURL, spy } from './callbook.mjs'
import { createCalls, remove, rename } from './rows.mjs'

// transports are a fetch that keeps what was requested, and websockets.
export function transports() {
  return { ...spy(), sockets: createClient({ url: socketURL(), webSocketImpl: WebSocket }) }
}

export const names = ({ calls }) => calls.edges.map(({ node }) => node.name)
export const texts = ({ call }) => call.notes.edges.map(({ node }) => node.text)

// checkFiles checks that the calls apart 1 and apart 2 have kept their own attachments, which have one key.
export function checkFiles(calls) {
  const files = calls.map(({ attachments }) => attachments.map(({ attachmentId, name }) => [attachmentId, name]))
  assert.deepEqual(files, [[['1', 'file of apart 1']], [['1', 'file of apart 2']]])
}

// twins are the inputs of two calls of one key, of which the second fails.
export function twins() {
  const id = fresh()
  return [{ id, name: 'good' }, { id, name: 'bad' }]
}

// checkTwins checks that the results of twins are apart.
export function checkTwins([{ id }], { results }) {
  assert.deepEqual(results.map(({ callId, outcome }) => [callId, outcome]), [[id, 'CREATED'], [id, 'FAILED']])
  assert.equal(results[0].call.name, 'good')
  assert.deepEqual([results[1].call, results[1].errors[0].field], [null, 'id'])
}

// checkNamesakes checks that what createNamesakes has made is apart, and answers the nodeIds.
export function checkNamesakes({ call, callRecord }) {
  assert.equal(call.name, 'the call')
  assert.equal(callRecord.analysisBasis, 'the record')
  assert.equal(callRecord.customerPerson.name, 'the customer')
  return [call.nodeId, callRecord.nodeId, callRecord.customerPerson.nodeId]
}

// checkTypes checks the objects of the nodeIds that checkNamesakes answers.
export function checkTypes(nodes, key) {
  assert.deepEqual(nodes.map(({ __typename, id }) => [__typename, id]), [
    ['Call', key],
    ['CallRecord', key],
    ['CustomerPerson', key],
  ])
}

// checkLeft waits until a list has lost a row, and checks what is left.
async function checkLeft(list, left) {
  const { calls } = await list.until('the list without it', (data) => names(data).length === left.length)
  assert.deepEqual([names({ calls }), calls.totalCount], [left, left.length])
}

// testEvents tests that a list of two calls follows their events. open shows the list and begins with the events; it
// answers the list, what was requested, and what ends the events. requestsWanted is how many requests the list takes, and
// its new count where the client asks for that.
export function testEvents(open, requestsWanted) {
  test('events update a row of a list, and remove it', async () => {
    const [first] = await createCalls('event', 2)
    const { list, requests, end } = await open('event')
    await list.until('the event', (data) => names(data)[0] !== 'event 1', (attempt) =>
      rename(first, `event 1, renamed ${attempt}`),
    )
    assert.equal(requests.length, 1, 'requests: the list alone was wanted')
    await remove(first)
    await checkLeft(list, ['event 2'])
    assert.equal(requests.length, requestsWanted)
    list.close()
    await end()
  })
}

// testDeletion tests that a list of three calls loses the one that its own user deletes. open shows the list; it answers
// the list, what was requested, and what deletes a call. requestsWanted is how many requests all of that takes.
export function testDeletion(open, requestsWanted) {
  test('a deletion removes the row from the list', async () => {
    const [first] = await createCalls('deleted', 3)
    const { list, requests, drop } = await open('deleted')
    await drop(first)
    await checkLeft(list, ['deleted 2', 'deleted 3'])
    assert.equal(requests.length, requestsWanted)
    list.close()
  })
}

// checkNoted waits until a call is shown with the note hello, and checks its counter and its list.
export async function checkNoted(screen) {
  const { call } = await screen.until('the note', (data) => texts(data).length === 1)
  const { __typename, ...counts } = call.relatedCounts
  assert.deepEqual(counts, { notes: 1, attachments: 1, openTasks: 0, finishedTasks: 0 })
  assert.deepEqual([texts({ call }), call.notes.totalCount], [['hello'], 1])
}

// checkBare waits until a call is shown without a note, and checks the counter and the list.
export async function checkBare(screen, what = 'no note') {
  const { call } = await screen.until(what, (data) => texts(data).length === 0)
  assert.deepEqual([call.relatedCounts.notes, call.notes.totalCount], [0, 0])
}
