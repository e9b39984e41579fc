package tests

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"callbook/bench/prices"
	"callbook/db/dbtest"
	"callbook/db/dbtest/cluster"
	"callbook/tests/harness"
)

// priceRows returns over how many calls, and as many records, prices are compared with work, and by how many times an
// operation may differ from the median. Prices are made for many rows: over few, what every operation reads counts for
// more.
func priceRows() (rows int, tolerance float64) {
	if os.Getenv("CALLBOOK_PRICES") == "full" {
		return 50_000, prices.Tolerance
	}
	return 500, 5 * prices.Tolerance
}

// TestPricesOfWork runs every filter, order, facet and count of the schema over calls and records, 100,000 of them
// under CALLBOOK_PRICES=full, and checks that none reads 20 times as many rows and pages for its price as the median
// does, or 20 times as few; of fewer rows, 100 times.
func TestPricesOfWork(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn, log := "sqlite:"+filepath.Join(t.TempDir(), "prices.db"), ""
			if engine == "postgres" {
				c, err := cluster.Start(cluster.Options{Settings: prices.PostgresSettings})
				if errors.Is(err, cluster.ErrNoBinaries) && os.Getenv("REQUIRE_POSTGRES") != "1" {
					t.Skip(err)
				} else if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(c.Stop)
				dsn, log = c.DSN("postgres"), c.LogPath()
			}
			comparePrices(t, engine, dsn, log)
		})
	}
}

// comparePrices fills a database and compares the prices of all cases on it.
func comparePrices(t *testing.T, engine, dsn, log string) {
	rows, tolerance := priceRows()
	if err := prices.Fill(t.Context(), dsn, rows, dbtest.Start); err != nil {
		t.Fatal(err)
	}
	counter, err := prices.NewCounter(dsn, log)
	if err != nil {
		t.Fatal(err)
	}
	server := harness.NewServer(t, dbtest.NewEnv(t, engine, dsn)).As(harness.LocalAdministrator)
	ask := func(query string) (map[string]any, error) { return server.Post(query, nil), nil }
	cases, err := prices.Cases(string(harness.Schema()), rows, ask)
	if err != nil {
		t.Fatal(err)
	}
	results, err := prices.Count(cases, ask, counter)
	if err != nil {
		t.Fatal(err)
	}
	if testing.Verbose() {
		t.Log("\n" + prices.Table(results, "read"))
	}
	cheap, dear := prices.Outliers(results, tolerance)
	for _, r := range cheap {
		t.Errorf("too cheap: %s costs %.0f and reads %d rows and %d pages, the median %.1f for each unit", r.Name, r.Price,
			r.Work.Rows, r.Work.Pages, prices.Median(results))
	}
	for _, r := range dear {
		t.Errorf("too dear: %s costs %.0f and reads %d rows and %d pages, the median %.1f for each unit", r.Name, r.Price,
			r.Work.Rows, r.Work.Pages, prices.Median(results))
	}
}
