// Generates the types of typed/documents against the server's schema: what graphql-codegen's command line does with
// typed/codegen.mjs. The command line itself weighs ten times as much.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { codegen } from '@graphql-codegen/core'
import { preset } from '@graphql-codegen/client-preset'
import { buildSchema, parse } from 'graphql'
import { readSchema } from '../schema.mjs'
import config from './codegen.mjs'

const schemaText = await readSchema()
const folder = dirname(config.documents)
const documents = readdirSync(folder).map((file) => {
  const rawSDL = readFileSync(`${folder}/${file}`, 'utf8')
  return { location: `${folder}/${basename(file)}`, document: parse(rawSDL), rawSDL }
})

for (const [baseOutputDir, { presetConfig, config: options }] of Object.entries(config.generates)) {
  mkdirSync(baseOutputDir, { recursive: true })
  const outputs = await preset.buildGeneratesSection({
    baseOutputDir,
    presetConfig,
    config: options,
    schema: parse(schemaText),
    schemaAst: buildSchema(schemaText),
    documents,
    plugins: [],
    pluginMap: {},
  })
  for (const output of outputs) writeFileSync(output.filename, await codegen(output))
}
