// What every client's subscription must do, whatever it travels by.
import assert from 'node:assert/strict'
import { Queue, createCall, fresh, run } from './callbook.mjs'

export const callChanged = 'subscription { callChanged { kind callId call { id name } } }'

// Follower is a subscription to callChanged, by the subscribe function of any client: (query, sink) => stop.
export class Follower {
  #events = new Queue()

  constructor(subscribe, query = callChanged) {
    this.stop = subscribe(query, this.#events)
  }

  // heard waits until the server is seen to send: it knocks with new calls until one of them comes back, since nothing
  // tells a client that its subscription has begun.
  async heard(headers) {
    const knocks = new Set()
    for (let attempt = 0; ; attempt++) {
      const knock = fresh('knock')
      knocks.add(knock)
      await createCall(knock, 'knock', headers)
      try {
        while (!knocks.has(this.#changeOf(await this.#events.take('the first event', 250)).callId));
        return this
      } catch (err) {
        if (attempt === 40 || !/not within/.test(err.message)) throw err
      }
    }
  }

  #changeOf(received) {
    assert.ok(received.next, `instead of an event: ${describe(received)}`)
    assert.equal(received.next.errors, undefined, JSON.stringify(received.next.errors))
    return received.next.data.callChanged
  }

  // take waits for the next change of one call; other tests change others.
  async take(id, what) {
    for (;;) {
      const change = this.#changeOf(await this.#events.take(what))
      if (change.callId === id) return plain(change)
    }
  }

  // ended waits for the end and answers it, {complete: true} or {error}, with the errors that came last before it.
  async ended(what) {
    let errors
    for (;;) {
      const received = await this.#events.take(what)
      if (!received.next) return { ...received, errors }
      errors = received.next.errors
    }
  }

  // hasNothing says whether no change of a call is waiting.
  async hasNothing(id) {
    while (!this.#events.isEmpty) {
      const received = await this.#events.take('what is there')
      if (received.next?.data.callChanged.callId === id) return false
    }
    return true
  }
}

// plain drops prototypes and the __typename that some clients ask for.
const plain = (value) => JSON.parse(JSON.stringify(value, (key, inner) => (key === '__typename' ? undefined : inner)))

const describe = (received) =>
  received.error ? String(received.error.stack ?? JSON.stringify(received.error)) : JSON.stringify(received)

// follows is the test: what another connection does arrives in order, until it is stopped; another subscription goes
// on.
export async function follows(subscribe, headers) {
  const followers = [new Follower(subscribe), new Follower(subscribe)]
  const [first, second] = followers
  try {
    for (const follower of followers) await follower.heard(headers)
    const id = fresh()
    await createCall(id, 'one', headers)
    await run('mutation ($id: ID!) { updateCall(id: $id, input: {name: "two"}) { call { id } } }', { id }, headers)
    await run('mutation ($id: ID!) { deleteCalls(select: {ids: [$id]}) { written } }', { id }, headers)
    for (const follower of followers) {
      for (const [kind, name] of [['CREATED', 'one'], ['UPDATED', 'two']]) {
        assert.deepEqual(await follower.take(id, kind), { kind, callId: id, call: { id, name } })
      }
      assert.equal((await follower.take(id, 'the deletion')).kind, 'DELETED')
    }
    first.stop()
    const later = fresh()
    await createCall(later, 'three', headers)
    await second.take(later, 'what comes after the other has stopped')
    assert.ok(await first.hasNothing(later), 'an event after the end')
  } finally {
    for (const follower of followers) follower.stop()
  }
}
