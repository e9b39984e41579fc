package db_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// searchedTerms are looked for in random names and numbers: parts of all, of some and of none, in other forms than the
// stored ones, with what stands for line breaks, and with what a page of blocks must not take for text.
var searchedTerms = []string{"#", "＃1", "A", "a#1", "1", "\n", "\n#", "\uFFFF", "\uFFFE1", "价格", "3", "0", "c1", "x",
	"b"}

// keysOf returns the keys of all rows of a list, read in pages of two, and checks their number against the total.
func keysOf[T any](t *testing.T, ctx context.Context, read func(model.PageArgs) (model.Page[T], error),
	key func(*T) string,
) []string {
	t.Helper()
	keys := []string{}
	args := model.PageArgs{First: new(2)}
	for {
		page, err := read(args)
		expectNoError(t, err)
		if args.After == nil {
			total, err := page.TotalCount(ctx)
			expectNoError(t, err)
			defer func() {
				if total != len(keys) {
					t.Errorf("got a total of %d, want %d as there are rows", total, len(keys))
				}
			}()
		}
		for _, row := range page.Nodes {
			keys = append(keys, key(row))
		}
		if !page.PageInfo.HasNextPage {
			return keys
		}
		args.After = page.PageInfo.EndCursor
	}
}

func callsNamed(t *testing.T, ctx context.Context, d *db.DB, term string, deleted bool, more model.CallFilter,
) []string {
	t.Helper()
	more.Name = &model.TextFilter{Contains: &term}
	return keysOf(t, ctx, func(args model.PageArgs) (model.Page[model.Call], error) {
		page, err := d.Calls(ctx, db.CallQuery{Filter: &more, Dataset: model.CallDatasetDefault, IncludeDeleted: deleted,
			PageArgs: args})
		if err != nil {
			return model.Page[model.Call]{}, err
		}
		return page.Page, nil
	}, func(c *model.Call) string { return c.ID })
}

func recordsThat(t *testing.T, ctx context.Context, d *db.DB, filter *model.CallRecordFilter) []string {
	t.Helper()
	return keysOf(t, ctx, func(args model.PageArgs) (model.Page[model.CallRecord], error) {
		page, err := d.CallRecords(ctx, db.RecordQuery{Filter: filter, PageArgs: args})
		if err != nil {
			return model.Page[model.CallRecord]{}, err
		}
		return page.Page, nil
	}, func(r *model.CallRecord) string { return fmt.Sprint(r.ID) })
}

func customersNamed(t *testing.T, ctx context.Context, d *db.DB, term string) []string {
	t.Helper()
	filter := &model.CustomerPersonFilter{Name: &model.TextFilter{Contains: &term}}
	return keysOf(t, ctx, func(args model.PageArgs) (model.Page[model.CustomerPerson], error) {
		page, err := d.CustomerPersons(ctx, db.CustomerQuery{Filter: filter, PageArgs: args})
		if err != nil {
			return model.Page[model.CustomerPerson]{}, err
		}
		return page.Page, nil
	}, func(p *model.CustomerPerson) string { return fmt.Sprint(p.ID) })
}

// searchRounds returns how many rounds of writes and searches TestTextSearch has: blocks that are not folded, that are,
// and that have others beside them. CALLBOOK_SEARCHES sets another number.
func searchRounds() int {
	if n, err := strconv.Atoi(os.Getenv("CALLBOOK_SEARCHES")); err == nil {
		return n
	}
	return 3
}

// TestTextSearch compares what searches find in text blocks with what they find in the rows, for an actor who created
// all rows and sees its own alone, after random writes, of which some are folded.
func TestTextSearch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		w := writer{rand.New(rand.NewPCG(11, 5)), e.DB, e.Ctx}
		own := as(e.Ctx, e.Actor.Name, true)
		most := 0
		for round := range searchRounds() {
			for range 60 {
				expectNoError(t, w.write())
			}
			if round%2 == 1 {
				expectNoError(t, e.DB.Fold(e.Ctx))
			}
			for _, term := range searchedTerms {
				if strings.TrimSpace(term) == "" {
					continue // no condition
				}
				outbound := model.CallFilter{CallType: &model.CallTypeFilter{Eq: new(model.CallTypeOutbound)}}
				for name, find := range map[string]func(context.Context) []string{
					"calls": func(ctx context.Context) []string {
						return callsNamed(t, ctx, e.DB, term, false, model.CallFilter{})
					},
					"calls, deleted ones too": func(ctx context.Context) []string {
						return callsNamed(t, ctx, e.DB, term, true, model.CallFilter{})
					},
					"outbound calls": func(ctx context.Context) []string { return callsNamed(t, ctx, e.DB, term, false, outbound) },
					"records by number": func(ctx context.Context) []string {
						return recordsThat(t, ctx, e.DB, &model.CallRecordFilter{
							CalledPhoneNumber: &model.TextFilter{Contains: &term}})
					},
					"records by words": func(ctx context.Context) []string {
						return recordsThat(t, ctx, e.DB, &model.CallRecordFilter{SearchWords: &term})
					},
					"records of a job by words": func(ctx context.Context) []string {
						return recordsThat(t, ctx, e.DB, &model.CallRecordFilter{SearchWords: &term,
							RobotCallJobID: &model.LongFilter{Eq: new(int64(1))}})
					},
					"customers": func(ctx context.Context) []string { return customersNamed(t, ctx, e.DB, term) },
				} {
					got, want := find(e.Ctx), find(own)
					if most = max(most, len(want)); !slices.Equal(got, want) {
						t.Errorf("round %d, %s with %q: got %q, want %q", round, name, term, got, want)
					}
				}
			}
		}
		if most < 5 {
			t.Errorf("got at most %d rows with a term, want more", most)
		}
	})
}

