// Command bench measures Callbook beside a handler written by hand, pgbench, PostGraphile and Apollo Server on the same
// database, and writes docs/performance.md. Its command neighbours measures one tenant while another does its worst,
// and soak whether a server that runs for long stays as it is. Run it by go run ./bench, in the folder of the module.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"callbook/bench/fill"
	"callbook/db/dbtest/cluster"
)

// commandLine is the command line: one of its commands.
type commandLine struct {
	Compare    options      `cmd:"" default:"withargs" help:"Measure Callbook beside other servers, as without a command."`
	Neighbours neighbours   `cmd:"" help:"Measure what one tenant waits for while another does its worst."`
	Prices     priceOptions `cmd:"" help:"Compare the prices of operations with the CPU's time."`
	Soak       soak         `cmd:"" help:"Load a server for long, and tell whether what it takes stays flat."`
}

// options are those of the comparison.
type options struct {
	Size        float64       `default:"1" help:"${help_size}"`
	Rounds      int           `default:"5" help:"Rounds of each measurement; the report has medians."`
	Seconds     float64       `default:"2" help:"How long each round of each server is."`
	Connections int           `default:"16" help:"Clients at once."`
	Engines     []string      `default:"postgres,sqlite" enum:"postgres,sqlite" help:"Which databases."`
	Servers     []string      `default:"hand,apollo,postgraphile,pgbench" enum:"${servers}" help:"${help_servers}"`
	Only        []string      `help:"Only these measurements, such as Q1,M1,S1; Q2 stands for all that begin so."`
	Keep        string        `type:"path" placeholder:"DIR" help:"${help_keep}"`
	Report      string        `default:"docs/performance.md" type:"path" placeholder:"FILE" help:"${help_report}"`
	Render      bool          `help:"Measure nothing; write the report anew from the results beside it."`
	Limit       time.Duration `default:"3h" help:"Give up after this time."`
	Peers       string        `default:"bench/peers" type:"path" placeholder:"DIR" help:"Where the peers were installed."`
}

var texts = kong.Vars{
	"servers":      "hand,apollo,postgraphile,pgbench,none",
	"help_size":    "Share of the full size: 1,000,000 records, 2,000,000 turns, 200,000 customers, 500,000 calls.",
	"help_servers": "What Callbook is compared with: hand, apollo, postgraphile, pgbench; none.",
	"help_keep": "Keep the filled databases in this folder, and use them the next time; about 10 GB at full size. " +
		"Without it they are made in a temporary folder and removed.",
	"help_report": "Where the report is written: the part between its marks, a folder of the same name without .md " +
		"with plots and results, and nothing else.",
}

func (o options) duration() time.Duration { return time.Duration(o.Seconds * float64(time.Second)) }

// wants reports whether a measurement is asked for.
func (o options) wants(id string) bool {
	return len(o.Only) == 0 ||
		slices.ContainsFunc(o.Only, func(prefix string) bool { return strings.HasPrefix(id, prefix) })
}

func main() {
	if runChild() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := bench(ctx, os.Args[1:], newBar(os.Stderr)); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench runs the command line.
func bench(ctx context.Context, arguments []string, p *bar) error {
	var line commandLine
	parser := kong.Must(&line, kong.Name("bench"), kong.Description("Measures Callbook."), texts)
	parsed, err := parser.Parse(arguments)
	if err != nil {
		return err
	}
	switch parsed.Selected().Name {
	case "prices":
		return line.Prices.run(ctx, os.Stdout, p)
	case "neighbours":
		return line.Neighbours.run(ctx, p)
	case "soak":
		return line.Soak.run(ctx, p)
	}
	return compare(ctx, line.Compare, arguments, p)
}

// compare measures Callbook beside other servers and writes the report.
func compare(ctx context.Context, o options, arguments []string, p *bar) error {
	if o.Render {
		r, err := loadReport(filepath.Join(plotFolder(o.Report), "results.json"))
		if err != nil {
			return err
		}
		return r.write(o.Report)
	}
	ctx, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	folder, remove, err := databaseFolder(o.Keep)
	if err != nil {
		return err
	}
	defer remove()
	r := newReport(o, arguments)
	for _, engine := range o.Engines {
		err := measureEngine(ctx, o, engine, folder, r, p)
		if ctx.Err() != nil {
			return fmt.Errorf("stopped: %w", ctx.Err())
		}
		if err != nil {
			return err
		}
	}
	p.end()
	return r.write(o.Report)
}

// databaseFolder returns the folder of the databases, and what removes it where it is not kept, that is "". PostgreSQL
// may run as another user, who must be able to pass.
func databaseFolder(kept string) (folder string, remove func(), err error) {
	if kept != "" {
		return kept, func() {}, nil
	}
	if folder, err = os.MkdirTemp("", "callbook-bench-"); err != nil {
		return "", nil, err
	}
	return folder, func() { os.RemoveAll(folder) }, os.Chmod(folder, 0o755)
}

// openEngine fills a database of an engine, or finds it filled, and makes the copy on which is measured; nil where
// PostgreSQL is not installed. more are settings of PostgreSQL beside the usual ones.
func openEngine(ctx context.Context, engine, folder string, share float64, more map[string]string, p *bar,
) (d *database, err error) {
	size := fill.NewSize(share)
	if engine == "sqlite" {
		return openSQLite(ctx, folder, size, p.fill(engine))
	}
	d, err = openPostgres(ctx, folder, size, more, p.fill(engine))
	if errors.Is(err, cluster.ErrNoBinaries) {
		p.say("PostgreSQL is left out: " + err.Error())
		return nil, nil
	}
	return d, err
}

// measureEngine fills a database and measures all servers on it.
func measureEngine(ctx context.Context, o options, engine, folder string, report *report, p *bar) (err error) {
	d, err := openEngine(ctx, engine, folder, o.Size, nil, p)
	if d == nil || err != nil {
		return err
	}
	defer d.remove()
	r := &run{options: o, database: d, inputs: inputs{fill.NewSize(o.Size)}, say: p.say, report: report}
	defer func() {
		for _, s := range r.servers {
			s.stop()
		}
	}()
	if err := r.start(ctx); err != nil {
		return err
	}
	report.noteDatabase(r, folder)
	return r.measureAll(ctx)
}

// start starts the servers. Each has answered a record when it is ready.
func (r *run) start(ctx context.Context) error {
	probe := operations[0]
	for _, name := range []string{callbook, byHand} {
		if name != callbook && !slices.Contains(r.Servers, name) {
			continue
		}
		r.say("starting " + name)
		made, _ := callbookRequest(probe, r.inputs, 0)
		s, err := startGo(ctx, name, r.dsn, made)
		if err != nil {
			return err
		}
		if name == byHand {
			s.requests = handRequest
		}
		r.servers = append(r.servers, s)
	}
	for _, peer := range peers {
		if r.cluster == nil || !slices.Contains(r.Servers, peer.name) {
			continue
		}
		r.say("starting " + peer.name)
		made, _ := peer.requests(probe, r.inputs, 0)
		s, err := startPeer(ctx, r.Peers, peer.name, peer.file, r.dsn, made)
		if err != nil {
			return err
		}
		s.requests = peer.requests
		r.servers = append(r.servers, s)
	}
	return nil
}
