// Operations of the screens that the tests of Apollo Client and urql play. Relay's are in relay/documents.mjs.

export const callList = `
  query CallList($name: String!, $first: Int! = 10, $after: String) {
    calls(filter: {name: {startsWith: $name}}, orderBy: [{field: NAME}], first: $first, after: $after) {
      totalCount
      edges { cursor node { id name version } }
      pageInfo { hasNextPage endCursor }
    }
  }`

export const callDetail = `
  query CallDetail($id: ID!, $after: String) {
    call(id: $id) {
      id
      name
      relatedCounts { notes attachments openTasks finishedTasks }
      notes(first: 2, after: $after) {
        totalCount
        edges { cursor node { id text } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }`

export const callFiles = `
  query CallFiles($ids: [ID!]!) {
    calls(filter: {id: {in: $ids}}, orderBy: [{field: NAME}]) {
      edges { node { id attachments { attachmentId name } } }
    }
  }`

export const namesakes = `
  query Namesakes($id: ID!) {
    call(id: $id) { id nodeId name version }
    callRecord(id: $id) { id nodeId analysisBasis version customerPerson { id nodeId name } }
  }`

export const callByNodeId = `
  query CallByNodeId($nodeId: ID!) {
    node(nodeId: $nodeId) { nodeId ... on Call { id name version } }
  }`

export const objectsByNodeId = `
  query ObjectsByNodeId($nodeIds: [ID!]!) {
    nodes(nodeIds: $nodeIds) {
      __typename
      nodeId
      ... on Call { id name }
      ... on CallRecord { id analysisBasis }
      ... on CustomerPerson { id name }
    }
  }`

export const createCalls = `
  mutation CreateCalls($inputs: [CreateCallInput!]!) {
    createCalls(inputs: $inputs, policy: VALID_ROWS) {
      written
      results { index callId outcome call { id name } errors { code field message } }
    }
  }`

export const deleteCall = `
  mutation DeleteCall($id: ID!) {
    deleteCall(id: $id) { callId deletedNodeId }
  }`

export const addNote = `
  mutation AddNote($callId: ID!, $text: String!) {
    addNote(callId: $callId, text: $text) {
      note { id text call { id relatedCounts { notes } } }
    }
  }`

export const deleteNote = `
  mutation DeleteNote($id: ID!) {
    deleteNote(id: $id) {
      noteId
      deletedNodeId
      call { id relatedCounts { notes } }
    }
  }`

export const callChanged = `
  subscription CallChanged {
    callChanged {
      kind
      callId
      callNodeId
      call { id name version }
    }
  }`

export const nodeIdOfCall = `
  query NodeIdOfCall($id: ID!) { call(id: $id) { id ...Identity } }
  fragment Identity on Node { nodeId }`

export const createCall = `
  mutation CreateCall($input: CreateCallInput!) {
    createCall(input: $input) {
      call { id name version }
    }
  }`

export const tryRename = `
  mutation TryRename($id: ID!, $name: String!) {
    updateCalls(select: {ids: [$id]}, input: {name: $name}, dryRun: true) {
      matched
      written
      results { outcome call { id } preview { callId name } errors { field message } }
    }
  }`
