package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"callbook/bench/fill"
	"callbook/bench/hand"
)

// pgbenchScript returns the script of an operation for pgbench, the statements of the hand-written handler with random
// arguments; empty where there is none. The turns of a page are read by the page's condition, for pgbench cannot hand
// the page's keys on.
func pgbenchScript(o operation, i inputs) string {
	switch o.id {
	case "Q1":
		return fmt.Sprintf("\\set id 4 * random(1, %d)\n", i.Answered()) +
			withArguments(hand.PostgresRecord, "1", ":id") + ";\n" + withArguments(hand.PostgresDetails, "1", ":id") + ";\n"
	case "Q2":
		page := withArguments(hand.PostgresRecords, "1", ":job", "'ANSWERED'", "'B'")
		keys := "SELECT r.id" + page[strings.Index(page, " FROM "):]
		return fmt.Sprintf("\\set job random(1, %d)\n", fill.Jobs) + page + ";\n" +
			"SELECT call_record_id, position, type, text FROM call_details WHERE tenant_id = 1 AND call_record_id IN (" +
			keys + ") ORDER BY call_record_id, position;\n"
	case "Q3":
		return withArguments(hand.PostgresCalls, "1", "'COMPLETED'") + ";\n"
	case "M1":
		return "\\set n random(1, 9000000000000000)\n" + withArguments(hand.PostgresInsert, "1", "'pgbench-' || :n",
			"'Offer follow-up'", "'offer follow-up'", "'Questions about the offer'", "'questions about the offer'", "'OUTBOUND'",
			"'COMPLETED'", "'2026-01-05T08:30:00Z'", "60", "'Negotiation'", "'555-0101-2345'", "NULL", "'DEAL-00001'",
			"'DEAL'", "'pgbench'", "now()") + ";\n"
	}
	return ""
}

// withArguments writes arguments into a statement, in one line.
func withArguments(statement string, arguments ...string) string {
	for n, argument := range slices.Backward(arguments) { // $12 before $1
		statement = strings.ReplaceAll(statement, "$"+strconv.Itoa(n+1), argument)
	}
	return strings.ReplaceAll(statement, "\n", " ")
}

func (r *run) hasPgbench(o operation) bool {
	return r.cluster != nil && slices.Contains(r.Servers, pgbench) && pgbenchScript(o, r.inputs) != ""
}

var (
	pgbenchCount   = regexp.MustCompile(`number of transactions actually processed: (\d+)`)
	pgbenchLatency = regexp.MustCompile(`latency average = ([0-9.]+) ms`)
	pgbenchRate    = regexp.MustCompile(`tps = ([0-9.]+)`)
)

// runPgbench runs an operation's statements by pgbench, prepared, for a round. Its own CPU does not count.
func (r *run) runPgbench(ctx context.Context, o operation, clients int) (round, error) {
	script, err := os.CreateTemp("", "bench-*.sql")
	if err != nil {
		return round{}, err
	}
	defer os.Remove(script.Name())
	defer script.Close()
	if _, err := script.WriteString(pgbenchScript(o, r.inputs)); err != nil {
		return round{}, err
	}
	config, err := pgx.ParseConfig(r.dsn)
	if err != nil {
		return round{}, err
	}
	before := treeCPU(r.pid)
	seconds := max(1, int(r.duration()/time.Second))
	command := exec.CommandContext(ctx, filepath.Join(r.cluster.Bin, pgbench), "-n", "-M", "prepared", "-j", "2",
		"-c", strconv.Itoa(clients), "-T", strconv.Itoa(seconds), "-f", script.Name(), "-h", config.Host,
		"-U", config.User, config.Database)
	out, err := command.CombinedOutput()
	if err != nil {
		return round{}, fmt.Errorf("%w: %s", err, out)
	}
	cpu := treeCPU(r.pid) - before
	number := func(pattern *regexp.Regexp) float64 {
		found := pattern.FindSubmatch(out)
		if found == nil {
			return 0
		}
		n, _ := strconv.ParseFloat(string(found[1]), 64)
		return n
	}
	n := int(number(pgbenchCount))
	if n == 0 {
		return round{}, fmt.Errorf("pgbench says %s", out)
	}
	latency := time.Duration(number(pgbenchLatency) * float64(time.Millisecond))
	return round{Requests: n, PerSec: number(pgbenchRate), P50: latency, Database: cpu / time.Duration(n)}, nil
}
