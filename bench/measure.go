package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// The servers that are measured, as the command line and the report name them.
const (
	callbook = "callbook"
	byHand   = "hand"
	pgbench  = "pgbench"
)

// run is a run of the benchmark on one database.
type run struct {
	options
	*database
	inputs
	servers []*server // Callbook first
	next    atomic.Int64
	say     func(what string)
	report  *report
}

// firstRequest is the number of the first request: seven digits, which no row's text has.
const firstRequest = 1_000_000

// measureAll measures all operations, and then the screens before anything is written.
func (r *run) measureAll(ctx context.Context) error {
	r.next.Store(firstRequest)
	hasScreens := false
	for _, o := range operations {
		if o.writes && !hasScreens {
			hasScreens = true
			if err := r.measureScreens(ctx); err != nil {
				return err
			}
		}
		if !r.wants(o.id) {
			continue
		}
		if err := r.measure(ctx, o); err != nil {
			return fmt.Errorf("%s on %s: %w", o.id, r.engine, err)
		}
	}
	return r.countStatements(ctx)
}

// measure compares the answers of all servers to an operation, and then measures it in rounds, each of which asks every
// server.
func (r *run) measure(ctx context.Context, o operation) error {
	if o.depth > 0 {
		after, err := r.cursor(ctx, r.Calls*o.depth/100)
		if err != nil {
			return err
		}
		o.variables = func(inputs, int64) any { return vars{"after": after} }
	}
	r.say(r.engine + " " + o.id + ": same answers")
	if err := r.compare(ctx, o); err != nil {
		return err
	}
	clients := r.Connections
	if o.clients > 0 {
		clients = min(o.clients, clients)
	}
	results := map[string]*result{}
	var order []string
	add := func(name string) {
		order, results[name] = append(order, name), &result{r.engine, o.id, name, nil, 0, 0}
	}
	for _, s := range r.servers {
		if _, isCompared := s.requests(o, r.inputs, 0); !isCompared {
			continue
		}
		add(s.name)
		if err := r.warmUp(ctx, s, o, clients); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if r.hasPgbench(o) {
		add(pgbench)
	}
	for n := range r.Rounds {
		for k := range order {
			name := order[(n+k)%len(order)] // nobody is always the first
			r.say(fmt.Sprintf("%s %s: round %d of %d, %s", r.engine, o.id, n+1, r.Rounds, name))
			got, err := r.measureOnce(ctx, name, o, clients)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			results[name].Rounds = append(results[name].Rounds, got)
		}
		if err := r.tidy(ctx, o); err != nil {
			return err
		}
	}
	for _, name := range order {
		if name != pgbench {
			results[name].Peak = peakMemory(r.server(name).cmd.Process.Pid)
		}
		r.report.Results = append(r.report.Results, *results[name])
	}
	return nil
}

// cursor returns the cursor of a call with so many before it.
func (r *run) cursor(ctx context.Context, before int) (string, error) {
	c, err := dial(ctx, r.server(callbook).address)
	if err != nil {
		return "", err
	}
	defer c.close()
	const query = "query At($offset: Int!) { calls(first: 1, offset: $offset) { pageInfo { endCursor } } }"
	answer, err := c.send(request{jsonType, body("At", query, vars{"offset": before})})
	if err != nil {
		return "", err
	}
	var got struct {
		Data struct {
			Calls struct{ PageInfo struct{ EndCursor string } }
		}
	}
	err = json.Unmarshal(answer, &got)
	return got.Data.Calls.PageInfo.EndCursor, err
}

// warmUp sends requests for half a round, or one where that takes long. A server that compiles while it runs gets as
// many as it takes to do so, for at most half a minute.
func (r *run) warmUp(ctx context.Context, s *server, o operation, clients int) error {
	c, err := dial(ctx, s.address)
	if err != nil {
		return err
	}
	defer c.close()
	start := time.Now()
	first, _ := s.requests(o, r.inputs, r.next.Add(1))
	if _, err := c.send(first); err != nil || time.Since(start) > 200*time.Millisecond {
		return err
	}
	duration := r.duration() / 2
	for sent := 0; ; duration = time.Second {
		l, err := burst(ctx, s.address, clients, duration, &r.next, r.maker(s, o))
		if sent += l.requests; err != nil || s.isGo || sent > 3000 || time.Since(start) > 30*time.Second {
			return err
		}
	}
}

func (r *run) maker(s *server, o operation) func(n int64) request {
	return func(n int64) request {
		made, _ := s.requests(o, r.inputs, n)
		return made
	}
}

// measureOnce measures one server for one round.
func (r *run) measureOnce(ctx context.Context, name string, o operation, clients int) (round, error) {
	if name == pgbench {
		return r.runPgbench(ctx, o, clients)
	}
	s := r.server(name)
	before, err := s.allocations()
	if err != nil {
		return round{}, err
	}
	serverBefore, databaseBefore := processCPU(s.cmd.Process.Pid), treeCPU(r.pid)
	l, err := burst(ctx, s.address, clients, r.duration(), &r.next, r.maker(s, o))
	if err != nil {
		return round{}, err
	}
	serverAfter, databaseAfter := processCPU(s.cmd.Process.Pid), treeCPU(r.pid)
	after, err := s.allocations()
	if err != nil {
		return round{}, err
	}
	n := time.Duration(l.requests)
	return round{
		Requests: l.requests, PerSec: float64(l.requests) / l.time.Seconds(), P50: l.quantile(0.5), P99: l.quantile(0.99),
		Server: (serverAfter - serverBefore) / n, Database: (databaseAfter - databaseBefore) / n,
		Allocs: float64(after.Count-before.Count) / float64(n), Bytes: float64(after.Bytes-before.Bytes) / float64(n),
	}, nil
}

func (r *run) server(name string) *server {
	i := slices.IndexFunc(r.servers, func(s *server) bool { return s.name == name })
	return r.servers[i]
}

// tidy vacuums after a round that wrote, as autovacuum would some time.
func (r *run) tidy(ctx context.Context, o operation) error {
	if !o.writes || r.cluster == nil {
		return nil
	}
	conn, err := pgx.Connect(ctx, r.dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	return execAll(ctx, conn, "VACUUM")
}
