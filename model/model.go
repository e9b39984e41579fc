// Package model holds the entities, their inputs, and the rules for changing them, for every way of writing. One
// struct is both the bun row and the GraphQL object. gqlgen generates other inputs, payloads and enums from
// schema.graphqls into generated.go.
package model
