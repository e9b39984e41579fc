// Reads requests, a line of JSON each, and writes what graphql-js says of each, a line of JSON: {"error": "…"}, or {}
// for a request that it would execute. The first line is the schema. The request {"introspect": true} is answered with
// the full introspection query and its result.
import { createInterface } from 'node:readline'
import {
  GraphQLError,
  Kind,
  buildSchema,
  getIntrospectionQuery,
  getVariableValues,
  introspectionFromSchema,
  parse,
  specifiedRules,
  validate,
} from 'graphql'

let schema

// The scalars of the schema, as far as they are request errors: texts of rules of ours are not.
const scalars = {
  DateTime(value) {
    const instant = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|([+-])(\d\d):(\d\d))$/i
    const parts = typeof value === 'string' ? instant.exec(value) : null
    if (!parts) throw new GraphQLError('DateTime: no instant')
    const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number)
    const days = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
    const isDay = month >= 1 && month <= 12 && day >= 1 && day <= days
    const [offsetHours, offsetMinutes] = [Number(parts[10] ?? 0), Number(parts[11] ?? 0)]
    if (!isDay || hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) {
      throw new GraphQLError('DateTime: no instant')
    }
    const instantInUTC = new Date(0)
    instantInUTC.setUTCFullYear(year, month - 1, day)
    const offset = (parts[9] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes)
    instantInUTC.setUTCHours(hour, minute - offset, second)
    if (instantInUTC.getUTCFullYear() < 1 || instantInUTC.getUTCFullYear() > 9999) {
      throw new GraphQLError('DateTime: outside of the years')
    }
    return value
  },
  Date(value) {
    const parts = typeof value === 'string' ? /^(\d{4})-(\d\d)-(\d\d)$/.exec(value) : null
    const [year, month, day] = parts ? parts.slice(1).map(Number) : []
    const days = parts ? new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate() : 0
    if (!parts || year < 1 || month < 1 || month > 12 || day < 1 || day > days) throw new GraphQLError('Date: no day')
    return value
  },
  URL(value) {
    if (typeof value !== 'string') throw new GraphQLError('URL: no text')
    return value
  },
}

function load(sdl) {
  schema = buildSchema(sdl)
  for (const [name, coerce] of Object.entries(scalars)) {
    const type = schema.getType(name)
    type.coerceInputValue = coerce
    type.coerceInputLiteral = (node) => coerce(node.kind === Kind.STRING ? node.value : undefined) // names are no texts
  }
}

// errorOf returns the first error that graphql-js has before it executes anything, undefined where it has none.
function errorOf({ query, operationName, variables }) {
  const document = parse(query)
  const errors = validate(schema, document, specifiedRules)
  if (errors.length > 0) return errors[0]
  const operations = document.definitions.filter((definition) => definition.kind === 'OperationDefinition')
  const named = operations.filter((operation) => !operationName || operation.name?.value === operationName)
  if (named.length !== 1) return new GraphQLError('Unknown operation.')
  const coerced = getVariableValues(schema, named[0].variableDefinitions ?? [], variables ?? {})
  return coerced.errors?.[0]
}

function answer(request) {
  if (request.introspect) {
    const options = {
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      experimentalDirectiveDeprecation: false,
      oneOf: true,
    }
    return { query: getIntrospectionQuery(options), data: introspectionFromSchema(schema, options) }
  }
  try {
    const error = errorOf(request)
    return error ? { error: error.message } : {}
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return { error: error.message }
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const message = JSON.parse(line)
  if (schema) {
    process.stdout.write(JSON.stringify(answer(message)) + '\n')
  } else {
    load(message)
  }
}
