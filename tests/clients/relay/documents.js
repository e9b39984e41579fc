// Relay's operations and fragments, as relay-compiler reads them.
import { graphql } from './graphql.mjs'

export const list = graphql`
  query documentsListQuery($name: String!, $first: Int!) {
    ...documentsList_calls @arguments(name: $name, first: $first)
  }
`

export const listFragment = graphql`
  fragment documentsList_calls on Query
  @refetchable(queryName: "documentsListPaginationQuery")
  @argumentDefinitions(name: { type: "String!" }, first: { type: "Int!" }, after: { type: "String" }) {
    calls(filter: { name: { startsWith: $name } }, orderBy: [{ field: NAME }], first: $first, after: $after)
      @connection(key: "documentsList_calls", filters: ["filter", "orderBy"]) {
      __id
      totalCount
      edges { node { id nodeId name version } }
      pageInfo { hasNextPage endCursor }
    }
  }
`

export const row = graphql`
  fragment documentsRow_call on Call @refetchable(queryName: "documentsRowRefetchQuery") {
    id
    nodeId
    name
    version
  }
`

export const call = graphql`
  query documentsCallQuery($id: ID!) {
    call(id: $id) {
      nodeId
      name
      relatedCounts { notes attachments openTasks finishedTasks }
      notes(first: 20) @connection(key: "documentsCall_notes") {
        __id
        edges { node { text } }
      }
    }
  }
`

export const files = graphql`
  query documentsFilesQuery($ids: [ID!]!) {
    calls(filter: { id: { in: $ids } }, orderBy: [{ field: NAME }]) {
      nodes { attachments { attachmentId name } }
    }
  }
`

export const namesakes = graphql`
  query documentsNamesakesQuery($id: ID!) {
    call(id: $id) { id nodeId name }
    callRecord(id: $id) {
      id
      nodeId
      analysisBasis
      customerPerson { id nodeId name }
    }
  }
`

export const objects = graphql`
  query documentsObjectsQuery($nodeIds: [ID!]!) {
    nodes(nodeIds: $nodeIds) {
      __typename
      nodeId
      ... on Call { name }
      ... on CallRecord { analysisBasis }
      ... on CustomerPerson { name }
    }
  }
`

export const createCalls = graphql`
  mutation documentsCreateCallsMutation($inputs: [CreateCallInput!]!) {
    createCalls(inputs: $inputs, policy: VALID_ROWS) {
      results { callId outcome call { name } errors { field } }
    }
  }
`

export const deleteCall = graphql`
  mutation documentsDeleteCallMutation($id: ID!) {
    deleteCall(id: $id) { deletedNodeId }
  }
`

export const addNote = graphql`
  mutation documentsAddNoteMutation($callId: ID!, $text: String!, $connections: [ID!]!) {
    addNote(callId: $callId, text: $text) {
      note @prependNode(connections: $connections, edgeTypeName: "NoteEdge") {
        id
        text
        call { relatedCounts { notes } }
      }
    }
  }
`

export const deleteNote = graphql`
  mutation documentsDeleteNoteMutation($id: ID!, $connections: [ID!]!) {
    deleteNote(id: $id) {
      deletedNodeId @deleteEdge(connections: $connections) @deleteRecord
      call { relatedCounts { notes } }
    }
  }
`

export const callChanged = graphql`
  subscription documentsCallChangedSubscription {
    callChanged {
      kind
      callNodeId
      call { id nodeId name version }
    }
  }
`

export const createCall = graphql`
  mutation documentsCreateCallMutation($input: CreateCallInput!) {
    createCall(input: $input) {
      call { id name version }
    }
  }
`
