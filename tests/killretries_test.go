package tests

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// rounds is how often TestKillRetries kills the server on each engine.
var rounds = flag.Int("rounds", 2, "how often TestKillRetries kills the server")

const (
	killClients = 8                // that write at the same time
	mostRepeat  = 20 * time.Second // that a repeat may take, also on a busy machine; the aim is 2 s
	unlimited   = "--limit-budget 1000000000 --limit-budget-per-second 1000000000"
)

// killedRequest is a mutation under an idempotency key, and the data that it was answered; "" where the server died
// before.
type killedRequest struct{ key, body, data string }

// killDrill kills a server again and again while clients write to it.
type killDrill struct {
	t      *testing.T
	dsn    string
	server *harness.Process

	mu       sync.Mutex
	calls    int            // that requests create
	tagged   int            // of them with a tag
	updates  map[string]int // of each client's call
	repeats  []time.Duration
	written  []killedWrite // what all requests create
	answered int
	again    int // requests whose answer came before the server died, and that were repeated

	lost, partial, different int // acknowledged and not there, there in part or twice, answered twice differently
}

// killedWrite is what a request creates: so many calls of a name.
type killedWrite struct {
	name  string
	calls int
	isAck bool // answered before the server died
}

// TestKillRetries kills a server at random moments while clients write under idempotency keys, starts it again, and has
// them repeat what was not answered, and some of what was. It checks that nothing that was acknowledged is lost, that
// nothing is done in part or twice, that nobody is answered twice differently, and that repeats are answered soon.
func TestKillRetries(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		d := &killDrill{t: t, dsn: dsn, updates: map[string]int{}}
		d.start()
		for client := range killClients {
			d.must(d.send(killedRequest{key: fmt.Sprint("own ", client), body: harness.Body(
				`mutation($id: ID!) { createCall(input: {id: $id}) { call { id } } }`, vars{"id": ownCall(client)})}))
		}
		d.calls = killClients
		for round := range *rounds {
			d.round(round)
		}
		d.check()
		d.report(engine)
	})
}

func ownCall(client int) string { return fmt.Sprint("own-", client) }

func (d *killDrill) start() { d.server, _ = harness.StartProcessOver(d.t, d.dsn, unlimited) }

// round lets clients write until the server is killed, starts it again, and lets them repeat.
func (d *killDrill) round(round int) {
	all := make([][]killedRequest, killClients)
	var writing sync.WaitGroup
	for client := range killClients {
		writing.Go(func() { all[client] = d.writeUntilKilled(round, client) })
	}
	<-time.After(time.Duration(50+rand.IntN(400)) * time.Millisecond)
	d.server.Kill()
	writing.Wait()
	d.start()
	var repeating sync.WaitGroup
	restarted := time.Now()
	for client, sent := range all {
		last := sent[len(sent)-1] // the only one that may be without an answer
		repeating.Go(func() {
			answered := d.repeat(last, restarted)
			if again := d.must(d.send(last)); again != answered {
				d.answeredDifferently()
				d.t.Errorf("%s, a third time: got %s, want %s", last.body, again, answered)
			}
		})
		repeating.Go(func() {
			earlier := sent[rand.IntN(len(sent))]
			if earlier.data != "" {
				d.repeat(earlier, restarted)
			}
		})
		d.count(client, sent)
	}
	repeating.Wait()
}

// writeUntilKilled sends mutations one after the other until one is not answered, and returns them.
func (d *killDrill) writeUntilKilled(round, client int) (sent []killedRequest) {
	for n := 0; ; n++ {
		r := killedRequest{key: fmt.Sprintf("%d %d %d", round, client, n)}
		r.body = killBody(r.key, client, n)
		var err error
		r.data, err = d.send(r)
		sent = append(sent, r)
		if err != nil {
			return sent
		}
	}
}

// killBodies are the mutations of the drill: each names its key, and the first of them the call of its client.
var killBodies = []string{
	`mutation($key: String!, $own: ID!) { updateCall(id: $own, input: {subject: $key}) { call { id subject version } } }`,
	`mutation($key: String!) { createCall(input: {name: $key, tags: ["a"]}) { call { id name tags version } } }`,
	`mutation($key: String!) { a: createCall(input: {name: $key}) { call { id } }
		b: createCall(input: {name: $key}) { call { id } } c: createCall(input: {name: $key}) { call { id } } }`,
	`mutation($key: String!) { createCalls(inputs: [{name: $key}, {name: $key}, {name: $key}]) {
		written results { outcome call { id name } } } }`,
}

// killCalls is how many calls each of killBodies creates.
var killCalls = []int{0, 1, 3, 3}

func killBody(key string, client, n int) string {
	query, variables := killBodies[n%len(killBodies)], vars{"key": key}
	if strings.Contains(query, "$own") {
		variables["own"] = ownCall(client)
	}
	return harness.Body(query, variables)
}

