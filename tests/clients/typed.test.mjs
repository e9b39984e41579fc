// A client typed by graphql-codegen: the app of typed/app.ts compiles under strict, and does what it says.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { before, describe, test } from 'node:test'
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { createApollo } from './apollo/client.mjs'
import { Queue, createCall, fresh, socketURL, url } from './callbook.mjs'
import { callFile, preflight } from './files.mjs'
import './typed/generate.mjs'

const sockets = createClient({ url: socketURL(), webSocketImpl: WebSocket })
const http = new UploadHttpLink({ uri: url, headers: preflight })
let app

before(async () => {
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json').replace('package.json', 'bin/tsc')
  const { stdout, stderr, status } = spawnSync(process.execPath, [compiler, '-p', 'typed'], { encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}${stderr}`)
  const { App } = await import('./typed/generated/js/app.js')
  app = new App(createApollo(url, sockets, http))
})

describe('the typed app', { concurrency: true }, () => {
  test('creates, saves, notes and deletes', async () => {
    const row = await app.create({ name: 'typed', callType: 'OUTBOUND', callStartTime: '2024-03-01T08:00:00+08:00' })
    assert.equal(row.callStartTime, '2024-03-01T00:00:00Z')
    assert.equal(await app.save(row, { name: 'typed anew', tags: ['vip'] }), 2)
    assert.equal(await app.note(row.id, 'hello'), 1)
    const [first, ...more] = await app.history(row.id)
    assert.match(first, /^\d{4}-\d\d-\d\d 2 name: typed -> typed anew$/)
    assert.match(more[0], /tags: \[\] -> \["vip"\]$/)
    const { rows, next } = await app.list({ name: { eq: 'typed anew' } })
    assert.deepEqual([rows.map(({ id, tags }) => [id, tags]), next], [[[row.id, ['vip']]], null])
    const failed = await app.remove(row.id, 'nobody')
    assert.deepEqual(failed, { nobody: 'there is no call with the key "nobody"' })
    assert.deepEqual(await app.titles([row.nodeId]), ['nothing that is shown'])
  })

  test('reads what robots did', async () => {
    const record = {
      id: '9007199254740993',
      robotCallJobId: '71',
      startTime: '2024-03-01T08:00:00+08:00',
      fullAudioUrl: 'https://example.com/a.mp3',
      details: [{ type: 'ROBOT', text: '你好' }, { type: 'PERSON', text: '好' }],
    }
    assert.deepEqual(await app.deliver(record), ['CREATED'])
    const [{ said, recording }] = await app.transcripts('71')
    assert.deepEqual([said, recording.host], ['ROBOT: 你好\nPERSON: 好', 'example.com'])
    assert.deepEqual([...(await app.days('71'))], [['2024-03-01', 1]])
  })

  test('checks a file', async () => assert.equal(await app.load(callFile([fresh(), fresh()])), 2))

  test('watches changes', async () => {
    const changes = new Queue()
    const stop = app.watch(changes.put.bind(changes))
    const created = fresh()
    for (let attempt = 0; ; attempt++) {
      assert.ok(attempt < 40, 'no event')
      await createCall(`${created}-${attempt}`, 'watched')
      const change = await changes.take('an event', 250).catch(() => undefined)
      if (!change?.callId.startsWith(created)) continue
      assert.deepEqual([change.kind, change.call.name], ['CREATED', 'watched'])
      break
    }
    stop()
    await sockets.dispose()
  })
})
