// What Apollo Client's cache cannot know by itself: functions for the option update of mutations.
import { gql } from '@apollo/client'
import { callChanged as callChangedText } from '../documents.mjs'

const callChanged = gql(callChangedText)

// without drops a row from a loaded list, and from its count where it has one.
const without = (page, isGone) => {
  const edges = page.edges.filter((edge) => !isGone(edge))
  return withCount({ ...page, edges }, edges.length - page.edges.length)
}

const withCount = (page, change) => ('totalCount' in page ? { ...page, totalCount: page.totalCount + change } : page)

// dropCall removes a call from every list, and from the cache; again it does nothing. After deleteCall, as
// `update: (cache, { data }) => dropCall(cache, data.deleteCall.callId)`, and after events.
export function dropCall(cache, id) {
  cache.modify({
    fields: {
      calls: (page, { readField }) => without(page, ({ node }) => readField('id', node) === id),
    },
  })
  cache.evict({ id: cache.identify({ __typename: 'Call', id }) })
  cache.gc()
}

// showNote puts a new note before the others of its call. The call's counters come with the answer.
export function showNote(cache, { data }) {
  const { note } = data.addNote
  cache.modify({
    id: cache.identify(note.call),
    fields: {
      notes(page, { toReference }) {
        const edge = { __typename: 'NoteEdge', cursor: '', node: toReference(note) }
        return withCount({ ...page, edges: [edge, ...page.edges] }, 1)
      },
    },
  })
}

// dropNote removes a deleted note from its call.
export function dropNote(cache, { data }) {
  const { noteId, call } = data.deleteNote
  cache.modify({
    id: cache.identify(call),
    fields: {
      notes: (page, { readField }) => without(page, ({ node }) => readField('id', node) === noteId),
    },
  })
  cache.evict({ id: cache.identify({ __typename: 'Note', id: noteId }) })
}

// follow takes in the changes that others make: rows update by themselves, deleted ones are dropped.
export const follow = (client, onError) =>
  client.subscribe({ query: callChanged }).subscribe(({ data, error }) => {
    if (error) onError(error)
    else if (['DELETED', 'PURGED'].includes(data.callChanged.kind)) dropCall(client.cache, data.callChanged.callId)
  })
