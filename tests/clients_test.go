package tests

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

const clientsFolder = "clients"

// TestClients runs widely used clients, in Node, against the real server: each subject of tests/clients on a server and
// an empty database of its own. Without Node or its modules the test is skipped; under REQUIRE_CLIENTS=1 it fails.
func TestClients(t *testing.T) {
	node := findNode(t)
	subjects, err := filepath.Glob(clientsFolder + "/*.test.mjs")
	if err != nil || len(subjects) == 0 {
		t.Fatalf("got the subjects %v and the error %v, want some", subjects, err)
	}
	environments := map[string][]string{} // by file
	for _, path := range subjects {
		file := filepath.Base(path)
		const allowed = "https://app.example.com"
		dsn := dbtest.OwnSQLite(t)
		args := []string{"--db", dsn, "--allowed-origin", allowed}
		environment := append(os.Environ(), "CALLBOOK_ALLOWED="+allowed)
		switch file {
		case "auth.test.mjs":
			environment = append(environment, "CALLBOOK_KEY="+harness.CreateKey(t, dsn, "admin"))
		case "ws.test.mjs":
			args = append(args, "--limit-init-timeout", "3s") // one test waits for it
		}
		server, _ := harness.Serve(t, args...)
		environments[file] = append(environment, "CALLBOOK_URL="+server.URL)
	}
	t.Parallel()
	for file, environment := range environments {
		t.Run(strings.TrimSuffix(file, ".test.mjs"), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			command := exec.CommandContext(ctx, node, "--test-reporter=spec", "--test-force-exit", file)
			command.Dir = clientsFolder
			command.Env = environment
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s: got %v, want no error\n%s", file, err, output)
			}
		})
	}
}

// TestClientsLock checks that the lock files name no address, so that npm takes modules from the registry that it is
// set up to use.
func TestClientsLock(t *testing.T) {
	for _, folder := range []string{clientsFolder, "randomops/graphqljs"} {
		lock := harness.ReadFile(t, folder+"/package-lock.json")
		for line := range strings.Lines(lock) {
			if strings.Contains(line, "://") {
				t.Errorf("%s/package-lock.json: got %s, want no address", folder, line)
			}
		}
	}
}

// TestClientsDocument checks that the blocks of docs/clients.md are what the tests run: each names its file, and its
// lines follow one another there, however they are indented.
func TestClientsDocument(t *testing.T) {
	document := harness.ReadFile(t, "../docs/clients.md")
	blocks := regexp.MustCompile("(?ms)^```(\\S+) ?(\\S*)\n(.*?)^```$").FindAllStringSubmatch(document, -1)
	if fences := strings.Count(document, "```"); len(blocks) < 10 || fences != 2*len(blocks) {
		t.Fatalf("docs/clients.md: got %d blocks and %d fences, want 10 blocks or more, with two fences each",
			len(blocks), fences)
	}
	for _, block := range blocks {
		name, lines := block[2], withoutIndents(block[3])
		source, err := os.ReadFile(filepath.Join(clientsFolder, filepath.FromSlash(name)))
		if err != nil {
			t.Errorf("a block of docs/clients.md: got the file %q, want one of tests/clients: %v", name, err)
			continue
		}
		if !strings.Contains("\n"+withoutIndents(string(source)), "\n"+lines) {
			t.Errorf("docs/clients.md: got a block that is not in %s, want its lines:\n%s", name, block[3])
		}
	}
}

// withoutIndents returns a text without the white space that its lines begin with.
func withoutIndents(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(text, "")
}

// findNode returns the path of Node, or skips the test.
func findNode(t *testing.T) string {
	t.Helper()
	return harness.FindNode(t, clientsFolder, "clients")
}
