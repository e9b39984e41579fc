package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// writer writes random calls and records.
type writer struct {
	*rand.Rand
	d   *db.DB
	ctx context.Context
}

func pick[T any](w writer, values ...T) T { return values[w.IntN(len(values))] }

// maybe returns one of values or nil.
func maybe[T any](w writer, values ...T) *T {
	if w.IntN(4) == 0 {
		return nil
	}
	return new(pick(w, values...))
}

func (w writer) start() *time.Time {
	return maybe(w, dbtest.Start.Add(-time.Hour), dbtest.Start.Add(time.Hour), time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1991, 12, 31, 20, 0, 0, 0, time.UTC), time.Date(1992, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC), dbtest.Start.Add(time.Duration(w.IntN(400))*time.Hour))
}

func (w writer) patch() model.CallPatch {
	var p model.CallPatch
	p.CallType = graphql.OmittableOf(maybe(w, model.AllCallType...))
	p.OutgoingCallStatus = graphql.OmittableOf(maybe(w, model.OutgoingCallStatusScheduled,
		model.OutgoingCallStatusCompleted, model.OutgoingCallStatusCancelled))
	p.CallStartTime = graphql.OmittableOf(w.start())
	p.CallDurationInSeconds = graphql.OmittableOf(maybe(w, 0, 61))
	p.CallPurpose = graphql.OmittableOf(maybe(w, "Demo", "demo", "|", `"`))
	if w.IntN(2) == 0 {
		p.Name = graphql.OmittableOf(maybe(w, w.names()...))
	}
	if w.IntN(2) == 0 {
		p.CallResult = graphql.OmittableOf(maybe(w, "Interested", "无应答"))
		p.Reminder = graphql.OmittableOf(maybe(w, "None", "x"))
		p.OwnerType = graphql.OmittableOf(maybe(w, "LEAD", "DEAL"))
		p.OwnerSubtype = graphql.OmittableOf(maybe(w, "a", "b"))
	}
	if w.IntN(2) == 0 {
		p.Tags = graphql.OmittableOf(w.tags())
	}
	return p
}

// names are names whose texts, folded or not, have line breaks and the characters that stand for them.
func (w writer) names() []string {
	return []string{"a#1", "A＃1\nb", "#", "##\n#", "\uFFFF1", "1", "价格 b"}
}

func (w writer) tags() []string {
	return pick(w, nil, []string{"a"}, []string{"a", "B"}, []string{"B", "ｃ"})
}

func (w writer) calls() model.CallSelector {
	ids := map[string]bool{}
	for range 1 + w.IntN(4) {
		ids[fmt.Sprintf("c%d", w.IntN(12))] = true
	}
	return model.CallSelector{Ids: slices.Sorted(maps.Keys(ids))}
}

func (w writer) records() model.CallRecordSelector {
	return model.CallRecordSelector{Ids: []int64{w.Int64N(12) + 1, w.Int64N(12) + 13}}
}

func (w writer) delivery(id int64) *model.SaveCallRecordInput {
	in := &model.SaveCallRecordInput{ID: id, RobotCallJobID: maybe(w, int64(1), 2, 11), StartTime: w.start(),
		ResultStatus: maybe(w, model.ResultStatusAnswered, model.ResultStatusBusy),
		IntentLevel:  maybe(w, model.IntentLevelA, model.IntentLevelB), ChatRound: maybe(w, 0, 2, 3, 7, 30),
		CustomerConcern: pick(w, nil, []string{"price"}, []string{"price", "|"})}
	if w.IntN(2) == 0 {
		in.CustomerPerson = &model.CustomerPersonInput{ID: w.Int64N(5) + 1, Name: maybe(w, w.names()...),
			PhoneNumber: maybe(w, "555-0100", "１23", "01234567")}
	}
	if in.ResultStatus != nil && *in.ResultStatus == model.ResultStatusAnswered {
		in.ChatDuration = maybe(w, 0, 7)
	}
	return in
}

