// What Relay's directives do not do: counts of lists, and the events of deletions.
import relay from 'relay-runtime'
import { callChanged } from './documents.js'

const { ConnectionHandler, requestSubscription } = relay

// changeCount is for the option updater of mutations whose list shows how many rows there are.
export function changeCount(store, connectionID, change) {
  const connection = store.get(connectionID)
  connection?.setValue(connection.getValue('totalCount') + change, 'totalCount')
}

// follow takes in the changes that others make: rows update by themselves, deleted ones leave the list.
export const follow = (environment, connectionID, onError) =>
  requestSubscription(environment, {
    subscription: callChanged,
    variables: {},
    onError,
    updater(store, { callChanged: { kind, callNodeId } }) {
      if (!['DELETED', 'PURGED'].includes(kind)) return
      const connection = store.get(connectionID)
      const nodes = connection.getLinkedRecords('edges').map((edge) => edge.getLinkedRecord('node').getDataID())
      if (!nodes.includes(callNodeId)) return
      ConnectionHandler.deleteNode(connection, callNodeId)
      changeCount(store, connectionID, -1)
      store.delete(callNodeId)
    },
  })
