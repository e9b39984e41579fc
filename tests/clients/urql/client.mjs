// urql, as docs/clients.md shows it.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { createCache } from './cache.mjs'

// createUrql takes the server's address and a client of graphql-ws, by which subscriptions go.
export const createUrql = (url, sockets, cache = createCache(), fetch = globalThis.fetch) =>
  new Client({
    url,
    fetch,
    preferGetMethod: false,
    exchanges: [
      cache,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables }, sink) }),
        }),
      }),
      fetchExchange,
    ],
  })
