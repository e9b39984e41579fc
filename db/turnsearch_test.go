package db_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// searchedTurn is a turn with what searches ask of its record.
type searchedTurn struct {
	record, job int64
	start       *time.Time
	position    int
	speaker     model.CallDetailType
	text        string
}

// fillSearched saves records with turns of words of which "the" is frequent, "cat" is not, "owl" is rare and "elk" only
// in the oldest, and returns the turns, the newest first.
func fillSearched(t *testing.T, e *dbtest.Env, records int) (turns []searchedTurn) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the the the the cat dog dog bird 的 的好 fish")
	var batch []*model.SaveCallRecordInput
	for id := range int64(records) {
		in := &model.SaveCallRecordInput{ID: id + 1, RobotCallJobID: new(int64(r.IntN(4)))}
		if r.IntN(10) > 0 { // several records have the same start, or none
			in.StartTime = new(dbtest.Start.Add(time.Duration(r.IntN(records/2)) * time.Hour))
		}
		for position := range r.IntN(4) {
			text := words[r.IntN(len(words))] + " " + words[r.IntN(len(words))]
			if r.IntN(100) == 0 {
				text += " owl"
			}
			if in.StartTime == nil {
				text += " elk"
			}
			speaker := []model.CallDetailType{model.CallDetailTypeRobot, model.CallDetailTypePerson}[r.IntN(2)]
			in.Details = append(in.Details, &model.CallDetailInput{Position: new(position + 1), Type: speaker, Text: text})
			turns = append(turns, searchedTurn{in.ID, *in.RobotCallJobID, in.StartTime, position + 1, speaker, text})
		}
		batch = append(batch, in)
	}
	_, err := e.DB.SaveCallRecords(e.Ctx, batch)
	expectNoError(t, err)
	slices.SortFunc(turns, compareTurns)
	return turns
}

// compareTurns compares turns in the order NEWEST.
func compareTurns(a, b searchedTurn) int {
	switch {
	case a.start == nil && b.start != nil:
		return 1
	case a.start != nil && b.start == nil:
		return -1
	case a.start != nil && !a.start.Equal(*b.start):
		return b.start.Compare(*a.start)
	}
	return cmp.Or(cmp.Compare(a.record, b.record), cmp.Compare(a.position, b.position))
}

func (s searchedTurn) String() string { return fmt.Sprint(s.record, "/", s.position) }

// searchCase is a search, and the turns that it should find.
type searchCase struct {
	db.TranscriptSearch
	finds func(searchedTurn) bool
}

func searchCases() (cases []searchCase) {
	for _, query := range []string{"the", "的", "cat", "owl", "elk", "the cat", "the -dog", "missing", "e e"} {
		for _, job := range []*int64{nil, new(int64(2))} {
			for _, speaker := range []*model.CallDetailType{nil, new(model.CallDetailTypePerson)} {
				c := searchCase{TranscriptSearch: db.TranscriptSearch{Query: query, Speaker: speaker}}
				if job != nil {
					c.Filter = &model.CallRecordFilter{RobotCallJobID: &model.LongFilter{Eq: job}}
				}
				c.finds = func(turn searchedTurn) bool {
					for term := range strings.FieldsSeq(query) {
						if without, isExcluded := strings.CutPrefix(term, "-"); strings.Contains(turn.text, without) == isExcluded {
							return false
						}
					}
					return (job == nil || turn.job == *job) && (speaker == nil || turn.speaker == *speaker)
				}
				cases = append(cases, c)
			}
		}
	}
	return cases
}

// TestSearchOfFrequentTerms compares searches with a model of them, under limits of what they read that are passed for
// frequent terms and for rare ones: pages are the same; totals and facets are exact unless they are said to be capped.
func TestSearchOfFrequentTerms(t *testing.T) {
	const records = 300
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		own := *e
		own.Ctx, own.Actor = dbtest.NewTenant(t.Context())
		turns := fillSearched(t, &own, records)
		capped := 0
		for _, limits := range [][5]int{
			{2000, 10000, 30000, 128, 2000}, {1, 60, 40, 3, 20}, {0, 1, 0, 1, 1}, {5, 9, 5, 2, 80},
		} {
			reset := db.SetSearchLimits(limits[0], limits[1], limits[2], limits[3], limits[4])
			for _, c := range searchCases() {
				var want []searchedTurn
				for _, turn := range turns {
					if c.finds(turn) {
						want = append(want, turn)
					}
				}
				for _, c.OrderBy = range model.AllTranscriptOrder {
					comparePages(t, &own, c, want)
				}
				capped += compareCounts(t, &own, c, want)
			}
			reset()
		}
		if capped < 10 {
			t.Errorf("got %d searches whose counts are capped, want 10 at least", capped)
		}
	})
}

// comparePages compares all pages of a search with the turns that it should find, in their order.
func comparePages(t *testing.T, e *dbtest.Env, c searchCase, want []searchedTurn) {
	t.Helper()
	var got, expected []string
	for _, turn := range want {
		expected = append(expected, turn.String())
	}
	var rankedBy model.TranscriptOrder
	for c.PageArgs = (model.PageArgs{First: new(7)}); ; {
		page, err := e.DB.SearchTranscripts(e.Ctx, c.TranscriptSearch)
		expectNoError(t, err)
		if rankedBy != "" && rankedBy != page.RankedBy {
			t.Fatalf("%s: got pages by %s and by %s, want one order", c.Query, rankedBy, page.RankedBy)
		}
		rankedBy = page.RankedBy
		for _, hit := range page.Nodes {
			got = append(got, fmt.Sprint(hit.CallRecordID, "/", hit.Position))
		}
		if c.After = page.PageInfo.EndCursor; !page.PageInfo.HasNextPage || len(got) > len(want) {
			break
		}
	}
	if rankedBy == model.TranscriptOrderRelevance {
		slices.Sort(got)
		slices.Sort(expected)
	}
	if !slices.Equal(got, expected) {
		t.Fatalf("%s by %s, %+v: got %v, want %v", c.Query, c.OrderBy, c.Speaker, got, expected)
	}
}

// compareCounts compares the total and the facets of a search with the turns that it should find. It returns 1 where
// they are capped.
func compareCounts(t *testing.T, e *dbtest.Env, c searchCase, want []searchedTurn) int {
	t.Helper()
	c.PageArgs = model.PageArgs{First: new(0)}
	page, err := e.DB.SearchTranscripts(e.Ctx, c.TranscriptSearch)
	expectNoError(t, err)
	total, err := page.TotalCount(e.Ctx)
	expectNoError(t, err)
	isCapped, err := page.CountsAreCapped(e.Ctx)
	expectNoError(t, err)
	sum := sumOfJobs(t, e.Ctx, page)
	if isCapped && (total > len(want) || sum > len(want)) || !isCapped && (total != len(want) || sum != len(want)) {
		t.Fatalf("%s, capped: %v: got the total %d and %d by job, want %d", c.Query, isCapped, total, sum, len(want))
	}
	if isCapped {
		return 1
	}
	return 0
}

func sumOfJobs(t *testing.T, ctx context.Context, page *model.TranscriptConnection) (sum int) {
	t.Helper()
	jobs, err := page.Facets.Jobs(ctx)
	expectNoError(t, err)
	for _, job := range jobs {
		sum += job.Count
	}
	return sum
}
