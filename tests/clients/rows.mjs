// Rows that the tests of caches write behind a client's back, as another user would.
import { fresh, run } from './callbook.mjs'

// createCalls makes calls named prefix 1, prefix 2, …, each with an attachment "1" of its own, and answers their ids.
export async function createCalls(prefix, count) {
  const inputs = Array.from({ length: count }, (_, i) => ({
    id: fresh(),
    name: `${prefix} ${i + 1}`,
    attachments: [{ id: '1', name: `file of ${prefix} ${i + 1}` }],
  }))
  await run('mutation ($inputs: [CreateCallInput!]!) { createCalls(inputs: $inputs) { written } }', { inputs })
  return inputs.map(({ id }) => id)
}

// createNamesakes makes a call, a call record and a customer of the same key.
export async function createNamesakes(id) {
  await run('mutation ($input: CreateCallInput!) { createCall(input: $input) { call { id } } }', {
    input: { id, name: 'the call' },
  })
  await deliver([{ id, analysisBasis: 'the record', customerPerson: { id, name: 'the customer' } }])
}

export const rename = (id, name) =>
  run('mutation ($id: ID!, $name: String) { updateCall(id: $id, input: {name: $name}) { call { id } } }', { id, name })

// createJob makes records of a job: one answered, one busy.
export const createJob = (robotCallJobId) =>
  deliver([
    { id: `${robotCallJobId}1`, robotCallJobId, resultStatus: 'ANSWERED' },
    { id: `${robotCallJobId}2`, robotCallJobId, resultStatus: 'BUSY' },
  ])

const deliver = (inputs) =>
  run(
    'mutation ($inputs: [SaveCallRecordInput!]!) { saveCallRecords(inputs: $inputs) { results { outcome } } }',
    { inputs },
  )

export const remove = (id) => run('mutation ($id: ID!) { deleteCall(id: $id) { callId } }', { id })
