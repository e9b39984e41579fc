package tests

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/cputime"
	"callbook/tests/harness"
)

// tenFields are the columns of BenchmarkTable.
var tenFields = []string{"id", "name", "subject", "callType", "callStatus", "callStartTime", "callDurationInSeconds",
	"callPurpose", "scheduledInCrm", "updatedAt"}

// BenchmarkTable reads 10,000 calls of ten fields: as a table, and as objects of ten pages, by both executors. The
// yardsticks are the same reads by package db alone, and on SQLite, which runs in this process, by SQL whose rows
// nobody scans.
func BenchmarkTable(b *testing.B) {
	const rows = 10000
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			e := dbtest.Shared(b, engine)
			fillBench(b, e, rows+1, 1)
			var columns db.Columns
			for _, field := range tenFields {
				columns |= db.CallColumns.Of(field)
			}
			// eachPage calls read for every page of objects, with the cursor behind the page before.
			eachPage := func(read func(after *string) *string) {
				var after *string
				for range rows / db.MaxCallPage {
					after = read(after)
				}
			}
			for _, executor := range []string{"fast", "gqlgen"} {
				server := harness.NewServerOf(b, e, executor)
				cpu(b, "objects/"+executor, func() {
					eachPage(func(after *string) *string {
						query := fmt.Sprintf(`query($after: String) { calls(first: %d, after: $after) {
							nodes { %s } pageInfo { endCursor } } }`, db.MaxCallPage, strings.Join(tenFields, " "))
						text := answerTo(b, server, query, vars{"after": after})
						_, end, _ := strings.Cut(text, `"endCursor":"`)
						end, _, _ = strings.Cut(end, `"`)
						return &end
					})
				})
				cpu(b, "table/"+executor, func() {
					answerTo(b, server, fmt.Sprintf(`{ callTable(first: %d, columns: ["%s"]) { rows } }`, rows,
						strings.Join(tenFields, `", "`)), nil)
				})
			}
			cpu(b, "objects/db", func() {
				eachPage(func(after *string) *string {
					page, err := e.DB.Calls(e.Ctx, db.CallQuery{Dataset: model.CallDatasetDefault, Columns: columns,
						PageArgs: model.PageArgs{First: new(db.MaxCallPage), After: after}})
					if err != nil {
						b.Fatal(err)
					}
					return page.PageInfo.EndCursor
				})
			})
			readTable := func(first int, after *string) *string {
				q := db.TableQuery{Columns: tenFields, First: &first, After: after}
				table, err := e.DB.CallTable(e.Ctx, model.CallDatasetDefault, nil, nil, q)
				if err != nil {
					b.Fatal(err)
				}
				next, err := table.Read(e.Ctx, func([]db.Cell) error { return nil })
				if err != nil {
					b.Fatal(err)
				}
				return next
			}
			cpu(b, "objects/sql", func() {
				eachPage(func(after *string) *string { return readTable(db.MaxCallPage, after) })
			})
			cpu(b, "table/sql", func() { readTable(rows, nil) })
		})
	}
}

// cpu reports the time of processors that a function takes in this process.
func cpu(b *testing.B, name string, run func()) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		start := cputime.Used()
		for b.Loop() {
			run()
		}
		b.ReportMetric(float64((cputime.Used()-start).Microseconds())/float64(b.N), "cpu-µs/op")
	})
}

// answerTo returns the body of what a query is answered.
func answerTo(b *testing.B, server *harness.Server, query string, variables vars) string {
	r := httptest.NewRequest("POST", "http://localhost/graphql", strings.NewReader(harness.Body(query, variables)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	if text := w.Body.String(); w.Code == 200 && !strings.HasPrefix(text, `{"errors"`) {
		return text
	}
	b.Fatal(w.Body.String())
	return ""
}
