// PostGraphile 5 over the benchmark's database, with its standard preset.
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { pool, untilParentEnds } from './database.mjs'

untilParentEnds()

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ pool, schemas: ['public'] })],
  disablePlugins: ['PgIndexBehaviorsPlugin'], // conditions and orders by columns without an index of their own, too
  schema: { orderByNullsLast: true }, // as the database's indexes are sorted
  grafserv: { graphiql: false, websockets: false },
  grafast: { explain: false }
})
const server = createServer()
await instance.createServ(grafserv).addTo(server)
server.listen(Number(process.env.PORT), '127.0.0.1')
