package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
)

// sample is what a server and its database take at a time.
type sample struct {
	at     time.Duration
	values map[string]float64 // by the gauge's name
}

// gauge is something that is sampled.
type gauge struct {
	name    string
	floor   float64 // a growth up to this is flat whatever the mean
	mayGrow string  // why it may grow; "" where it must not
}

// gauges are what is sampled, in the order of the plot.
var gauges = []gauge{
	{"resident memory, MB", 20, ""}, {"goroutines", 10, ""}, {"descriptors", 10, ""}, {"write-ahead log, MB", 16, ""},
	{"calls with what hangs on them, MB", 4, ""}, {"records with turns and index, MB", 4, ""},
	{"summaries and their deltas, MB", 4, ""}, {"other tables, MB", 4, ""},
	{"idempotency keys, MB", 1, "grows: they are kept for a day"}, {"pages in use, MB", 8, ""},
}

// valuesOf returns the values of a gauge.
func valuesOf(samples []sample, g gauge) (points []point) {
	for _, s := range samples {
		if value, isKnown := s.values[g.name]; isKnown {
			points = append(points, point{s.at, value})
		}
	}
	return points
}

// meter samples a server and its database.
type meter struct {
	database *database
	pid      int
	pool     *sql.DB
}

// newMeter opens a connection of its own to the database.
func newMeter(ctx context.Context, d *database, s *server) (*meter, error) {
	driver, dsn := "pgx", d.dsn
	if path, isSQLite := strings.CutPrefix(d.dsn, "sqlite:"); isSQLite {
		driver, dsn = "sqlite", "file:"+path+"?mode=ro"
	}
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	return &meter{d, s.cmd.Process.Pid, pool}, pool.PingContext(ctx)
}

func (m *meter) close() { m.pool.Close() }

// samples samples until the context ends.
func (m *meter) samples(ctx context.Context, every time.Duration, s *server) (list []sample, err error) {
	start := time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		one := sample{time.Since(start), map[string]float64{}}
		if err := m.sample(ctx, one.values, s); ctx.Err() != nil {
			return list, nil
		} else if err != nil {
			return list, err
		}
		list = append(list, one)
		select {
		case <-ctx.Done():
			return list, nil
		case <-tick.C:
		}
	}
}

const megabyte = 1 << 20

// sample takes one sample.
func (m *meter) sample(ctx context.Context, values map[string]float64, s *server) error {
	a, err := s.allocations()
	if err != nil {
		return err
	}
	values["goroutines"] = float64(a.Goroutines)
	values["resident memory, MB"] = float64(memoryOf(m.pid, "VmRSS:")) / megabyte
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", m.pid))
	if err != nil {
		return err
	}
	values["descriptors"] = float64(len(descriptors))
	if m.database.cluster == nil {
		return m.sampleSQLite(ctx, values)
	}
	return m.samplePostgres(ctx, values)
}

// sampleSQLite looks at the files: which pages a table has is known by reading all of them alone.
func (m *meter) sampleSQLite(ctx context.Context, values map[string]float64) error {
	info, err := os.Stat(strings.TrimPrefix(m.database.dsn, "sqlite:") + "-wal")
	if err == nil {
		values["write-ahead log, MB"] = float64(info.Size()) / megabyte
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var pages float64
	err = m.pool.QueryRowContext(ctx, `SELECT (page_count - freelist_count) * page_size
		FROM pragma_page_count, pragma_freelist_count, pragma_page_size`).Scan(&pages)
	values["pages in use, MB"] = pages / megabyte
	return err
}

// samplePostgres asks for the sizes of all tables with their indexes, and of the log.
func (m *meter) samplePostgres(ctx context.Context, values map[string]float64) error {
	var wal float64
	if err := m.pool.QueryRowContext(ctx, "SELECT sum(size) FROM pg_ls_waldir()").Scan(&wal); err != nil {
		return err
	}
	values["write-ahead log, MB"] = wal / megabyte
	rows, err := m.pool.QueryContext(ctx, `SELECT relname, pg_total_relation_size(oid) FROM pg_class
		WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		var bytes float64
		if err := rows.Scan(&table, &bytes); err != nil {
			return err
		}
		values[gaugeOf(table)] += bytes / megabyte
	}
	return rows.Err()
}

// gaugeOf returns the gauge to which a table counts.
func gaugeOf(table string) string {
	for _, kind := range []struct{ prefix, gauge string }{
		{"idempotency", "idempotency keys, MB"}, {"call_record", "records with turns and index, MB"},
		{"call_detail", "records with turns and index, MB"},
		{"transcript", "records with turns and index, MB"},
		{"text_", "records with turns and index, MB"}, {"call", "calls with what hangs on them, MB"},
		{"notes", "calls with what hangs on them, MB"}, {"tasks", "calls with what hangs on them, MB"},
		{"summar", "summaries and their deltas, MB"},
	} {
		if strings.HasPrefix(table, kind.prefix) {
			return kind.gauge
		}
	}
	return "other tables, MB"
}
