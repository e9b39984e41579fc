package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/jackc/pgx/v5"

	"callbook/bench/fill"
)

// newReport returns a report that says on what and by what it is measured.
func newReport(o options, arguments []string) *report {
	return &report{
		At:      time.Now().UTC().Truncate(time.Second),
		Command: strings.Join(append([]string{"go run ./bench"}, arguments...), " "),
		Machine: machine(), Versions: append(goVersions(), peerVersions(o.Peers)...), Size: fill.NewSize(o.Size),
		Bytes: map[string]int64{}, Filled: map[string]time.Duration{}, Started: map[string]time.Duration{},
		Rounds: o.Rounds, Seconds: o.Seconds, Clients: o.Connections,
	}
}

// noteDatabase adds to the report what it says of a database.
func (r *report) noteDatabase(of *run, folder string) {
	r.Bytes[of.engine] = of.bytes
	r.Started[of.engine] = of.server(callbook).started
	var m marker
	if text, err := os.ReadFile(filepath.Join(folder, of.engine+".json")); err == nil && json.Unmarshal(text, &m) == nil {
		r.Filled[of.engine] = m.Took
	}
	if of.cluster == nil {
		return
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, of.dsn)
	if err != nil {
		return
	}
	defer conn.Close(ctx)
	var version string
	if conn.QueryRow(ctx, "SHOW server_version").Scan(&version) == nil {
		r.Versions = append(r.Versions, "PostgreSQL "+version)
	}
}

// machine returns what the machine is, as far as it says so.
func machine() []string {
	lines := []string{fmt.Sprintf("%d CPUs for the process, %s/%s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)}
	if name := after("/proc/cpuinfo", "model name"); name != "" {
		lines = append(lines, name)
	}
	if memory := after("/proc/meminfo", "MemTotal"); memory != "" {
		var kilobytes uint64
		if _, err := fmt.Sscan(memory, &kilobytes); err == nil {
			lines = append(lines, humanize.IBytes(kilobytes<<10)+" of memory")
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		lines = append(lines, "Linux "+strings.TrimSpace(string(text)))
	}
	return lines
}

// after returns the value that follows a name and a colon in a file.
func after(path, name string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// goVersions returns the versions of Go, and of the drivers.
func goVersions() []string {
	versions := []string{strings.Replace(runtime.Version(), "go", "Go ", 1)}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return versions
	}
	for _, module := range info.Deps {
		switch module.Path {
		case "github.com/99designs/gqlgen", "github.com/jackc/pgx/v5", "github.com/uptrace/bun", "modernc.org/sqlite":
			versions = append(versions, module.Path+" "+module.Version)
		}
	}
	return versions
}
