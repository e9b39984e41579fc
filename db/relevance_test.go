package db_test

import (
	"strings"
	"testing"
	"time"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// saveTurns creates a record with turns.
func saveTurns(t *testing.T, e *dbtest.Env, texts ...string) {
	t.Helper()
	in := &model.SaveCallRecordInput{ID: 1}
	for i, text := range texts {
		in.Details = append(in.Details, &model.CallDetailInput{Position: new(i + 1), Type: model.CallDetailTypeRobot,
			Text: text})
	}
	if _, err := e.DB.SaveCallRecords(e.Ctx, []*model.SaveCallRecordInput{in}); err != nil {
		t.Fatal(err)
	}
}

// search returns the hits of a search.
func search(t *testing.T, e *dbtest.Env, query string, order model.TranscriptOrder) []model.TranscriptHit {
	t.Helper()
	first := 100
	found, err := e.DB.SearchTranscripts(e.Ctx, db.TranscriptSearch{Query: query, OrderBy: order,
		PageArgs: model.PageArgs{First: &first}})
	if err != nil {
		t.Fatal(err)
	}
	var hits []model.TranscriptHit
	for _, hit := range found.Page.Nodes {
		hits = append(hits, *hit)
	}
	return hits
}

// TestRelevance ranks turns by terms that are short, long, of several bytes a character, and full of characters that
// regular expressions and LIKE interpret.
func TestRelevance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		for _, term := range []string{"a", "酒店", "aa", "please call me back tomorrow", `.*[a-z]+(x|y){2}\d***=%_`,
			"请问您现在方便接电话吗请问您", `\\\\\\\\\\\\\\\\\\\\\\\\`,
			strings.Repeat("a", 33), strings.Repeat("请问", 20), strings.Repeat(`.*[a-z]+(x|y){2}\d***=%_?`, 2)} {
			own := *e
			own.Ctx, _ = dbtest.NewTenant(t.Context())
			texts := []string{term + "|" + term + "|" + term, "nothing of it", term, "|" + term + "|" + term}
			saveTurns(t, &own, texts...)
			hits := search(t, &own, `"`+term+`"`, model.TranscriptOrderRelevance)
			for _, hit := range hits {
				length := len([]rune(hit.Text))
				if want := 1000 * strings.Count(hit.Text, term) / (20 + length); hit.Relevance != want {
					t.Errorf("%s in turn %d: got the relevance %d, want %d", term, hit.Position, hit.Relevance, want)
				}
			}
			if len(hits) != 3 {
				t.Errorf("%s: got %d hits, want 3", term, len(hits))
			}
			if got := len(search(t, &own, `nothing -"`+term+`"`, model.TranscriptOrderNewest)); got > 1 {
				t.Errorf("without %s: got %d hits, want one at most", term, got)
			}
		}
	})
}

// TestRelevanceOfRepetitiveText ranks long turns that repeat themselves, by a term that is found, or nearly found, at
// every place of them.
func TestRelevanceOfRepetitiveText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		var texts []string
		for range dbtest.Rounds(120, 300) {
			texts = append(texts, "aba"+strings.Repeat("a", 9997))
		}
		saveTurns(t, e, texts...)
		began := time.Now()
		for _, term := range []string{"a", "aa", "ba", "baaaaaaaaaaaaaaaaaaaa",
			"ba" + strings.Repeat("a", 180), strings.Repeat("a", 90) + "b" + strings.Repeat("a", 90), strings.Repeat("a", 190)} {
			hits := search(t, e, term, model.TranscriptOrderRelevance)
			count, want := strings.Count(texts[0], term), 100
			if count == 0 {
				want = 0
			}
			if len(hits) != want || want > 0 && hits[0].Relevance != 1000*count/10020 {
				t.Errorf("%s: got %d hits, want %d that have it %d times, by relevance", term, len(hits), want, count)
			}
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("got answers after %v, want them in time that is linear in the texts", took)
		}
	})
}
