// Callbook serves phone calls over GraphQL: CRM calls, the records of AI outbound-call robots, and their transcripts.
package main

import (
	_ "embed"
	"os"

	"callbook/cli"
)

//go:generate go run ./graph/internal/generate

//go:embed schema.graphqls
var schema cli.Schema

func main() { os.Exit(cli.Main(schema)) }
