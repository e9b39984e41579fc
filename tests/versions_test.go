package tests

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestExpectedVersions lets 64 clients update the same 10 calls with the version they have read, and checks that the
// final versions count the successes.
func TestExpectedVersions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		const clients, calls = 64, 10
		for n := range calls {
			server.Post(`mutation($id: ID!) { createCall(input: {id: $id}) { call { id } } }`, vars{"id": fmt.Sprint(n)})
		}
		var successes [calls]atomic.Int64
		var wg sync.WaitGroup
		deadline := time.Now().Add(contentionTime())
		for client := range clients {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(7, uint64(client)))
				for time.Now().Before(deadline) {
					n := r.IntN(calls)
					read := server.Post(`query($id: ID!) { call(id: $id) { version } }`, vars{"id": fmt.Sprint(n)})
					response := server.Post(`mutation($id: ID!, $name: String!,
						$v: Int!) { updateCall(id: $id, input: {name: $name}, expectedVersion: $v) { call { version } } }`,
						vars{"id": fmt.Sprint(n), "name": fmt.Sprint(client, time.Now().UnixNano()),
							"v": read.At("data", "call", "version")})
					switch code, _ := response.FirstError(); code {
					case nil:
						successes[n].Add(1)
					case "CONFLICT":
					default:
						t.Errorf("updateCall: got %v, want a success or CONFLICT", response)
						return
					}
				}
			})
		}
		wg.Wait()
		for n := range calls {
			read := server.Post(`query($id: ID!) { call(id: $id) { version history { totalCount } } }`,
				vars{"id": fmt.Sprint(n)})
			want := float64(successes[n].Load())
			if read.At("data", "call", "version") != want+1 || read.At("data", "call", "history", "totalCount") != want {
				t.Errorf("call %d: got %v, want %v changes, as many as there were successes", n, read, want)
			}
		}
	})
}

// contentionTime returns how long clients contend: CALLBOOK_CONTENTION, or one second.
func contentionTime() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("CALLBOOK_CONTENTION")); err == nil {
		return d
	}
	return time.Duration(dbtest.Rounds(400, 1000)) * time.Millisecond
}
