// Compiles relay/documents.js against the server's schema, as the script of an app would.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import compiler from 'relay-compiler'
import { readSchema } from '../schema.mjs'

const folder = fileURLToPath(new URL('.', import.meta.url))
mkdirSync(folder + '__generated__', { recursive: true })
writeFileSync(folder + '__generated__/package.json', '{ "type": "commonjs" }\n')
writeFileSync(folder + 'schema.graphql', await readSchema())
execFileSync(compiler, ['relay.config.json'], { cwd: folder, stdio: 'pipe' })
