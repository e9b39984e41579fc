package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestExplorerInBrowser opens the explorer in a real browser: it must come up under its own policy, with the examples as
// tabs and the documentation that introspection answers. Without a browser the test is skipped; under REQUIRE_BROWSER=1 it fails.
func TestExplorerInBrowser(t *testing.T) {
	browser := findBrowser(t)
	address, _ := startServer(t, "--demo")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	args := []string{"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir=" + t.TempDir(), "--enable-logging=stderr",
		"--virtual-time-budget=10000", "--dump-dom", address + "/"}
	if os.Geteuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...)
	}
	command := exec.CommandContext(ctx, browser, args...)
	var messages strings.Builder
	command.Stderr = &messages
	page, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, messages.String())
	}
	for _, want := range []string{"ToDo", "SearchCalls", "DeliverRecord", "Root Types", "graphiql-container"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for line := range strings.Lines(messages.String()) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("the browser says %s", line)
		}
	}
}

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