// write does one random write. Errors for callers are no failure: the rows may be missing or deleted.
func (w writer) write() error {
	b := db.Batch{Policy: pick(w, model.AllBatchPolicy...), DryRun: w.IntN(8) == 0}
	var err error
	switch w.IntN(12) {
	case 0, 1:
		_, _, err = w.d.SaveCall(w.ctx, model.CreateCallInput{ID: &w.calls().Ids[0], CallPatch: w.patch()}, nil)
	case 2:
		var all []*model.CallImport
		for _, id := range w.calls().Ids {
			all = append(all, &model.CallImport{ID: id, CallPatch: w.patch()})
		}
		_, err = w.d.ImportCalls(w.ctx, model.ImportModeUpsert, all)
	case 3:
		_, err = w.d.UpdateCalls(w.ctx, "updateCalls", w.calls(), w.patch(), b)
	case 4:
		_, err = w.d.AddCallTags(w.ctx, w.calls(), w.tags(), b)
	case 5:
		_, err = w.d.RemoveCallTags(w.ctx, w.calls(), w.tags(), b)
	case 6:
		_, err = w.d.DeleteCalls(w.ctx, w.calls(), b)
	case 7:
		_, err = w.d.RestoreCalls(w.ctx, w.calls(), b)
	default:
		err = w.writeRecords(b)
	}
	if err != nil && model.AsErrors(err) == nil {
		return err
	}
	return nil
}

func (w writer) writeRecords(b db.Batch) (err error) {
	switch w.IntN(7) {
	case 0:
		_, err = w.d.GradeRecords(w.ctx, w.records(), maybe(w, model.IntentLevelA, model.IntentLevelC), b)
	case 1:
		_, err = w.d.MarkRecords(w.ctx, w.records(), pick(w, model.AllReadStatus...), b)
	case 2:
		_, err = w.d.DeleteRecords(w.ctx, w.records(), b)
	case 3:
		_, _, err = w.d.CreateCallFromRecord(w.ctx, w.Int64N(24)+1)
	case 4:
		_, err = w.d.PurgeCalls(w.ctx, w.calls(), b)
	default:
		var all []*model.SaveCallRecordInput
		for _, id := range w.records().Ids {
			all = append(all, w.delivery(id))
		}
		_, err = w.d.SaveCallRecords(w.ctx, all)
	}
	return err
}

// as returns a context of another actor in the tenant.
func as(ctx context.Context, name string, ownOnly bool) context.Context {
	actor, _ := model.ActorFrom(ctx)
	actor.Name, actor.OwnOnly = name, ownOnly
	return model.WithActor(ctx, actor)
}

// TestSummariesCountRows compares what writes leave in the summaries, before and after they are folded, with what a
// count of all rows finds, after random writes of several clients at once.
func TestSummariesCountRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		for round := range uint64(dbtest.Rounds(3, 6)) {
			var clients sync.WaitGroup
			for client := range uint64(3) {
				clients.Go(func() {
					w := writer{rand.New(rand.NewPCG(round, client)), e.DB, as(e.Ctx, fmt.Sprint(client), false)}
					for range 60 {
						if err := w.write(); err != nil {
							t.Error(err)
						}
					}
				})
			}
			clients.Wait()
			db.WaitForFolds(e.DB) // a fold moves counts between the tables that summaries reads one after the other
			appended := summaries(t, e)
			if len(appended) < 20 {
				t.Fatalf("round %d: got %v, want at least 20 counts", round, appended)
			}
			if err := e.DB.Fold(e.Ctx); err != nil {
				t.Fatal(err)
			}
			folded := summaries(t, e)
			if err := e.DB.RebuildSummaries(e.Ctx); err != nil {
				t.Fatal(err)
			}
			counted := summaries(t, e)
			expectSame(t, fmt.Sprint("round ", round, ", not folded"), appended, counted)
			expectSame(t, fmt.Sprint("round ", round, ", folded"), folded, counted)
		}
	})
}

