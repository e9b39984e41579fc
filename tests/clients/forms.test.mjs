// The functions of forms.mjs on what the server answers; formcases.mjs tries them in each client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post, run } from './callbook.mjs'
import { createCalls } from './documents.mjs'
import { fieldErrors, rowErrors } from './forms.mjs'

test('rows of a batch at fault are found by index and field', async () => {
  const inputs = [{ name: 'good' }, { callDurationInSeconds: -1 }, { tags: ['one, two'] }]
  const answer = (await run(createCalls, { inputs })).createCalls
  assert.equal(answer.written, 1)
  assert.deepEqual(rowErrors(answer.results), {
    1: { callDurationInSeconds: 'must be 0 or more' },
    2: { tags: 'tag "one, two" contains a comma' },
  })
})

test('an error about another argument belongs to no field of the form', async () => {
  const query = 'mutation { updateCall(id: "nobody", input: {name: "x"}) { call { id } } }'
  const { body } = await post({ query })
  assert.deepEqual(fieldErrors(body.errors), { '': ['there is no call with the key "nobody"'] })
})

test('an error of a list stands at the element', async () => {
  const query = 'mutation ($input: CreateCallInput!) { createCall(input: $input) { call { id } } }'
  for (const name of [7, 'x'.repeat(201)]) {
    const { body } = await post({ query, variables: { input: { attachments: [{ name: 'fine' }, { name }] } } })
    assert.deepEqual(Object.keys(fieldErrors(body.errors)), ['attachments.1.name'], JSON.stringify(body.errors))
  }
})
