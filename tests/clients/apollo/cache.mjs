// Apollo Client's cache, as docs/clients.md shows it.
import { InMemoryCache } from '@apollo/client'
import { relayStylePagination } from '@apollo/client/utilities'

// The arguments that tell one list from another; pages of the same list, by first and after, are joined.
const pages = relayStylePagination(['dataset', 'filter', 'includeDeleted', 'orderBy', 'offset', 'query', 'speaker'])

// The types of the interface, for fragments on Node.
export const possibleTypes = { Node: ['Call', 'CallRecord', 'CustomerPerson', 'Note', 'Task'] }

export const typePolicies = {
  Query: {
    fields: { calls: pages, tasks: pages, callRecords: pages, customerPersons: pages, searchTranscripts: pages },
  },
  Call: { fields: { tasks: pages, notes: pages, history: pages } },
  CallRecord: { fields: { transcript: pages } },
  CustomerPerson: { fields: { callRecords: pages } },
  // Objects without an id are parts of others: what two screens ask of one is merged.
  CallRelatedCounts: { merge: true },
  JobStats: { merge: true },
  DurationPercentiles: { merge: true },
  IntentAgreement: { merge: true },
  Viewer: { merge: true },
}

export const createCache = () => new InMemoryCache({ possibleTypes, typePolicies })
