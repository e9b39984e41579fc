package tests

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/cputime"
	"callbook/tests/harness"
	"callbook/text"
)

// TestLongSearch searches long texts that repeat themselves, which is the worst case of naive matching.
func TestLongSearch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		long := strings.Repeat("a", 32000)
		for i := range 10 {
			server.Post(`mutation($i: ID!, $d: String) { saveCall(input: {id: $i, description: $d}) { created } }`,
				vars{"i": fmt.Sprint(i), "d": long})
		}
		start := cputime.Used()
		response := server.Post(`query($s: String) { calls(filter: {description: {contains: $s}}) { totalCount } }`,
			vars{"s": strings.Repeat("a", 999) + "b"})
		if took := cputime.Used() - start; took > harness.Slowness*2*time.Second ||
			response.At("data", "calls", "totalCount") != 0.0 {
			t.Errorf("got %v after %v of processor time, want no calls in 2 s", response, took)
		}
	})
}

// TestNeighbours reads the turns before and after each hit of a transcript that was delivered with gaps.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation {
			saveCallRecords(inputs: [{id: "1", details: [{position: 1, type: ROBOT, text: "one"}, {position: 5, type: ROBOT,
			text: "hit"}, {position: 6, type: ROBOT, text: "hit too"}, {position: 9, type: ROBOT, text: "nine"}]}]) {
			results { callRecordId } } }`, nil)
		response := server.Post(`{ searchTranscripts(query: "hit",
			orderBy: NEWEST) { nodes { before { position } turn { position } after { position } } } }`, nil)
		var got []any
		for i := range 2 {
			node := response.At("data", "searchTranscripts", "nodes", i)
			got = append(got, harness.At(node, "before", "position"), harness.At(node, "turn", "position"),
				harness.At(node, "after", "position"))
		}
		if fmt.Sprint(got) != "[1 2 3 2 3 4]" {
			t.Errorf("positions before, of and after each hit: got %v, want [1 2 3 2 3 4]: %v", got, response)
		}
	})
}

// TestSearchIsExact searches for random pieces of real turns, and checks that the count is that of a plain scan of the
// folded texts.
func TestSearchIsExact(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		texts := harness.LoadRealTurns(t, e)
		folded := make([]string, len(texts))
		for i, turn := range texts {
			folded[i] = text.Fold(turn)
		}
		r := rand.New(rand.NewPCG(9, 10))
		for range dbtest.Rounds(50, 150) {
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
			page, err := e.DB.SearchTranscripts(e.Ctx, db.TranscriptSearch{Query: `"` + strings.ReplaceAll(piece, `"`, `""`) +
				`"`, OrderBy: model.TranscriptOrderNewest,
				PageArgs: model.PageArgs{First: new(5)}})
			if err != nil {
				t.Fatalf("%q: got %v, want no error", piece, err)
			}
			got, err := page.TotalCount(e.Ctx)
			if err != nil || got != want {
				t.Fatalf("%q: got %d turns, %v, want %d", piece, got, err, want)
			}
			for _, hit := range page.Nodes {
				checkSnippet(t, hit, text.Fold(piece))
			}
		}
	})
}

// checkSnippet checks that the highlights of a hit are what was searched for.
func checkSnippet(t *testing.T, hit *model.TranscriptHit, folded string) {
	t.Helper()
	s := hit.Snippet()
	if len(s.Highlights) == 0 {
		t.Fatalf("%q in %q: got no highlight, want one", folded, hit.Text)
	}
	units := utf16Units(s.Text)
	marked := ""
	for _, h := range s.Highlights {
		if h.Start < 0 || h.End > len(units) || h.Start >= h.End {
			t.Fatalf("%q: got the highlight %d to %d, want it within the text", s.Text, h.Start, h.End)
		}
		marked += strings.Join(units[h.Start:h.End], "")
	}
	if !strings.Contains(text.Fold(marked), folded) {
		t.Fatalf("%q: got %q highlighted, want %q", hit.Text, marked, folded)
	}
}

// utf16Units returns the characters of a text, one for each UTF-16 code unit; the second unit of a pair is empty.
func utf16Units(s string) (units []string) {
	for _, r := range s {
		units = append(units, string(r))
		if r > 0xFFFF {
			units = append(units, "")
		}
	}
	return units
}

// TestSearchPages pages through all hits in both orders by cursor.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		harness.LoadRealTurns(t, e)
		server := harness.NewServer(t, e)
		for _, order := range []string{"RELEVANCE", "NEWEST"} {
			seen := map[string]bool{}
			var after any
			for {
				page := server.Post(`query($a: String, $o: TranscriptOrder!) {
					searchTranscripts(query: "酒店 多少", orderBy: $o, first: 17, after: $a) {
					totalCount rankedBy nodes { callRecord { id } turn { position } } pageInfo { hasNextPage endCursor } } }`,
					vars{"a": after, "o": order})
				for _, node := range page.At("data", "searchTranscripts", "nodes").([]any) {
					seen[fmt.Sprint(harness.At(node, "callRecord", "id"), " ", harness.At(node, "turn", "position"))] = true
				}
				if page.At("data", "searchTranscripts", "rankedBy") != order {
					t.Errorf("got %v, want it ranked by %s", page, order)
				}
				after = page.At("data", "searchTranscripts", "pageInfo", "endCursor")
				if page.At("data", "searchTranscripts", "pageInfo", "hasNextPage") != true {
					if total := page.At("data", "searchTranscripts", "totalCount"); total != float64(len(seen)) || len(seen) < 50 {
						t.Errorf("%s: got %d hits page by page, want %v and 50 or more", order, len(seen), total)
					}
					break
				}
			}
		}
	})
}

// TestBadSearches sends searches that are malformed, and some that only look so.
func TestBadSearches(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for query, want := range map[string]any{"": "BAD_USER_INPUT", "  \t　": "BAD_USER_INPUT",
			strings.Repeat("x", 10<<10): "BAD_USER_INPUT", `"`: "BAD_USER_INPUT", `""`: "BAD_USER_INPUT",
			`a "b`: "BAD_USER_INPUT", "-x": "BAD_USER_INPUT", `-"x y"`: "BAD_USER_INPUT",
			strings.Join(harness.Numbers(21), " "): "LIMIT_EXCEEDED", strings.Repeat("x ", 30): nil, "*": nil, "%": nil,
			`\`: nil, "-": nil, "😀": nil, "' OR 1=1 --": nil,
			"x AND y": nil, "NEAR(x)": nil, "x*": nil, "tokens:x": nil, "(": nil, "&|!": nil, "a:b": nil} {
			response := server.Post(`query($q: String!) { searchTranscripts(query: $q) { totalCount nodes { snippet { text } } }
				}`, vars{"q": query})
			if code, field := response.FirstError(); code != want || want != nil && field != "query" {
				t.Errorf("%.40q: got %v, want %v about query", query, response, want)
			}
		}
	})
}
