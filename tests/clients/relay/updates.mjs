// What Relay's directives do not do: counts of lists, and the events of deletions.
import relay from 'relay-runtime'
import { callChanged } from './documents.js'

const { ConnectionHandler, requestSubscription } = relay

// dropCall removes a call from a list, and from its count; again it does nothing. After deleteCall, as
// `updater: (store, data) => dropCall(store, connectionID, data.deleteCall.deletedNodeId)`, and after events.
export function dropCall(store, connectionID, nodeId) {
  const connection = store.get(connectionID)
  const edges = connection?.getLinkedRecords('edges') ?? []
  if (edges.some((edge) => edge.getLinkedRecord('node')?.getDataID() === nodeId)) {
    ConnectionHandler.deleteNode(connection, nodeId)
    connection.setValue(connection.getValue('totalCount') - 1, 'totalCount')
  }
  store.delete(nodeId)
}

// follow takes in the changes that others make: rows update by themselves, deleted ones leave the list.
export const follow = (environment, connectionID, onError) =>
  requestSubscription(environment, {
    subscription: callChanged,
    variables: {},
    onError,
    updater(store, { callChanged: { kind, callNodeId } }) {
      if (['DELETED', 'PURGED'].includes(kind)) dropCall(store, connectionID, callNodeId)
    },
  })
