// Package randomops tests the site with random valid operations.
//
// A generator makes queries and mutations from schema.graphqls: fields, arguments, input objects, fragments, directives
// and variables, those that were seldom used first. Operations name rows that exist, as a pool learns keys, texts and
// cursors from the responses. Every response is held against the specification of GraphQL and the schema by a checker
// that shares nothing with the executor but the parser: the keys and their order, the form of every value, the paths
// and codes of errors. Both engines must answer alike, and no answer may be INTERNAL.
//
// The files, in the order in which an operation goes through them:
//
//	randomops_test.go        TestRandomOperations: runs by seed
//	generator_test.go        operations, selections and fragments
//	fields_test.go           fields under their response keys, and directives
//	arguments_test.go        arguments and variables
//	values_test.go           values of scalars, enums, lists and input objects, and how they are written
//	rows_test.go             the rows of a run, and a query that reads all of them
//	pool_test.go             what responses have shown, by which operations name rows that exist
//	send_test.go             sends an operation in one of the ways there are, and compares what the engines answer
//	responsecheck_test.go    holds a response against the specification: errors and paths
//	responsevalues_test.go   holds the data against the selections and the types
//	orderedjson_test.go      JSON with the order of its keys
//	coverage_test.go         how much of the schema the operations use, and what became of them
//
// The same operations, and mutants of them and of their variables, are shown to graphql-js, the reference
// implementation of GraphQL, in folder graphqljs: the two must agree on what is valid.
//
//	mutants_test.go          operations and variables with changes
//	verdicts_test.go         asks both implementations
//	differential_test.go     TestVerdicts and TestKnownDifferences compare what they say
//	introspection_test.go    TestIntrospection compares what they say of the schema
//
// The same operations are answered by both executors, the fast path and gqlgen's, over databases that are alike:
//
//	executors_test.go        TestExecutors compares the answers byte for byte
//
// CALLBOOK_OPERATIONS is how many operations are sent, and CALLBOOK_SEED the first seed: a failure names the seed by
// which it comes back. CALLBOOK_VERDICTS is how many are shown to graphql-js, CALLBOOK_EXECUTIONS how many both
// executors answer.
package randomops
