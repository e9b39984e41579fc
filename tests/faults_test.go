package tests

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// cancelRequest is how a request to cancel another connection's statement begins. The proxy passes on none: whether it
// came in time would be a matter of luck.
var cancelRequest = []byte{0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e}

// breakingProxy stands between the server and PostgreSQL, and breaks a connection when it is to pass on something.
type breakingProxy struct {
	net.Listener
	target string // address of PostgreSQL
	mu     sync.Mutex
	at     []byte // what it breaks at; nil for nothing
	passes bool   // whether it passes that on before
	once   bool   // whether it breaks one connection only
	broken int    // how many connections it has broken at something
}

// newBreakingProxy returns a proxy, and the address of a database through it.
func newBreakingProxy(t *testing.T, dsn string) (p *breakingProxy, through string) {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	network, target := pgconn.NetworkAddress(config.Host, config.Port)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	p = &breakingProxy{Listener: listener, target: target}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, target)
			if err != nil {
				_ = client.Close()
				continue
			}
			go p.pass(client, server)
		}
	}()
	u := url.URL{Scheme: "postgres", User: url.UserPassword(config.User, config.Password),
		Host: listener.Addr().String(), Path: "/" + config.Database, RawQuery: "sslmode=disable&default_query_exec_mode=exec"}
	return p, u.String()
}

// pass passes on what a client and the server say, until it is to break.
func (p *breakingProxy) pass(client, server net.Conn) {
	defer func() { _, _ = client.Close(), server.Close() }()
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		_, _ = io.Copy(client, server)
	}()
	buffer := make([]byte, 1<<20)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if breaks, passes := p.breaksAt(buffer[:n]); breaks {
			_ = client.Close() // before there is an answer
			if passes {
				_, _ = server.Write(buffer[:n])
				_, _ = server.Read(buffer[:1]) // it has been done
				_ = server.Close()
			}
			return
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (p *breakingProxy) breaksAt(message []byte) (breaks, passes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if bytes.HasPrefix(message, cancelRequest) {
		return true, false
	}
	if len(p.at) == 0 || !bytes.Contains(bytes.ToLower(message), p.at) {
		return false, false
	}
	p.broken++
	if p.once {
		p.at = nil
	}
	return true, p.passes
}

// breakAt sets what connections break at, and whether it is passed on before.
func (p *breakingProxy) breakAt(text string, passes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.passes, p.once, p.broken = []byte(text), passes, false, 0
}

// breakOnceAt is breakAt for the first connection alone.
func (p *breakingProxy) breakOnceAt(text string, passes bool) {
	p.breakAt(text, passes)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.once = true
}

// breaks returns how many connections were broken since the proxy was told where to.
func (p *breakingProxy) breaks() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

// TestFateOfWrites (F8) breaks the connection to PostgreSQL at the statements of mutations: UNAVAILABLE says whether
// the mutation may have been done, and never that it was not where it was.
func TestFateOfWrites(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		if engine == "sqlite" {
			t.Skip("SQLite has no connection that breaks")
		}
		direct := harness.NewServer(t, dbtest.NewEnv(t, engine, dsn))
		proxy, through := newBreakingProxy(t, dsn)
		e := dbtest.NewEnv(t, engine, through)
		server := harness.NewServer(t, e)
		one := `mutation($id: ID!) { createCall(input: {id: $id, callType: INBOUND}) { call { id } } }`
		many := `mutation($id: ID!) { createCalls(inputs: [{id: $id, callType: INBOUND}]) { written } }`
		for n, c := range []struct {
			what, mutation, breaksAt string
			passes                   bool
			mayHaveBeenDone, isDone  bool
		}{
			{"one statement that arrives", one, `insert into "calls"`, true, true, true},
			{"one statement that does not arrive", one, `insert into "calls"`, false, true, false},
			{"a statement of a transaction", many, `insert into "calls"`, false, false, false},
			{"a commit that arrives", many, "commit", true, true, true},
			{"a commit that does not arrive", many, "commit", false, true, false},
		} {
			id := fmt.Sprint("fate", n)
			proxy.breakAt(c.breaksAt, c.passes)
			response := server.Post(c.mutation, vars{"id": id})
			proxy.breakAt("", false)
			code, _ := response.FirstError()
			if got := response.At("errors", 0, "extensions", "mayHaveBeenDone"); code != "UNAVAILABLE" ||
				got != c.mayHaveBeenDone {
				t.Errorf("%s: got %v, mayHaveBeenDone %v, want UNAVAILABLE, %t: %v", c.what, code, got, c.mayHaveBeenDone,
					response)
			}
			harness.Eventually(t, "what became of the write", func() bool {
				response := direct.As(e.Actor).Post(`query($id: ID!) { call(id: $id) { id } }`, vars{"id": id})
				return (response.At("data", "call") != nil) == c.isDone
			})
		}
		read := server.Post(`{ call(id: "fate0") { id } }`, nil)
		if code, _ := read.FirstError(); code != nil {
			t.Errorf("a read after all: got %v, want no error", read)
		}
	})
}

