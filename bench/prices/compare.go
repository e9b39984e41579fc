package prices

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Work is what an operation reads.
type Work struct{ Rows, Pages int64 }

// Sum returns the rows and pages together.
func (w Work) Sum() int64 { return w.Rows + w.Pages }

// Counter counts the work of all statements of a database that nobody else uses meanwhile.
type Counter interface {
	read() (Work, error)
	close() error
}

// NewCounter returns the counter of a database. On SQLite it counts the connections of this process that are opened
// after the first call; on PostgreSQL those of a server with PostgresSettings, whose log it reads.
func NewCounter(dsn, logPath string) (Counter, error) {
	if isSQLite(dsn) {
		return newSQLiteWork(), nil
	}
	return newPostgresWork(logPath)
}

// Result is what a case cost and what it took: rows and pages, or microseconds.
type Result struct {
	Case
	Price float64
	Taken float64
	Work  Work
}

// Ratio returns what the case took for each unit of its price.
func (r Result) Ratio() float64 { return r.Taken / max(r.Price, 1) }

// Count runs the cases and counts their work. It closes the counter.
func Count(cases []Case, ask Ask, counter Counter) (results []Result, err error) {
	defer func() { err = errors.Join(err, counter.close()) }()
	for _, c := range cases {
		if _, err := counter.read(); err != nil {
			return nil, err
		}
		price, err := priceOf(c, ask)
		if err != nil {
			return nil, err
		}
		work, err := counter.read()
		if err != nil {
			return nil, err
		}
		results = append(results, Result{Case: c, Price: price, Taken: float64(work.Sum()), Work: work})
	}
	return results, nil
}

// priceOf runs a case and returns its price. It returns an error where the response has one.
func priceOf(c Case, ask Ask) (float64, error) {
	response, err := ask(c.Query)
	if err == nil && response["errors"] != nil {
		err = fmt.Errorf("%v", response["errors"])
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", c.Name, err)
	}
	price, _ := at(response, "extensions", "cost", "requested").(float64)
	return price, nil
}

// What is said to be too cheap or too dear: what takes for its price so many times more or less than the median does.
// Operations that cost less than smallPrice, a hundredth of what a credential gains in a second, are not said to be too
// dear: a search may always find at once what it looks for.
const (
	Tolerance  = 20
	smallPrice = 500
)

// Median returns the median of what the cases took for each unit of their prices.
func Median(results []Result) float64 {
	ratios := make([]float64, len(results))
	for i, r := range results {
		ratios[i] = r.Ratio()
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// Outliers returns the cases that are too cheap or too dear: that differ from the median by more than so many times.
func Outliers(results []Result, tolerance float64) (cheap, dear []Result) {
	median := Median(results)
	for _, r := range results {
		switch {
		case r.Ratio() > median*tolerance:
			cheap = append(cheap, r)
		case r.Ratio() < median/tolerance && r.Price > smallPrice && !r.isShort:
			dear = append(dear, r)
		}
	}
	return cheap, dear
}

// Table returns the results as lines, the cheapest for what they take first, with unit as what they take.
func Table(results []Result, unit string) string {
	sorted := slices.Clone(results)
	slices.SortStableFunc(sorted, func(a, b Result) int { return int(b.Ratio()*1000) - int(a.Ratio()*1000) })
	median := Median(results)
	var b strings.Builder
	fmt.Fprintf(&b, "%10s %10s %10s %8s  operation; the median is %.3f %s\n", unit, "price", "ratio", "median", median,
		unit)
	for _, r := range sorted {
		fmt.Fprintf(&b, "%10.0f %10.0f %10.3f %7.2fx  %s\n", r.Taken, r.Price, r.Ratio(), r.Ratio()/median, r.Name)
	}
	return b.String()
}
