package model_test

import (
	"fmt"
	"strings"
	"testing"

	"callbook/model"
)

func TestParseSearch(t *testing.T) {
	words := func(n int) string {
		text := ""
		for i := range n {
			text += fmt.Sprint(" w", i)
		}
		return text
	}
	const none = `query: must have a word or a "phrase" to look for`
	for _, c := range []struct {
		query    string
		terms    string // joined by |
		excluded string
		err      string
	}{
		{query: "price", terms: "price"},
		{query: " price\t多少\u3000Ａ ", terms: "price|多少|a"},
		{query: "a b a", terms: "a|b"},
		{query: "A a", terms: "a"},
		{query: `"how much" now`, terms: "how much|now"},
		{query: `"say ""yes"""`, terms: `say "yes"`},
		{query: `a"b c"`, terms: `a"b|c"`},
		{query: `"a"b`, terms: "a|b"},
		{query: "a -b", terms: "a", excluded: "b"},
		{query: `a -"b c"`, terms: "a", excluded: "b c"},
		{query: "a - b", terms: "a|-|b"},
		{query: "a -", terms: "a|-"},
		{query: "a --b", terms: "a", excluded: "-b"},
		{query: "a-b", terms: "a-b"},
		{query: "a -a", terms: "a", excluded: "a"},
		{query: "100%", terms: "100%"},
		{query: words(20), terms: strings.Join(strings.Fields(words(20)), "|")},
		{query: strings.Repeat("价", 1000), terms: strings.Repeat("价", 1000)},
		{query: "", err: none},
		{query: " \t", err: none},
		{query: "-b", err: none},
		{query: `""`, err: "query: a phrase is empty"},
		{query: `a -""`, err: "query: a phrase is empty"},
		{query: `"a`, err: `query: a quote is not closed; a quote itself is written "" within quotes`},
		{query: `"a""`, err: `query: a quote is not closed; a quote itself is written "" within quotes`},
		{query: strings.Repeat("价", 1001), err: "query: has 1001 characters; at most 1000"},
		{query: words(20) + " -x", err: "LIMIT_EXCEEDED query: has 21 terms; at most 20"},
	} {
		q, err := model.ParseSearch(c.query)
		if c.err != "" {
			expectErrors(t, fmt.Sprintf("%.60q", c.query), model.AsErrors(err), c.err)
			continue
		}
		terms, excluded := strings.Join(q.Terms, "|"), strings.Join(q.Excluded, "|")
		if err != nil || terms != c.terms || excluded != c.excluded {
			t.Errorf("ParseSearch(%.60q) = %q without %q, %v, want %q without %q", c.query, terms, excluded, err, c.terms,
				c.excluded)
		}
	}
}
