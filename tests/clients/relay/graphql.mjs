// The tag graphql, which bundlers replace by what relay-compiler made of it (babel-plugin-relay, vite-plugin-relay).
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export function graphql([text]) {
  const [, name] = text.match(/^\s*(?:query|mutation|subscription|fragment)\s+(\w+)/)
  return require(`./__generated__/${name}.graphql.js`)
}