// count adds up what a client's requests of a round write, for all of them are answered in the end.
func (d *killDrill) count(client int, sent []killedRequest) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for n, r := range sent {
		d.calls += killCalls[n%len(killCalls)]
		d.written = append(d.written, killedWrite{r.key, killCalls[n%len(killCalls)], r.data != ""})
		switch n % len(killCalls) {
		case 0:
			d.updates[ownCall(client)]++
		case 1:
			d.tagged++
		}
		if r.data != "" {
			d.answered++
		}
	}
}

// repeat sends a request again, checks that it is answered as before, if it was, and returns the answer's data.
func (d *killDrill) repeat(r killedRequest, restarted time.Time) string {
	data := d.must(d.send(r))
	took := time.Since(restarted)
	if r.data != "" && data != r.data {
		d.answeredDifferently()
		d.t.Errorf("%s, repeated: got %s, want %s", r.body, data, r.data)
	}
	if took > harness.Slowness*mostRepeat {
		d.t.Errorf("%s, repeated: got it answered %s after the restart, want it within %s", r.body, took, mostRepeat)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.repeats = append(d.repeats, took); r.data != "" {
		d.again++
	}
	return data
}

func (d *killDrill) answeredDifferently() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.different++
}

func (d *killDrill) must(data string, err error) string {
	if err != nil {
		d.t.Errorf("got %v, want an answer", err)
	}
	return data
}

// send sends a request and returns the data that it is answered; an error where there is no answer, or one with errors.
func (d *killDrill) send(r killedRequest) (data string, err error) {
	request, err := http.NewRequestWithContext(d.t.Context(), "POST", d.server.URL+"/graphql", strings.NewReader(r.body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", r.key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	var body struct{ Data, Errors json.RawMessage }
	if err := json.Unmarshal(text, &body); err != nil {
		return "", err
	}
	if body.Errors != nil {
		return "", fmt.Errorf("%s: got the answer %s, want one without errors", r.body, text)
	}
	return string(body.Data), nil
}

// report prints how the drill went.
func (d *killDrill) report(engine string) {
	slices.Sort(d.repeats)
	at := func(percent int) time.Duration {
		return d.repeats[(len(d.repeats)-1)*percent/100].Round(time.Millisecond)
	}
	d.t.Logf("%s: %d rounds, %d requests answered before a kill, %d of them repeated, %d repeats of the last ones; "+
		"acknowledged and lost: %d; half applied, or twice: %d; answered twice differently: %d; "+
		"answered after the restart within: p50 %s, p90 %s, p99 %s, most %s", engine, *rounds, d.answered, d.again,
		*rounds*killClients, d.lost, d.partial, d.different, at(50), at(90), at(99), at(100))
}

// check compares what is stored with what was asked for.
func (d *killDrill) check() {
	total := d.must(d.send(killedRequest{body: harness.Body(
		`{ all: calls { totalCount } tagged: calls(filter: {tags: {has: "a"}}) { totalCount } }`, nil)}))
	if want := fmt.Sprintf(`{"all":{"totalCount":%d},"tagged":{"totalCount":%d}}`, d.calls, d.tagged); total != want {
		d.t.Errorf("calls: got %s, want %s", total, want)
	}
	for id, updates := range d.updates {
		got := d.must(d.send(killedRequest{body: harness.Body(
			`query($id: ID!) { call(id: $id) { version history(first: 0) { totalCount } } }`, vars{"id": id})}))
		want := fmt.Sprintf(`{"call":{"version":%d,"history":{"totalCount":%d}}}`, updates+1, updates)
		if got != want {
			d.partial++
			d.t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
	names := d.names()
	for _, w := range d.written {
		switch got := names[w.name]; {
		case got == w.calls:
			continue
		case got == 0 && w.isAck:
			d.lost++
		default:
			d.partial++
		}
		d.t.Errorf("the request %s: got %d calls, want %d; acknowledged before the kill: %t", w.name, names[w.name], w.calls,
			w.isAck)
	}
}

// names returns how many calls there are of each name.
func (d *killDrill) names() map[string]int {
	names := map[string]int{}
	for after := any(nil); ; {
		text := d.must(d.send(killedRequest{body: harness.Body(`query($after: String) {
			calls(first: 1000, after: $after, orderBy: [{field: ID}]) { nodes { name } pageInfo { hasNextPage endCursor } }
			}`, vars{"after": after})}))
		var data struct {
			Calls struct {
				Nodes    []struct{ Name string }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		if err := json.Unmarshal([]byte(text), &data); err != nil {
			d.t.Fatalf("a page of calls: got %v in %.300s, want JSON", err, text)
		}
		for _, call := range data.Calls.Nodes {
			names[call.Name]++
		}
		if after = data.Calls.PageInfo.EndCursor; !data.Calls.PageInfo.HasNextPage {
			return names
		}
	}
}
