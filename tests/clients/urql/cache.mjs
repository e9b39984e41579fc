// urql's graphcache, as docs/clients.md shows it.
import { gql } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import { callDetail } from '../documents.mjs'
import { keys } from './keys.mjs'

// The types of the interface, for fragments on Node.
export const possibleTypes = { Node: ['Call', 'CallRecord', 'CustomerPerson', 'Note', 'Task'] }

const pages = relayPagination()

export const resolvers = {
  Query: { calls: pages, tasks: pages, callRecords: pages, customerPersons: pages, searchTranscripts: pages },
  Call: { tasks: pages, notes: pages, history: pages },
  CallRecord: { transcript: pages },
  CustomerPerson: { callRecords: pages },
}

export const createCache = (options) =>
  cacheExchange({
    keys,
    possibleTypes,
    resolvers,
    updates: {
      Mutation: {
        deleteCall: ({ deleteCall }, args, cache) => dropCall(cache, deleteCall?.callId),
        addNote: ({ addNote }, args, cache) => showNote(cache, addNote?.note),
        deleteNote: ({ deleteNote }, args, cache) => dropNote(cache, deleteNote),
      },
      Subscription: {
        callChanged: ({ callChanged }, args, cache) => {
          if (['DELETED', 'PURGED'].includes(callChanged.kind)) dropCall(cache, callChanged.callId)
        },
      },
    },
    ...options,
  })

// dropCall removes a call from every list, and from the cache; again it does nothing.
function dropCall(cache, id) {
  dropEdges(cache, 'Query', 'calls', `Call:${id}`)
  cache.invalidate({ __typename: 'Call', id })
}

// dropNote removes a deleted note from its call, which is null where the caller may not read calls.
function dropNote(cache, answer) {
  if (answer?.call) dropEdges(cache, answer.call, 'notes', `Note:${answer.noteId}`)
}

// dropEdges removes a row from all lists of one field; again it does nothing. Screens that show counts ask again.
function dropEdges(cache, parent, field, row) {
  const fields = cache.inspectFields(parent).filter(({ fieldName }) => fieldName === field)
  const pages = fields.map(({ fieldKey }) => cache.resolve(parent, fieldKey))
  const edgesOf = (page) => cache.resolve(page, 'edges') ?? []
  const isGone = (edge) => cache.resolve(edge, 'node') === row
  if (!pages.some((page) => edgesOf(page).some(isGone))) return
  for (const page of pages) {
    if (edgesOf(page).some(isGone)) cache.link(page, 'edges', edgesOf(page).filter((edge) => !isGone(edge)))
    cache.invalidate(page, 'totalCount')
  }
}

// showNote puts a new note before the others on the screen of its call. The call's counters come with the answer.
function showNote(cache, note) {
  if (!note?.call) return
  cache.updateQuery({ query: gql(callDetail), variables: { id: note.call.id } }, (data) => {
    if (!data?.call) return data
    const { notes } = data.call
    const edges = [{ __typename: 'NoteEdge', cursor: '', node: note }, ...notes.edges]
    return { ...data, call: { ...data.call, notes: { ...notes, totalCount: notes.totalCount + 1, edges } } }
  })
}