// callsWithNames returns calls with keys and names.
func callsWithNames(count int, key, name func(i int) string) []*model.CallImport {
	calls := make([]*model.CallImport, count)
	for i := range calls {
		calls[i] = &model.CallImport{ID: key(i)}
		calls[i].Name = graphql.OmittableOf(new(name(i)))
	}
	return calls
}

// TestFrequentAndRareParts searches for parts that more rows have than are looked up by key, and for parts that few
// have, among those that are folded and those that are not.
func TestFrequentAndRareParts(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		fillForPlans(t, e)
		for _, fold := range []bool{false, true} {
			if fold {
				expectNoError(t, e.DB.Fold(e.Ctx))
			}
			for _, term := range []string{"call", "l 2", "99", "1234", "nobody"} {
				want := 0
				for i := range planRows {
					if strings.Contains(fmt.Sprint("call ", i), term) {
						want++
					}
				}
				filter := &model.CallFilter{Name: &model.TextFilter{Contains: &term}}
				frequent := *filter
				frequent.Tags = &model.TagsFilter{Has: new("frequent")} // all have it
				for _, f := range []*model.CallFilter{filter, &frequent} {
					page, err := e.DB.Calls(e.Ctx, db.CallQuery{Filter: f, Dataset: model.CallDatasetDefault})
					expectNoError(t, err)
					total, err := page.TotalCount(e.Ctx)
					expectNoError(t, err)
					if total != want || len(page.Nodes) != min(want, 20) {
						t.Errorf("%q, folded %v: got %d of %d, want %d of %d", term, fold, len(page.Nodes), total, min(want, 20),
							want)
					}
				}
			}
		}
	})
}

// TestTextBlocksOfRenames renames calls again and again: lines that are gone must not pile up.
func TestTextBlocksOfRenames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		const count, rounds = 300, 5
		key := func(i int) string { return fmt.Sprint("r", i) }
		for round := range rounds {
			calls := callsWithNames(count, key, func(i int) string { return fmt.Sprintf("round %d of %d", round, i) })
			_, err := e.DB.ImportCalls(e.Ctx, model.ImportModeUpsert, calls)
			expectNoError(t, err)
			expectNoError(t, e.DB.Fold(e.Ctx))
		}
		db.WaitForFolds(e.DB)
		expectNoError(t, e.DB.Fold(e.Ctx))
		lines, err := db.TextBlocks(e.Ctx, e.DB)
		expectNoError(t, err)
		if lines[1] != count || lines[-1] != 0 {
			t.Errorf("got %v lines by sign, want %d with 1 and none with -1", lines, count)
		}
		texts, err := db.StoredTexts(e.Ctx, e.DB)
		expectNoError(t, err)
		if len(texts) > 3 {
			t.Errorf("got %d blocks for %d short lines, want at most 3", len(texts), count)
		}
		for round := range rounds {
			want := 0
			if round == rounds-1 {
				want = count
			}
			if got := callsNamed(t, e.Ctx, e.DB, fmt.Sprintf("round %d", round), false, model.CallFilter{}); len(got) != want {
				t.Errorf("calls of round %d: got %d, want %d", round, len(got), want)
			}
		}
	})
}

// TestTextBlocksOfOddKeys finds calls whose keys have line breaks and what stands for them, in deltas, in blocks that
// are folded, and in blocks that are made of all rows.
func TestTextBlocksOfOddKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		keys := []string{"a\nb", "a\uFFFEb", "a\uFFFE1b", "a\uFFFE\n0", "plain", "x\uFFFFy"}
		slices.Sort(keys)
		calls := callsWithNames(len(keys), func(i int) string { return keys[i] }, func(int) string { return "One\nSame" })
		_, err := e.DB.ImportCalls(e.Ctx, model.ImportModeUpsert, calls)
		expectNoError(t, err)
		for _, step := range []func(context.Context) error{
			func(context.Context) error { return nil }, e.DB.Fold, e.DB.RebuildSummaries,
		} {
			expectNoError(t, step(e.Ctx))
			for term, want := range map[string][]string{"same": keys, "one": keys, "one\nsame": keys, "onesame": {}, "1": {}} {
				if got := callsNamed(t, e.Ctx, e.DB, term, false, model.CallFilter{}); !slices.Equal(got, want) {
					t.Errorf("calls with %q: got %q, want %q", term, got, want)
				}
			}
		}
	})
}