// TestReadsOverLostConnections breaks connections to PostgreSQL at a read: where one breaks, before or after the server
// has the read, it is answered over another; where all do, it is UNAVAILABLE, and was sent three times.
func TestReadsOverLostConnections(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		if engine == "sqlite" {
			t.Skip("SQLite has no connection that breaks")
		}
		proxy, through := newBreakingProxy(t, dsn)
		server := harness.NewServer(t, dbtest.NewEnv(t, engine, strings.TrimSuffix(through,
			"&default_query_exec_mode=exec")))
		const id = "lost-on-the-way" // it is in what is sent of a prepared statement, too
		read := `{ call(id: "` + id + `") { id tags } }`
		for range 2 { // the statement is prepared, then used
			for _, arrives := range []bool{false, true} {
				proxy.breakOnceAt(id, arrives)
				response := server.Post(read, nil)
				if code, _ := response.FirstError(); code != nil || proxy.breaks() != 1 {
					t.Errorf("one lost connection, arrives: %v: got %v and %d broken, want an answer and one", arrives, response,
						proxy.breaks())
				}
			}
		}
		proxy.breakAt(id, true)
		response := server.Post(read, nil)
		if code, _ := response.FirstError(); code != "UNAVAILABLE" || proxy.breaks() != 3 {
			t.Errorf("all connections lost: got %v and %d broken, want UNAVAILABLE and 3", response, proxy.breaks())
		}
	})
}

// TestReplacedFileServed (F3, F6, F8) deletes the file of SQLite under the server: it is alive, and not ready;
// mutations are not available, and say that they were not done; queries have no such word.
func TestReplacedFileServed(t *testing.T) {
	path := t.TempDir() + "/served.db"
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+path)
	server := harness.NewServer(t, e)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{"/healthz": 200, "/readyz": 503} {
		if got := server.Do("GET", target, ""); got.Status != want {
			t.Errorf("%s: got %d, want %d", target, got.Status, want)
		}
	}
	response := server.Post(`mutation { createCall(input: {callType: INBOUND}) { call { id } } }`, nil)
	code, _ := response.FirstError()
	if got := response.At("errors", 0, "extensions", "mayHaveBeenDone"); code != "UNAVAILABLE" || got != false {
		t.Errorf("a mutation: got %v, want UNAVAILABLE, and that it was not done", response)
	}
}

// TestLockedTableServed (F3, F5) locks a table: the server is alive and ready, a mutation that waits for the lock is
// not available when it has waited long enough, and says that it was not done; queries of other tables are answered.
func TestLockedTableServed(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		if engine == "sqlite" {
			t.Skip("SQLite has no locks of tables")
		}
		server := harness.NewServer(t, dbtest.NewEnv(t, engine, withParameter(dsn, "lock_timeout=300")))
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		for _, statement := range []string{"BEGIN", "LOCK TABLE calls IN SHARE MODE"} {
			if _, err := conn.Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		var busy sync.WaitGroup
		for range 12 {
			busy.Go(func() {
				response := server.Post(`mutation { createCall(input: {callType: INBOUND}) { call { id } } }`, nil)
				code, _ := response.FirstError()
				if got := response.At("errors", 0, "extensions", "mayHaveBeenDone"); code != "UNAVAILABLE" || got != false {
					t.Errorf("a mutation: got %v, want UNAVAILABLE, and that it was not done", response)
				}
			})
		}
		for target, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
			if got := server.Do("GET", target, ""); got.Status != 200 || got.Body != want {
				t.Errorf("%s: got %d %q, want 200 %q", target, got.Status, got.Body, want)
			}
		}
		if got := server.Post(`{ calls { totalCount } callRecords { totalCount } }`, nil); got["errors"] != nil {
			t.Errorf("a query: got %v, want no errors", got)
		}
		busy.Wait()
	})
}

// TestDrain (F7) stops a server with a drain delay: it serves on and is not ready, then it ends.
func TestDrain(t *testing.T) {
	server, stop := harness.Serve(t, "--demo", "--drain-delay", "3s")
	stopped := make(chan int, 1)
	go func() { stopped <- stop() }()
	harness.Eventually(t, "not ready", func() bool { return server.Do("GET", "/readyz", "").Status == 503 })
	if got := server.Post(`{ calls { totalCount } }`, nil); got.At("data", "calls", "totalCount") != 300.0 {
		t.Errorf("a query while the server drains: got %v, want 300 calls", got)
	}
	if got := server.Do("GET", "/healthz", ""); got.Status != 200 {
		t.Errorf("/healthz while the server drains: got %d, want 200", got.Status)
	}
	if code := <-stopped; code != 0 {
		t.Errorf("exit code: got %d, want 0", code)
	}
}

// TestShutdownTimeout (F7) stops a server while a request does not end: it is cut off after the shutdown timeout.
func TestShutdownTimeout(t *testing.T) {
	server, stop := harness.Serve(t, "--demo", "--shutdown-timeout", "100ms")
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
		"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
	if _, err := conn.Read(make([]byte, 1)); err != nil { // the server asks for the body
		t.Fatal(err)
	}
	begin := time.Now()
	if code := stop(); code != 1 {
		t.Errorf("exit code: got %d, want 1", code)
	}
	if took := time.Since(begin); took > 15*time.Second {
		t.Errorf("the server took %s to stop, want less than the default of 20 s", took)
	}
}
