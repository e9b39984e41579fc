// The schema as the server has it, and what settings of caches must agree with.
import assert from 'node:assert/strict'
import { getNamedType, isInterfaceType, isObjectType } from 'graphql'

// readSchema answers the schema's text, as the server has it.
export async function readSchema() {
  const response = await fetch(process.env.CALLBOOK_URL + '/schema.graphqls')
  assert.equal(response.status, 200)
  return response.text()
}

// connectionsOf answers the names of the fields that have pages, by the type they stand in.
export function connectionsOf(schema) {
  const found = {}
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    const paged = Object.values(type.getFields()).filter((field) => /Connection$/.test(getNamedType(field.type).name))
    if (paged.length > 0) found[type.name] = paged.map(({ name }) => name).sort()
  }
  return found
}

// possibleTypesOf answers the names of the types of each interface of a schema.
export function possibleTypesOf(schema) {
  const interfaces = Object.values(schema.getTypeMap()).filter(isInterfaceType)
  return Object.fromEntries(
    interfaces.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name).sort()]),
  )
}

// embeddedTypesOf answers the names of the types whose objects have no id, but for the roots.
export const embeddedTypesOf = (schema) =>
  Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__') && !('id' in type.getFields()))
    .map(({ name }) => name)
    .filter((name) => !['Query', 'Mutation', 'Subscription'].includes(name))
    .sort()