func summaries(t *testing.T, e *dbtest.Env) map[string]int {
	t.Helper()
	counts, err := e.DB.Summaries(e.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func expectSame(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	for key := range want {
		if got[key] != want[key] {
			t.Errorf("%s: %s: got %d, want %d", what, key, got[key], want[key])
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("%s: %s: got %d, want none", what, key, got[key])
		}
	}
}

// TestSummaryAnswers compares what is answered from summaries with what is counted row by row: for a filter that all
// rows pass, for a filter that summaries do not know, and for an actor who created all rows and sees its own alone.
func TestSummaryAnswers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		w := writer{rand.New(rand.NewPCG(7, 7)), e.DB, e.Ctx}
		for i := range 400 {
			if err := w.write(); err != nil {
				t.Fatal(err)
			}
			if i%100 == 50 {
				if err := e.DB.Fold(e.Ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		own, colleague := as(e.Ctx, e.Actor.Name, true), as(e.Ctx, "colleague", true)
		for _, answer := range summaryAnswers {
			fast, plain := answer.get(t, e.Ctx, e.DB, false), answer.get(t, own, e.DB, false)
			if fast != plain {
				t.Errorf("%s: got %s for one who sees all rows, want %s as for one who created them", answer.name, fast, plain)
			}
			if filtered := answer.get(t, e.Ctx, e.DB, true); filtered != plain {
				t.Errorf("%s: got %s under a filter that all rows pass, want %s", answer.name, filtered, plain)
			}
			if none := answer.get(t, colleague, e.DB, false); none == plain {
				t.Errorf("%s: got %s for one who has no rows, want none", answer.name, none)
			}
		}
	})
}

type summaryAnswer struct {
	name string
	get  func(t *testing.T, ctx context.Context, d *db.DB, filtered bool) string
}

// summaryAnswers ask for all that is answered from summaries; filtered adds a filter that all rows pass, where there is
// one.
var summaryAnswers = []summaryAnswer{
	{"picklists", func(t *testing.T, ctx context.Context, d *db.DB, _ bool) string {
		fields := model.PicklistFields()
		for _, field := range fields {
			field.HasValues = field.Kind != nil
		}
		used, err := d.ValuesInUse(ctx, fields, model.PicklistQuery{First: 1000})
		expectNoError(t, err)
		return dump(t, used)
	}},
	{"picklists by prefix", func(t *testing.T, ctx context.Context, d *db.DB, _ bool) string {
		fields := model.PicklistFields()
		for _, field := range fields {
			field.HasValues = field.Kind != nil
		}
		used, err := d.ValuesInUse(ctx, fields, model.PicklistQuery{First: 1, Prefix: "D"})
		expectNoError(t, err)
		return dump(t, used)
	}},
	{"tags", func(t *testing.T, ctx context.Context, d *db.DB, filtered bool) string {
		var filter *model.CallFilter
		if filtered {
			filter = &model.CallFilter{ID: &model.IDFilter{IsNull: new(false)}}
		}
		counts, err := d.CallTagCounts(ctx, "", model.CallDatasetDefault, filter, 10)
		expectNoError(t, err)
		return dump(t, counts)
	}},
	{"total of a part of the name", callTotal(model.CallFilter{Name: &model.TextFilter{Contains: new("#")}})},
	{"total of a part of the number", recordTotal(model.CallRecordFilter{CalledPhoneNumber: &model.TextFilter{
		Contains: new("1")}})},
	{"statistics of all", statistics(nil)},
	{"statistics of a job", statistics(new(int64(1)))},
	{"total of a tag", callTotal(model.CallFilter{Tags: &model.TagsFilter{Has: new("a")}})},
	{"total of a purpose", callTotal(model.CallFilter{CallPurpose: &model.StringFilter{Eq: new("Demo")}})},
	{"total of COMPLETED", callTotal(model.CallFilter{OutgoingCallStatus: &model.OutgoingCallStatusFilter{
		Eq: new(model.OutgoingCallStatusCompleted)}})},
	{"total of MISSED", callTotal(model.CallFilter{CallStatus: &model.CallStatusFilter{Eq: new(model.CallStatusMissed)}})},
	{"total of a concern", recordTotal(model.CallRecordFilter{CustomerConcern: &model.ListFilter{Has: new("price")}})},
	{"total of unread", recordTotal(model.CallRecordFilter{ReadStatus: &model.ReadStatusFilter{
		Eq: new(model.ReadStatusNotRead)}})},
}

func statistics(jobID *int64) func(*testing.T, context.Context, *db.DB, bool) string {
	return func(t *testing.T, ctx context.Context, d *db.DB, filtered bool) string {
		var filter *model.CallRecordFilter
		if filtered {
			filter = &model.CallRecordFilter{ID: &model.LongFilter{Gte: new(int64(0))}}
		}
		stats, err := d.JobStats(ctx, jobID, filter, "Asia/Shanghai")
		expectNoError(t, err)
		groups, err := stats.Groups(ctx)
		expectNoError(t, err)
		days, err := stats.Days(ctx)
		expectNoError(t, err)
		seconds, err := stats.Seconds(ctx)
		expectNoError(t, err)
		concerns, err := stats.Concerns(ctx)
		expectNoError(t, err)
		var lines []string
		for _, group := range groups {
			lines = append(lines, dump(t, group))
		}
		for _, day := range days {
			lines = append(lines, dump(t, day))
		}
		for _, count := range seconds {
			lines = append(lines, dump(t, count))
		}
		slices.Sort(lines)
		return dump(t, lines) + dump(t, concerns)
	}
}

func callTotal(filter model.CallFilter) func(*testing.T, context.Context, *db.DB, bool) string {
	return func(t *testing.T, ctx context.Context, d *db.DB, filtered bool) string {
		asked := filter
		if filtered {
			asked.ID = &model.IDFilter{IsNull: new(false)}
		}
		page, err := d.Calls(ctx, db.CallQuery{Dataset: model.CallDatasetDefault, Filter: &asked})
		expectNoError(t, err)
		return total(t, ctx, page.Page)
	}
}

func recordTotal(filter model.CallRecordFilter) func(*testing.T, context.Context, *db.DB, bool) string {
	return func(t *testing.T, ctx context.Context, d *db.DB, filtered bool) string {
		asked := filter
		if filtered {
			asked.ID = &model.LongFilter{Gte: new(int64(0))}
		}
		page, err := d.CallRecords(ctx, db.RecordQuery{Filter: &asked})
		expectNoError(t, err)
		return total(t, ctx, page.Page)
	}
}

// total returns the total of a page, and the number of its rows, which are all.
func total[T any](t *testing.T, ctx context.Context, page model.Page[T]) string {
	n, err := page.TotalCount(ctx)
	expectNoError(t, err)
	if n != len(page.Nodes) {
		t.Errorf("got a total of %d, want %d as there are rows", n, len(page.Nodes))
	}
	return fmt.Sprint(n)
}

func expectNoError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestDeltaTexts compares texts as deltas have them with what encoding/json reads and writes.
func TestDeltaTexts(t *testing.T) {
	for _, text := range []string{
		"", "plain", "line\n\nbreaks\n", `"quoted"`, `back\slash\\ \n \`, "tab\tand\x00\x1f", "a\n\tb",
		"价格\n\uFFFF1", "<&>\u2028", "\xff no text \n",
	} {
		var got, want string
		marshalled, _ := json.Marshal(text)
		if err := json.Unmarshal([]byte(db.JSONText(text)), &got); err != nil {
			t.Errorf("%q: got %s, %v, want JSON", text, db.JSONText(text), err)
		}
		if err := json.Unmarshal(marshalled, &want); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}
