package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"callbook/bench/prices"
	"callbook/db/dbtest/cluster"
)

// priceOptions is the command line of go run ./bench prices.
type priceOptions struct {
	Rows    int           `default:"100000" help:"How many calls, and as many records and tasks."`
	Engines []string      `default:"sqlite,postgres" enum:"postgres,sqlite" help:"Which databases."`
	CPU     time.Duration `default:"100ms" help:"How much of the CPU's time each operation takes in all, about."`
	Limit   time.Duration `default:"1h" help:"Give up after this time."`
}

// maxRepeats is how many times an operation runs at the most, and maxRepeatTime for how long.
const (
	maxRepeats    = 200
	maxRepeatTime = time.Second
)

// run runs every filter, order, facet and count of the schema, and writes a table of the CPU that each takes, the
// server's and the database's, for each unit of its price.
func (o priceOptions) run(ctx context.Context, out io.Writer, p *bar) error {
	ctx, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	for _, engine := range o.Engines {
		err := comparePricesOn(ctx, o, engine, out, p)
		if errors.Is(err, cluster.ErrNoBinaries) {
			p.say("PostgreSQL is left out: " + err.Error())
		} else if err != nil {
			return err
		}
	}
	p.end()
	return nil
}

// comparePricesOn compares the prices on one engine.
func comparePricesOn(ctx context.Context, o priceOptions, engine string, out io.Writer, p *bar) error {
	folder, remove, err := databaseFolder("")
	if err != nil {
		return err
	}
	defer remove()
	dsn, database := "sqlite:"+filepath.Join(folder, "prices.db"), 0
	if engine == "postgres" {
		c, err := cluster.Start(cluster.Options{Temp: folder, Settings: settings})
		if err != nil {
			return err
		}
		defer c.Stop()
		dsn = c.DSN("postgres")
		if database, err = c.PID(); err != nil {
			return err
		}
	}
	p.say(engine + ": filling")
	if err := prices.Fill(ctx, dsn, o.Rows, time.Now()); err != nil {
		return err
	}
	probe := request{jsonType, body("", "{ calls(first: 1) { nodes { id } } }", nil)}
	server, err := startGo(ctx, callbook, dsn, probe)
	if err != nil {
		return err
	}
	defer server.stop()
	results, err := measurePrices(ctx, o, server, database, func(what string) { p.say(engine + ": " + what) })
	if err != nil {
		return err
	}
	cheap, dear := prices.Outliers(results, prices.Tolerance)
	_, err = fmt.Fprintf(out, "%s, %d operations: %d take more than %d times the median for their price, %d less than a"+
		" part of it\n%s\n", engine, len(results), len(cheap), prices.Tolerance, len(dear), prices.Table(results, "µs"))
	return err
}

// measurePrices runs all cases, each until it has taken enough of the CPU's time to be measured.
func measurePrices(ctx context.Context, o priceOptions, server *server, database int, say func(string),
) ([]prices.Result, error) {
	c, err := dial(ctx, server.address)
	if err != nil {
		return nil, err
	}
	defer c.close()
	ask := func(query string) (answer map[string]any, err error) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		text, err := c.send(request{jsonType, body("", query, nil)})
		if err != nil {
			return nil, err
		}
		return answer, json.Unmarshal(text, &answer)
	}
	schema, err := os.ReadFile("schema.graphqls")
	if errors.Is(err, os.ErrNotExist) { // in the folder of a test
		schema, err = os.ReadFile("../schema.graphqls")
	}
	if err != nil {
		return nil, err
	}
	cases, err := prices.Cases(string(schema), o.Rows, ask)
	if err != nil {
		return nil, err
	}
	cpu := func() time.Duration { return processCPU(server.cmd.Process.Pid) + treeCPU(database) }
	say(fmt.Sprintf("%d operations", len(cases)))
	return prices.Time(cases, ask, cpu, prices.Repeat{Least: o.CPU, Most: maxRepeats, Longest: maxRepeatTime})
}
