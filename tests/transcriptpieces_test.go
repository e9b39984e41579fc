package tests

import (
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// pieces are deliveries of one transcript of six turns, each a list of places; the longest is the last word.
var pieces = [][]int{{6}, {2, 3}, {1, 4, 5}, {1, 2, 3, 5}}

// turnKeys name the turn at a place in each way that callers have.
var turnKeys = map[string]func(place int) vars{
	"numbers from 1": func(place int) vars { return vars{"callDetailId": fmt.Sprint(place)} },
	"numbers from 1001, with gaps": func(place int) vars {
		return vars{"callDetailId": fmt.Sprint(1001 + place*place)}
	},
	"positions alone, with gaps": func(place int) vars { return vars{"position": 10 * place} },
	"positions and other keys": func(place int) vars {
		return vars{"position": place, "callDetailId": string(rune('z' - place))}
	},
}

// TestTranscriptsInPieces delivers transcripts in pieces, in every order, and checks that all are the same, and that
// search finds each turn at its position and no text that was replaced.
func TestTranscriptsInPieces(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		orders := permutations(len(pieces))
		for name, key := range turnKeys {
			t.Run(name, func(t *testing.T) {
				_, tenant := dbtest.NewTenant(e.Ctx)
				other := server.As(tenant)
				for step := range pieces {
					var inputs []any
					for record, order := range orders {
						inputs = append(inputs, vars{"id": record, "details": turnsOf(pieces[order[step]], key)})
					}
					response := other.Post(`mutation($in: [SaveCallRecordInput!]!) { saveCallRecords(inputs: $in) {
						results { errors { field message } } } }`, vars{"in": inputs})
					if message := response.At("data", "saveCallRecords", "results", 0, "errors", 0); message != nil {
						t.Fatalf("step %d: got %v, want all saved", step, message)
					}
				}
				checkTranscripts(t, other, len(orders), key)
				checkFoundTurns(t, other, len(orders))
			})
		}
	})
}

// turnsOf returns the turns at some places as the list delivers them whose length they name.
func turnsOf(places []int, key func(int) vars) (turns []any) {
	for _, place := range places {
		turn := key(place)
		turn["type"], turn["text"] = "PERSON", turnText(place, len(places))
		turns = append(turns, turn)
	}
	return turns
}

// turnText returns what is said at a place in the list of a length.
func turnText(place, length int) string { return fmt.Sprintf("place%d length%d", place, length) }

// longestList returns the length of the longest list that has the turn at a place.
func longestList(place int) (length int) {
	for _, places := range pieces {
		for _, p := range places {
			if p == place {
				length = max(length, len(places))
			}
		}
	}
	return length
}

// checkTranscripts checks that all records have the turns of the longest lists, at positions from 1.
func checkTranscripts(t *testing.T, server *harness.Server, records int, key func(int) vars) {
	t.Helper()
	var want []any
	for place := 1; place <= 6; place++ {
		id := key(place)["callDetailId"]
		if id == nil {
			id = fmt.Sprint(key(place)["position"])
		}
		want = append(want, vars{"position": float64(place), "callDetailId": id, "text": turnText(place, longestList(place))})
	}
	response := server.Post(`{ callRecords(first: 100) { nodes { details { position callDetailId text } } } }`, nil)
	nodes, _ := response.At("data", "callRecords", "nodes").([]any)
	if len(nodes) != records {
		t.Fatalf("got %d records, want %d: %v", len(nodes), records, response["errors"])
	}
	for _, node := range nodes {
		if details := harness.At(node, "details"); !harness.Matches(want, details) {
			t.Errorf("got %v, want %v", details, want)
		}
	}
}

// checkFoundTurns searches for each turn.
func checkFoundTurns(t *testing.T, server *harness.Server, records int) {
	t.Helper()
	for place := 1; place <= 6; place++ {
		for length := 1; length <= 4; length++ {
			response := server.Post(`query($q: String!) { searchTranscripts(query: $q, first: 100) { totalCount
				nodes { turn { position } before { position } } } }`, vars{"q": turnText(place, length)})
			want := 0
			if length == longestList(place) {
				want = records
			}
			if n := response.At("data", "searchTranscripts", "totalCount"); n != float64(want) {
				t.Errorf("%s: got %v hits, want %d", turnText(place, length), n, want)
			}
			if want == 0 {
				continue
			}
			hit := response.At("data", "searchTranscripts", "nodes", 0)
			before := any(float64(place - 1))
			if place == 1 {
				before = nil
			}
			if harness.At(hit, "turn", "position") != float64(place) || harness.At(hit, "before", "position") != before {
				t.Errorf("%s: got %v, want the position %d after %v", turnText(place, length), hit, place, before)
			}
		}
	}
}

// permutations returns all orders of the numbers below n.
func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var all [][]int
	for _, order := range permutations(n - 1) {
		for place := range n {
			longer := append(append(append([]int{}, order[:place]...), n-1), order[place:]...)
			all = append(all, longer)
		}
	}
	return all
}

// TestTooManyTurns delivers more turns in pieces than a record may have.
func TestTooManyTurns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		deliver := func(first, n int) harness.Response {
			turns := make([]any, n)
			for i := range turns {
				turns[i] = vars{"callDetailId": first + i, "type": "ROBOT", "text": "x"}
			}
			return server.Post(`mutation($d: [CallDetailInput!]) { saveCallRecords(inputs: [{id: 1, details: $d}]) {
				results { outcome errors { field message } } } }`, vars{"d": turns})
		}
		for _, c := range []struct {
			first, n int
			want     string
		}{{1, 9_999, "CREATED"}, {10_000, 2, "FAILED"}, {9_999, 2, "UPDATED"}, {10_001, 1, "FAILED"}} {
			response := deliver(c.first, c.n)
			result := response.At("data", "saveCallRecords", "results", 0)
			if got := harness.At(result, "outcome"); got != c.want {
				t.Errorf("%d turns from %d on: got %v, want %s", c.n, c.first, response, c.want)
			}
			message, _ := harness.At(result, "errors", 0, "message").(string)
			if c.want == "FAILED" && !strings.HasPrefix(message, "would be 10001 turns") {
				t.Errorf("%d turns from %d on: got %q, want that it would be 10001 turns", c.n, c.first, message)
			}
		}
	})
}
