// Mistakes that the generated types must find: the compiler fails where one of these lines has no error.
import type { ApolloClient } from '@apollo/client'
import { CallListDocument, CreateCallDocument, DeleteCallsDocument, type CallListQuery } from './generated/graphql.js'

export function mistakes(client: ApolloClient, list: CallListQuery): unknown[] {
  return [
    // @ts-expect-error a page may be missing, where the field has failed
    list.calls.totalCount,
    // @ts-expect-error a field that was not asked for
    list.calls?.edges[0]?.node.description,
    // @ts-expect-error an argument that is missing
    client.query({ query: CallListDocument, variables: {} }),
    // @ts-expect-error no such value of the enum
    client.mutate({ mutation: CreateCallDocument, variables: { input: { callType: 'Inbound' } } }),
    // @ts-expect-error no such field of the input
    client.mutate({ mutation: CreateCallDocument, variables: { input: { title: 'x' } } }),
    // @ts-expect-error a time is text
    client.mutate({ mutation: CreateCallDocument, variables: { input: { callStartTime: new Date() } } }),
    // @ts-expect-error a key is text
    client.mutate({ mutation: CreateCallDocument, variables: { input: { id: 7 } } }),
    // @ts-expect-error calls are chosen in one way
    client.mutate({ mutation: DeleteCallsDocument, variables: { select: { ids: ['1'], versions: [] } } }),
  ]
}
