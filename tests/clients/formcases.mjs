// What every client must do for forms: errors at their fields, and a mutation sent again.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fresh, run } from './callbook.mjs'
import { fieldErrors } from './forms.mjs'

// refusal answers the errors of a mutation that must have some.
const refusal = (promise) =>
  promise.then(
    (data) => assert.fail(`got ${JSON.stringify(data)}, want errors`),
    (errors) => (Array.isArray(errors) ? errors : assert.fail(`got ${errors?.stack ?? errors}, want a list of errors`)),
  )

// testForms takes how a client creates a call: (variables, idempotency key) => its data; errors are thrown as a list.
export function testForms(create) {
  describe('forms', { concurrency: true }, () => {
    test('errors stand at their fields', async () => {
      const input = { callDurationInSeconds: -1, tags: ['one, two'] }
      assert.deepEqual(fieldErrors(await refusal(create({ input }, fresh()))), {
        callDurationInSeconds: ['must be 0 or more'],
        tags: ['tag "one, two" contains a comma'],
      })
    })

    test('a value of the wrong type stands at its field as well', async () => {
      const input = { name: 'fine', callStartTime: 'tomorrow' }
      const found = fieldErrors(await refusal(create({ input }, fresh())))
      assert.deepEqual(Object.keys(found), ['callStartTime'])
    })

    test('a mutation sent again by its idempotency key is done once', async () => {
      const [name, key] = [fresh('once'), fresh('key')]
      const ids = []
      for (let i = 0; i < 2; i++) ids.push((await create({ input: { name } }, key)).createCall.call.id)
      assert.equal(ids[1], ids[0])
      const { calls } = await run('query ($name: String!) { calls(filter: {name: {eq: $name}}) { totalCount } }', {
        name,
      })
      assert.equal(calls.totalCount, 1)
    })
  })
}
