// GraphQL over HTTP: every audit of the specification's own suite, the optional ones among them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverAudits } from 'graphql-http'
import { url } from './callbook.mjs'

const audits = serverAudits({ url, fetchFn: fetch })

test('there are 61 audits', () => assert.equal(audits.length, 61))

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const { status, reason, response } = await audit.fn()
    assert.equal(status, 'ok', `${reason}: ${response?.status} ${await response?.clone().text()}`)
  })
}
