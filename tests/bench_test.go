package tests

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/model"
	"callbook/tests/cputime"
	"callbook/tests/harness"
)

// benchRows returns how many calls, and how many call records, the benchmarks read from: CALLBOOK_BENCH_ROWS, or 5,000.
func benchRows() int {
	n, err := strconv.Atoi(os.Getenv("CALLBOOK_BENCH_ROWS"))
	if err != nil {
		return 5000
	}
	return n
}

// fillBench fills a tenant with calls and records of the sample.
func fillBench(b *testing.B, e *dbtest.Env, calls, records int) {
	if err := demo.FillSize(e.Ctx, e.DB, e.Clock.Now(), calls, records); err != nil {
		b.Fatal(err)
	}
	if err := e.DB.Analyze(e.Ctx); err != nil {
		b.Fatal(err)
	}
}

// benchmark measures an operation through the site, by the fast path and by gqlgen alone and, as a yardstick within the
// same run, the calls of package db that the operation makes.
func benchmark(b *testing.B, query string, inDB func(*dbtest.Env) error) {
	body, err := json.Marshal(vars{"query": query})
	if err != nil {
		b.Fatal(err)
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			e := dbtest.Shared(b, engine)
			rows := benchRows()
			fillBench(b, e, rows, rows)
			for _, executor := range []string{"fast", "gqlgen"} {
				server := harness.NewServerOf(b, e, executor)
				b.Run(executor, func(b *testing.B) { post(b, server, string(body)) })
			}
			b.Run("db", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := inDB(e); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// post sends a request over and over. It reports the CPU time of an operation, with that of what runs beside it in the
// process, such as SQLite and the collection of garbage.
func post(b *testing.B, server *harness.Server, body string) {
	b.ReportAllocs()
	start := cputime.Used()
	for b.Loop() {
		r := httptest.NewRequest("POST", "http://localhost/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != 200 || strings.HasPrefix(w.Body.String(), `{"errors"`) {
			b.Fatal(w.Body.String())
		}
	}
	b.ReportMetric(float64((cputime.Used()-start).Microseconds())/float64(b.N), "cpu-µs/op")
}

func BenchmarkPointRead(b *testing.B) {
	benchmark(b, `{ call(id: "call-0042") { id name callType callStatus callStartTime callDuration } }`,
		func(e *dbtest.Env) error {
			_, err := e.DB.Call(e.Ctx, "call-0042", false)
			return err
		})
}

func BenchmarkRecordPage(b *testing.B) {
	const query = `{ callRecords(filter: {robotCallJobId: {eq: "50"}}, first: 20) { nodes {
		id startTime customerConcern customerPerson { id name } details { position type text } } } }`
	benchmark(b, query, func(e *dbtest.Env) error {
		page, err := e.DB.CallRecords(e.Ctx, db.RecordQuery{PageArgs: model.PageArgs{First: new(20)},
			Filter: &model.CallRecordFilter{RobotCallJobID: &model.LongFilter{Eq: new(int64(50))}}})
		if err != nil {
			return err
		}
		var records, persons []int64
		for _, r := range page.Nodes {
			records, persons = append(records, r.ID), append(persons, *r.CustomerPersonID)
		}
		if _, err = e.DB.CallDetails(e.Ctx, records); err != nil {
			return err
		}
		_, err = e.DB.CustomerPersonsByID(e.Ctx, persons)
		return err
	})
}

func BenchmarkRecord(b *testing.B) {
	const query = `{ callRecord(id: "1042") { id startTime endTime resultStatus intentLevel chatDuration
		customerPerson { id name phoneNumber } details { position type text } } }`
	benchmark(b, query, func(e *dbtest.Env) error {
		record, err := e.DB.CallRecord(e.Ctx, 1042)
		if err != nil {
			return err
		}
		if _, err = e.DB.CallDetails(e.Ctx, []int64{record.ID}); err != nil {
			return err
		}
		_, err = e.DB.CustomerPersonsByID(e.Ctx, []int64{*record.CustomerPersonID})
		return err
	})
}

// page100 reads 100 calls from package db.
func page100(e *dbtest.Env) (*model.CallConnection, error) {
	return e.DB.Calls(e.Ctx, db.CallQuery{Dataset: model.CallDatasetDefault, PageArgs: model.PageArgs{First: new(100)}})
}

func BenchmarkCallPage(b *testing.B) {
	const query = `{ calls(first: 100) { nodes { id nodeId version name subject callType outgoingCallStatus callStatus
		callStartTime callDuration callDurationInSeconds callPurpose callResult callAgenda reminder scheduledInCrm ctiEntry
		callerId dialledNumber ownerId ownerType ownerSubtype createdBy createdAt updatedAt } } }`
	benchmark(b, query, func(e *dbtest.Env) error {
		_, err := page100(e)
		return err
	})
}

// BenchmarkCallPageResolvers reads a page of calls with fields that have a statement of their own.
func BenchmarkCallPageResolvers(b *testing.B) {
	const query = `{ calls(first: 100) { nodes { id name tags description callRecord { id intentLevel } } } }`
	benchmark(b, query, func(e *dbtest.Env) error {
		page, err := page100(e)
		if err != nil {
			return err
		}
		var ids []string
		var records []int64
		for _, c := range page.Nodes {
			ids = append(ids, c.ID)
			if c.CallRecordID != nil {
				records = append(records, *c.CallRecordID)
			}
		}
		if _, err = e.DB.CallTags(e.Ctx, ids); err != nil {
			return err
		}
		if _, err = e.DB.CallDescriptions(e.Ctx, ids); err != nil {
			return err
		}
		_, err = e.DB.CallRecordsByID(e.Ctx, records)
		return err
	})
}

// BenchmarkDeepPage reads the first page, and the page after a cursor in the middle, which should take as long.
func BenchmarkDeepPage(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			e := dbtest.Shared(b, engine)
			rows := benchRows()
			fillBench(b, e, rows, 0)
			at := func(offset int) *string {
				page, err := e.DB.Calls(e.Ctx, db.CallQuery{Dataset: model.CallDatasetDefault,
					PageArgs: model.PageArgs{First: new(1), Offset: &offset}})
				if err != nil {
					b.Fatal(err)
				}
				return page.PageInfo.EndCursor
			}
			for _, place := range []struct {
				name   string
				offset int
			}{{"first", 0}, {"middle", rows / 2}} {
				cursor := at(place.offset)
				b.Run(place.name, func(b *testing.B) {
					for b.Loop() {
						_, err := e.DB.Calls(e.Ctx, db.CallQuery{Dataset: model.CallDatasetDefault,
							PageArgs: model.PageArgs{First: new(20), After: cursor}})
						if err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// BenchmarkBatch creates, updates and tags 1,000 calls at once.
func BenchmarkBatch(b *testing.B) {
	const n = 1000
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			e := dbtest.Shared(b, engine)
			round := 0
			create := func() (ids []string, err error) {
				round++
				inputs := make([]*model.CreateCallInput, n)
				for i := range inputs {
					ids = append(ids, fmt.Sprintf("batch-%d-%04d", round, i))
					inputs[i] = &model.CreateCallInput{ID: &ids[i]}
					inputs[i].Name = graphql.OmittableOf(new(fmt.Sprint("call ", i)))
				}
				_, err = e.DB.CreateCalls(e.Ctx, inputs, db.Batch{})
				return ids, err
			}
			ids, err := create()
			if err != nil {
				b.Fatal(err)
			}
			all := model.CallSelector{Ids: ids}
			for name, run := range map[string]func() error{
				"create": func() error { _, err := create(); return err },
				"update": func() error {
					round++
					patch := model.CallPatch{Subject: graphql.OmittableOf(new(fmt.Sprint("round ", round)))}
					_, err := e.DB.UpdateCalls(e.Ctx, "updateCalls", all, patch, db.Batch{})
					return err
				},
				"tag": func() error {
					round++
					_, err := e.DB.AddCallTags(e.Ctx, all, []string{fmt.Sprint("tag ", round%10)}, db.Batch{})
					if err == nil && round%10 == 9 {
						_, err = e.DB.UpdateCalls(e.Ctx, "setCallTags", all, model.TagsPatch(nil), db.Batch{})
					}
					return err
				},
			} {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						if err := run(); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "calls/s")
				})
			}
		})
	}
}
