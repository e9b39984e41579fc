# What one types most. Each target calls what the gate calls; .ci/run is the gate.
.DEFAULT_GOAL := help
.PHONY: help build test lint fix generate bench ci dist clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build ./callbook for this machine
	CGO_ENABLED=0 go build -trimpath -o callbook .

test: ## run all tests; those that need PostgreSQL, a browser or Node are skipped where that is missing
	go test ./...

lint: ## run all checks that are no tests
	.ci/lint

fix: ## format, and mend what the linter can mend by itself
	go tool -modfile=.ci/tools/go.mod golangci-lint run --fix ./...

generate: ## derive the executor and the models from schema.graphqls
	go generate ./...

bench: ## run the benchmarks, five times each
	go test -run '^$$' -bench . -count 5 ./...

ci: ## run the gate: installs what is missing by apt, then lint, benchmarks, races, all tests
	.ci/run

dist: ## build the binaries of a release into dist/
	.ci/build

clean: ## remove what the targets above made
	rm -rf callbook dist
