package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// countStatements adds to the results how many statements each server runs for a request on PostgreSQL, BEGIN and
// COMMIT aside, from the log that PostgreSQL writes. It works alike for every server.
func (r *run) countStatements(ctx context.Context) error {
	if r.cluster == nil {
		return nil
	}
	r.say("counting statements")
	admin, err := pgx.Connect(ctx, r.dsn)
	if err != nil {
		return err
	}
	defer admin.Close(context.Background())
	set := func(value string) error {
		return execAll(ctx, admin, "ALTER SYSTEM SET log_statement = "+value, "SELECT pg_reload_conf()")
	}
	if err := set("'all'"); err != nil {
		return err
	}
	defer func() { _ = set("DEFAULT") }()
	<-time.After(100 * time.Millisecond) // until every connection has heard of it
	for _, o := range operations {
		if o.variables == nil {
			continue // a page behind a cursor: one statement, as Q3
		}
		for i := range r.report.Results {
			found := &r.report.Results[i]
			if found.Engine != r.engine || found.Operation != o.id || found.Server == pgbench {
				continue
			}
			if found.Statements, err = r.statementsOf(ctx, r.server(found.Server), o); err != nil {
				return err
			}
		}
	}
	return nil
}

// statementsOf returns the median over some requests.
func (r *run) statementsOf(ctx context.Context, s *server, o operation) (int, error) {
	c, err := dial(ctx, s.address)
	if err != nil {
		return 0, err
	}
	defer c.close()
	log, err := os.Open(r.cluster.LogPath())
	if err != nil {
		return 0, err
	}
	defer log.Close()
	var counts []int
	for range 5 {
		if _, err := log.Seek(0, io.SeekEnd); err != nil {
			return 0, err
		}
		made, _ := s.requests(o, r.inputs, r.next.Add(1))
		if _, err := c.send(made); err != nil {
			return 0, err
		}
		lines, err := io.ReadAll(log)
		if err != nil {
			return 0, err
		}
		counts = append(counts, statementsIn(lines))
	}
	slices.Sort(counts)
	return counts[len(counts)/2], nil
}

// statementsIn counts the statements in PostgreSQL's log.
func statementsIn(log []byte) (n int) {
	lines := bufio.NewScanner(bytes.NewReader(log))
	lines.Buffer(nil, 64<<20) // a statement may have long lists
	for lines.Scan() {
		_, entry, _ := strings.Cut(lines.Text(), "] ") // behind the time and the process
		entry, isLog := strings.CutPrefix(entry, "LOG:  ")
		kind, statement, _ := strings.Cut(entry, ": ")
		if !isLog {
			continue
		}
		if kind != "statement" && !strings.HasPrefix(kind, "execute ") {
			continue
		}
		switch word, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(statement)), " "); strings.TrimSuffix(word, ";") {
		case "BEGIN", "COMMIT", "ROLLBACK":
		default:
			n++
		}
	}
	return n
}
