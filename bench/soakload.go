package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// soakStep is a request of the soak.
type soakStep struct {
	name string
	body func(s *soakClient) []byte
}

// soakClient is a client of the soak: it creates calls and records, uses them, and erases the oldest, so that the
// database has the same number of rows in the end.
type soakClient struct {
	number, n int
	calls     []string // that it has created, the oldest first
	records   []string
}

// How many of its own rows a client of the soak keeps.
const (
	soakCalls   = 40
	soakRecords = 20
)

// latest returns the id of the call that was created last.
func (s *soakClient) latest() string {
	return s.calls[len(s.calls)-1]
}

// soakSteps are what a client sends, one after the other.
var soakSteps = []soakStep{
	{"create", func(s *soakClient) []byte {
		id := fmt.Sprintf("soak-%d-%d", s.number, s.n)
		s.calls = append(s.calls, id)
		return body("", `mutation($id: ID!, $d: String) { createCall(input: {id: $id, name: "soak", callType: INBOUND,
			description: $d, tags: ["soak"]}) { call { id version } } }`,
			vars{"id": id, "d": strings.Repeat("说", 200+s.n%300)})
	}},
	{"read a call", func(s *soakClient) []byte {
		return body("", `query($id: ID!) { call(id: $id) { id name description tags history { nodes { operation } } } }`,
			vars{"id": s.latest()})
	}},
	{"change", func(s *soakClient) []byte {
		return body("", `mutation($id: ID!, $s: String) { updateCall(id: $id, input: {subject: $s}) { call { version } } }`,
			vars{"id": s.latest(), "s": fmt.Sprint("changed ", s.n)})
	}},
	{"list", func(*soakClient) []byte {
		return body("", `{ calls(first: 50) { totalCount nodes { id name callStatus tasks { nodes { subject } } } } }`, nil)
	}},
	{"task and note", func(s *soakClient) []byte {
		return body("", `mutation($id: ID!) { createCallTasks(select: {ids: [$id]}, tasks: [{subject: "t"}]) { tasks { id } }
			addNote(callId: $id, text: "n") { note { id } } }`, vars{"id": s.latest()})
	}},
	{"search", func(*soakClient) []byte {
		return body("", `{ searchTranscripts(query: "价格", first: 20) { totalCount nodes { snippet { text } }
			facets { jobs { count } intentLevels { count } } } }`, nil)
	}},
	{"deliver", func(s *soakClient) []byte {
		id := fmt.Sprint(int64(s.number+1)<<32 + int64(s.n))
		s.records = append(s.records, id)
		turns := make([]vars, 10)
		for i := range turns {
			turns[i] = vars{"type": "PERSON", "text": fmt.Sprintf("请问价格是多少，第%d次问了，编号%d。", s.n, i)}
		}
		return body("", `mutation($inputs: [SaveCallRecordInput!]!) { saveCallRecords(inputs: $inputs) {
			results { outcome } } }`, vars{"inputs": []vars{{"id": id, "robotCallJobId": "1", "details": turns}}})
	}},
	{"filter", func(*soakClient) []byte {
		return body("", `{ calls(filter: {name: {contains: "soa"}}, first: 20) { totalCount nodes { id } } }`, nil)
	}},
	{"statistics", func(*soakClient) []byte {
		return body("", `{ jobStats(robotCallJobId: "1") { total results { resultStatus count } } picklists {
			values { value count } } }`, nil)
	}},
	{"dry run", func(*soakClient) []byte {
		return body("", `mutation { updateCalls(select: {where: {filter: {tags: {has: "soak"}}, limit: 100}},
			input: {subject: "x"}, dryRun: true) { written } }`, nil)
	}},
	{"refused", func(*soakClient) []byte { return body("", `{ calls(first: 100000) { nodes { id } } }`, nil) }},
	{"erase calls", func(s *soakClient) []byte {
		old := s.calls[:max(0, len(s.calls)-soakCalls)]
		s.calls = s.calls[len(old):]
		return body("", `mutation($ids: [ID!]!) { deleteCalls(select: {ids: $ids}) { written }
			purgeCalls(select: {ids: $ids}) { written } }`, vars{"ids": old})
	}},
	{"erase records", func(s *soakClient) []byte {
		old := s.records[:max(0, len(s.records)-soakRecords)]
		s.records = s.records[len(old):]
		return body("", `mutation($ids: [ID!]!) { deleteCallRecords(select: {ids: $ids}) { written } }`,
			vars{"ids": old})
	}},
}

// soakLoad sends the steps of a client for each key until the context ends, ten a second of each at the most, every
// tenth round of mutations under an idempotency key, and holds an event stream of each for a second now and then.
func soakLoad(ctx context.Context, c client, keys []string) *outcomes {
	var all sync.WaitGroup
	o := &outcomes{}
	for number, key := range keys {
		all.Go(func() {
			c, s := c, soakClient{number: number}
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for ctx.Err() == nil {
				for _, step := range soakSteps {
					c.idempotencyKey = ""
					if s.n%10 == 0 && step.name != "refused" {
						c.idempotencyKey = fmt.Sprintf("soak %d %d %s", number, s.n, step.name)
					}
					answer, err := c.send(ctx, key, step.body(&s))
					if ctx.Err() != nil {
						return
					}
					if err != nil {
						o.add(step.name, "no answer")
					} else {
						o.add(step.name, answer.String())
					}
					select {
					case <-ctx.Done():
						return
					case <-tick.C:
					}
				}
				if s.n++; s.n%5 == number%5 {
					c.listen(ctx, key, time.Second)
				}
			}
		})
	}
	all.Wait()
	return o
}

// listen holds an event stream for a time, and then ends the connection without a word.
func (c client) listen(ctx context.Context, key string, length time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet,
		c.url+"/graphql?query=subscription%7BcallChanged%7BcallId%7D%7D", nil)
	if err != nil {
		return
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", "Bearer "+key)
	if response, err := c.http.Do(r); err == nil {
		defer response.Body.Close()
		<-ctx.Done()
	}
}
