// What the subjects share: the server's addresses, plain requests without any client, and waiting within limits.
import assert from 'node:assert/strict'

export const url = process.env.CALLBOOK_URL + '/graphql'
export const patience = 10_000

export const socketURL = (address = url) => address.replace('http', 'ws')

// within waits for a promise, no longer than it may take.
export async function within(promise, what, limit = patience) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${limit} ms`)), limit)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

// Queue is what a client has received, for the test to take one by one. It serves as a sink of subscriptions.
export class Queue {
  #values = []
  #wake = () => {}

  put(value) {
    this.#values.push(value)
    this.#wake()
  }
  next = (value) => this.put({ next: value })
  error = (error) => this.put({ error })
  complete = () => this.put({ complete: true })

  async take(what, limit) {
    if (this.#values.length === 0) {
      await within(new Promise((resolve) => (this.#wake = resolve)), what, limit)
    }
    return this.#values.shift()
  }
  get isEmpty() {
    return this.#values.length === 0
  }
}

// post sends an operation and answers status and body.
export async function post(body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

// run does an operation that must succeed and answers its data.
export async function run(query, variables, headers) {
  const { body } = await post({ query, variables }, headers)
  assert.equal(body.errors, undefined, JSON.stringify(body.errors))
  return body.data
}

let count = 0

// fresh is a name nobody has used yet.
export const fresh = (prefix = 'call') => `${prefix}-${process.pid}-${++count}`

export const createCall = (id, name, headers) =>
  run(
    'mutation ($input: CreateCallInput!) { createCall(input: $input) { call { id } } }',
    { input: { id, name } },
    headers,
  )

// spy is a fetch that keeps what was requested.
export function spy() {
  const requests = []
  const spying = async (address, options = {}) => {
    const response = await fetch(address, options)
    const { method = 'GET', body, headers } = options
    requests.push({ method, url: String(address), body, headers: new Headers(headers), status: response.status })
    return response
  }
  return { fetch: spying, requests }
}
