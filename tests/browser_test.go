package tests

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callbook/tests/harness"
)

// TestExplorerInBrowser opens the explorer in a real browser and checks that it starts under its own content security
// policy, with the examples as tabs and the documentation from introspection. Without a browser the test is skipped;
// under REQUIRE_BROWSER=1 it fails.
func TestExplorerInBrowser(t *testing.T) {
	browser := findBrowser(t)
	server, _ := harness.Serve(t, "--demo")
	page, messages := browse(t, browser, server.URL)
	for _, want := range []string{"ToDo", "SearchCalls", "DeliverRecord", "Root Types", "graphiql-container"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page: got no %q, want it", want)
		}
	}
	for line := range strings.Lines(messages) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("the browser's console: got %s, want nothing", line)
		}
	}
}

// TestExplorerAsksForKey opens the explorer of a server that requires a credential.
func TestExplorerAsksForKey(t *testing.T) {
	browser := findBrowser(t)
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "keys.db")
	harness.CreateKey(t, dsn, "admin")
	server, _ := harness.Serve(t, "--db", dsn)
	page, _ := browse(t, browser, server.URL)
	if !strings.Contains(page, "nobody is signed in") || !strings.Contains(page, "API key or token:") ||
		strings.Contains(page, "graphiql-container") {
		t.Errorf("the page: got %s, want a form that asks for a key, and no explorer", page)
	}
}

// browse opens a page, and returns its final HTML and the messages of the browser.
func browse(t *testing.T, browser, address string) (page, messages string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	args := []string{"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir=" + t.TempDir(), "--enable-logging=stderr",
		"--virtual-time-budget=10000", "--dump-dom", address + "/"}
	if os.Geteuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...)
	}
	command := exec.CommandContext(ctx, browser, args...)
	var said strings.Builder
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("the browser: got %v, want no error\n%s", err, said.String())
	}
	return string(out), said.String()
}

// findBrowser returns the path of a browser, or skips the test.
func findBrowser(t *testing.T) string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("REQUIRE_BROWSER") == "1" {
		t.Fatal("no browser: chromium is not on PATH")
	}
	t.Skip("no browser: chromium is not on PATH")
	return ""
}
