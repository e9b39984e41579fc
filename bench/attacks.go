package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"

	"callbook/bench/fill"
)

// attack is an operation that takes as much as it can for what it is.
type attack struct {
	name string
	body func(t tenants, size fill.Size) []byte
}

// longCalls selects the calls with the longest texts.
const longCalls = `{subject: {eq: "long"}}`

// fiftySearches is a filter of fifty searches in descriptions, which match nothing.
var fiftySearches = func() string {
	var b strings.Builder
	for n := range 50 {
		fmt.Fprintf(&b, `{description: {contains: "%s%d"}} `, longText(7)[:90], n)
	}
	return "{or: [" + b.String() + "]}"
}()

// attacks are the heaviest of what a credential can ask for, reads and writes; the letters are those of the findings.
// What is larger is refused by its price.
var attacks = []attack{
	{"S1 longest texts", read(`{ calls(first: 160, filter: ` + longCalls + `) { nodes { description } } }`)},
	{"S1 longest texts by fifty aliases", read(aliases(50, ` calls(first: 50, filter: `+longCalls+
		`) { nodes { description } }`))},
	{"S2 long tasks", func(t tenants, _ fill.Size) []byte {
		tasks := make([]vars, 10)
		for i := range tasks {
			tasks[i] = vars{"subject": "t", "description": longText(i)}
		}
		return body("", `mutation($ids: [ID!]!, $tasks: [CreateTaskInput!]!) {
			createCallTasks(select: {ids: $ids}, tasks: $tasks) { tasks { id } } }`,
			vars{"ids": some(t.longIDs, 20), "tasks": tasks})
	}},
	{"S2 dry run over everything", read(`mutation { updateCalls(select: {where: {filter: {description: {isNull: false}},
		limit: 10000}}, input: {description: null}, dryRun: true) { written } }`)},
	{"S2 long texts written", func(t tenants, _ fill.Size) []byte {
		return body("", `mutation($ids: [ID!]!, $d: String) { updateCalls(select: {ids: $ids}, input: {description: $d}) {
			written } }`, vars{"ids": some(t.longIDs, 50), "d": longText(rand.IntN(1000))})
	}},
	{"S3 update by fifty searches", read(`mutation { updateCalls(select: {where: {filter: ` + fiftySearches +
		`, limit: 10000}}, input: {name: "x"}) { written } }`)},
	{"S3 dry run by fifty searches", read(`mutation { updateCalls(select: {where: {filter: ` + fiftySearches +
		`, limit: 10000}}, input: {name: "x"}, dryRun: true) { written } }`)},
	{"S4 update of 1,000", func(_ tenants, size fill.Size) []byte {
		ids := make([]string, min(1000, size.Calls))
		for i, start := 0, rand.IntN(size.Calls); i < len(ids); i++ {
			ids[i] = size.CallID(start + i)
		}
		return body("", `mutation($ids: [ID!]!, $s: String) { updateCalls(select: {ids: $ids}, input: {subject: $s}) {
			written } }`, vars{"ids": ids, "s": fmt.Sprint("changed ", rand.IntN(1_000_000))})
	}},
	{"S5 fifty searches", read(`{ calls(filter: ` + fiftySearches + `) { totalCount nodes { id } } }`)},
	{"S5 deepest offset", read(`{ calls(first: 1, offset: 5000000, orderBy: [{field: CALL_AGENDA}]) { nodes { id } } }`)},
	{"S5 facets with 19 exclusions", read(`{ searchTranscripts(query: "的 -` + strings.Join(strings.Split(
		"一二三四五六七八九十百千万甲乙丙丁戊己", ""), " -") + `", first: 0) {
		facets { jobs { count } intentLevels { count } days { count } } } }`)},
	{"S5 fifty counts", read(aliases(50, ` calls(first: 0, filter: {subject: {contains: "e"}}) { totalCount }`))},
	{"S5 ten picklists", read(aliases(10, ` picklists { values { count } }`))},
	{"S6 ranking of one character", read(`{ searchTranscripts(query: "啊", first: 100) { totalCount
		nodes { turn { position } } } }`)},
}

func read(query string) func(tenants, fill.Size) []byte {
	return func(tenants, fill.Size) []byte { return body("", query, nil) }
}

// aliases returns a query of a field by so many aliases.
func aliases(n int, field string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d: %s", i, field)
	}
	return "{" + b.String() + " }"
}

// some returns so many of a list's texts, from one at random on.
func some(list []string, n int) []string {
	start := rand.IntN(max(1, len(list)-n))
	return list[start:min(start+n, len(list))]
}

// outcomes counts what attacks were answered.
type outcomes struct {
	mu    sync.Mutex
	count map[string]map[string]int // by the attack's name, and the answer's status and code
}

func (o *outcomes) add(name, answer string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count == nil {
		o.count = map[string]map[string]int{}
	}
	if o.count[name] == nil {
		o.count[name] = map[string]int{}
	}
	o.count[name][answer]++
}

// of returns how an attack was answered, as text.
func (o *outcomes) of(name string) string {
	var parts []string
	for _, answer := range slices.Sorted(maps.Keys(o.count[name])) {
		parts = append(parts, fmt.Sprintf("%d %s", o.count[name][answer], answer))
	}
	return strings.Join(parts, ", ")
}

// attackers send attacks from so many clients until the context ends, each client another one after the other, by keys
// that they share out.
func attackers(ctx context.Context, c client, clients int, keys []string, t tenants, size fill.Size) *outcomes {
	var all sync.WaitGroup
	o := &outcomes{}
	for n := range clients {
		all.Go(func() {
			for i := n; ctx.Err() == nil; i++ {
				a := attacks[i%len(attacks)]
				answer, err := c.send(ctx, keys[n%len(keys)], a.body(t, size))
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					o.add(a.name, "no answer")
					continue
				}
				o.add(a.name, answer.String())
				if answer.status == http.StatusTooManyRequests {
					wait(ctx, answer.retryAfter)
				}
			}
		})
	}
	all.Wait()
	return o
}
