// Apollo Client, as docs/clients.md shows it.
import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { OperationTypeNode } from 'graphql'
import { createCache } from './cache.mjs'

// createApollo takes the server's address and a client of graphql-ws, by which subscriptions go.
export const createApollo = (url, sockets, http = new HttpLink({ uri: url })) =>
  new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(sockets),
      http,
    ),
    cache: createCache(),
  })
