package tests

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/text"
)

// realTurns loads the real records and answers the texts of their turns.
func realTurns(t testing.TB, e *dbtest.Env) (texts []string) {
	data, err := os.ReadFile(filepath.Join(sharedFolder(t, "data"), "call-records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var inputs []*model.SaveCallRecordInput
	for line := range strings.Lines(string(data)) {
		var record struct {
			CallRecordID   int64
			CallDetailList []struct{ Text, Type string }
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		in := &model.SaveCallRecordInput{ID: record.CallRecordID}
		for _, turn := range record.CallDetailList {
			in.Details = append(in.Details, &model.CallDetailInput{Type: model.CallDetailType(turn.Type), Text: turn.Text})
			texts = append(texts, turn.Text)
		}
		inputs = append(inputs, in)
	}
	for len(inputs) > 0 {
		n := min(100, len(inputs))
		if _, err := e.DB.SaveCallRecords(e.Ctx, inputs[:n]); err != nil {
			t.Fatal(err)
		}
		inputs = inputs[n:]
	}
	if err := e.DB.Analyze(e.Ctx); err != nil {
		t.Fatal(err)
	}
	return texts
}

// TestSearchIsExact looks for random pieces of real turns: it counts exactly the turns that a plain scan of the folded text finds.
func TestSearchIsExact(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		texts := realTurns(t, e)
		folded := make([]string, len(texts))
		for i, turn := range texts {
			folded[i] = text.Fold(turn)
		}
		r := rand.New(rand.NewPCG(9, 10))
		for range 300 {
			runes := []rune(texts[r.IntN(len(texts))])
			if len(runes) == 0 {
				continue
			}
			from := r.IntN(len(runes))
			piece := string(runes[from:min(from+1+r.IntN(12), len(runes))])
			want := 0
			for _, turn := range folded {
				if strings.Contains(turn, text.Fold(piece)) {
					want++
				}
			}
			page, err := e.DB.SearchTranscripts(e.Ctx, db.TranscriptSearch{Query: `"` + strings.ReplaceAll(piece, `"`, `""`) + `"`, OrderBy: model.TranscriptOrderNewest,
				PageArgs: model.PageArgs{First: new(5)}})
			if err != nil {
				t.Fatalf("%q: %v", piece, err)
			}
			got, err := page.TotalCount(e.Ctx)
			if err != nil || got != want {
				t.Fatalf("%q: %d turns, not %d: %v", piece, got, want, err)
			}
			for _, hit := range page.Nodes {
				checkSnippet(t, hit, text.Fold(piece))
			}
		}
	})
}

// checkSnippet holds the highlights of a hit to what was looked for.
func checkSnippet(t *testing.T, hit *model.TranscriptHit, folded string) {
	t.Helper()
	s := hit.Snippet()
	if len(s.Highlights) == 0 {
		t.Fatalf("%q has no highlight for %q", hit.Text, folded)
	}
	units := utf16Units(s.Text)
	marked := ""
	for _, h := range s.Highlights {
		if h.Start < 0 || h.End > len(units) || h.Start >= h.End {
			t.Fatalf("%q: the highlight %d to %d", s.Text, h.Start, h.End)
		}
		marked += strings.Join(units[h.Start:h.End], "")
	}
	if !strings.Contains(text.Fold(marked), folded) {
		t.Fatalf("%q marks %q, not %q", hit.Text, marked, folded)
	}
}

// utf16Units are the characters of a text, one for each UTF-16 code unit; a pair is its character and nothing.
func utf16Units(s string) (units []string) {
	for _, r := range s {
		units = append(units, string(r))
		if r > 0xFFFF {
			units = append(units, "")
		}
	}
	return units
}

// TestSearchPages walks all hits in both orders by cursor.
func TestSearchPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		realTurns(t, e)
		server := newTestServer(e)
		for _, order := range []string{"RELEVANCE", "NEWEST"} {
			seen := map[string]bool{}
			var after any
			for {
				page := server.post(t, `query($a: String, $o: TranscriptOrder!) { searchTranscripts(query: "酒店 多少", orderBy: $o, first: 17, after: $a) {
					totalCount rankedBy nodes { callRecord { id } turn { position } } pageInfo { hasNextPage endCursor } } }`, vars{"a": after, "o": order})
				for _, node := range at(page, "data", "searchTranscripts", "nodes").([]any) {
					seen[fmt.Sprint(at(node, "callRecord", "id"), " ", at(node, "turn", "position"))] = true
				}
				if at(page, "data", "searchTranscripts", "rankedBy") != order {
					t.Errorf("%v", page)
				}
				after = at(page, "data", "searchTranscripts", "pageInfo", "endCursor")
				if at(page, "data", "searchTranscripts", "pageInfo", "hasNextPage") != true {
					if total := at(page, "data", "searchTranscripts", "totalCount"); total != float64(len(seen)) || len(seen) < 50 {
						t.Errorf("%s: %d of %v hits", order, len(seen), total)
					}
					break
				}
			}
		}
	})
}

func TestBadSearches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := newTestServer(e)
		for query, want := range map[string]any{"": "BAD_USER_INPUT", "  \t　": "BAD_USER_INPUT", strings.Repeat("x", 10<<10): "BAD_USER_INPUT", `"`: "BAD_USER_INPUT", `""`: "BAD_USER_INPUT",
			`a "b`: "BAD_USER_INPUT", "-x": "BAD_USER_INPUT", `-"x y"`: "BAD_USER_INPUT", strings.Join(numbers(21), " "): "LIMIT_EXCEEDED", strings.Repeat("x ", 30): nil, "*": nil, "%": nil, `\`: nil, "-": nil, "😀": nil, "' OR 1=1 --": nil,
			"x AND y": nil, "NEAR(x)": nil, "x*": nil, "tokens:x": nil, "(": nil, "&|!": nil, "a:b": nil} {
			response := server.post(t, `query($q: String!) { searchTranscripts(query: $q) { totalCount nodes { snippet { text } } } }`, vars{"q": query})
			if code, field := failure(response); code != want || want != nil && field != "query" {
				t.Errorf("%.40q: %v", query, response)
			}
		}
	})
}

func FuzzSearch(f *testing.F) {
	server := fuzzServer(f)
	for _, seed := range []string{"价格", `"a ""b"" c" -d`, "-", "𝔘 ﷺ", `"`, "a\u0301"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		response := server.post(t, `query($q: String!) { searchTranscripts(query: $q) { totalCount nodes { snippet { text highlights { start end } } } } }`, vars{"q": query})
		if code, _ := failure(response); code != nil && code != "BAD_USER_INPUT" && code != "LIMIT_EXCEEDED" {
			t.Errorf("%q: %v", query, response)
		}
	})
}
