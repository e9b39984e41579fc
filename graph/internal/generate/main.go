// Command generate derives the executor from schema.graphqls, as gqlgen.yml says: what gqlgen generates, and the
// writers of the fast path. It is run by go generate.
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate() error {
	log.SetOutput(io.Discard) // gqlgen lists every field that has a resolver
	settings, err := config.LoadConfig("gqlgen.yml")
	if err != nil {
		return err
	}
	return api.Generate(settings, api.AddPlugin(writers{}))
}
