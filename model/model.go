// Package model holds the nouns. One struct is both the bun row and the GraphQL object; inputs, payloads and enums
// are generated from schema.graphqls into generated.go.
package model
