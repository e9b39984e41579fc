package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"callbook/cli"
	"callbook/tests/cputime"
)

// processArguments is the environment variable by which StartProcess tells its child what to run.
const processArguments = "CALLBOOK_TEST_SERVE"

// runProcess is the child of StartProcess.
func runProcess(args string) {
	console := cli.Console{Out: os.Stdout, Err: os.Stderr}
	os.Exit(cli.Run(context.Background(), Schema(), strings.Fields(args), console))
}

// Process is a server in a process of its own, whose memory can be looked at.
type Process struct {
	URL string

	t       testing.TB
	pid     int
	started time.Time
	kill    func()
}

// Kill ends the server as by kill -9, and waits until it is gone.
func (p *Process) Kill() { p.kill() }

// StartProcess runs `callbook serve --demo` with more flags until the test ends. The test fails where the server logs
// an error of its own.
func StartProcess(t testing.TB, flags string) *Process {
	t.Helper()
	p, _ := startProcess(t, "--demo "+flags)
	return p
}

// StartProcessOver is StartProcess over a database, with more flags. stop ends the server before the test does.
func StartProcessOver(t testing.TB, dsn, flags string) (p *Process, stop func()) {
	t.Helper()
	return startProcess(t, "--db "+dsn+" "+flags)
}

func startProcess(t testing.TB, flags string) (p *Process, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, os.Args[0])
	command.Env = append(os.Environ(), "TMPDIR="+t.TempDir(),
		processArguments+"=serve --addr 127.0.0.1:0 --log-level error "+flags)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	command.Stderr = log
	started := time.Now()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		_ = command.Wait()
		for _, word := range []string{"panic", "internal error", "goroutine "} {
			if strings.Contains(log.String(), word) {
				t.Errorf("the log of the server: got %q, want no such line:\n%.2000s", word, log.String())
			}
		}
	})
	t.Cleanup(stop)
	head := make([]byte, 300)
	n, err := out.Read(head)
	url := address.Find(head[:n])
	if url == nil {
		t.Fatalf("the server did not start: %v %s", err, log.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	kill := func() {
		_ = command.Process.Kill() // it may be gone already
		stop()
	}
	return &Process{string(url), t, command.Process.Pid, started, kill}, stop
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes what the process writes.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns what was written so far.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Result is what one request to a Process was answered, and how much processor time the server took meanwhile; where
// the system does not tell, how long the answer took. Code is the first error's.
type Result struct {
	Status int
	Code   any
	Took   time.Duration
}

// Post sends a body of JSON. A connection that the server closes while the body is still coming counts as the status
// 413.
func (p *Process) Post(body string) Result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Slowness*3*time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "POST", p.URL+"/graphql", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	took := p.watch()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		if strings.Contains(err.Error(), "connection reset") || strings.Contains(err.Error(), "broken pipe") {
			return Result{http.StatusRequestEntityTooLarge, "LIMIT_EXCEEDED", took()}
		}
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	used := took()
	var answer Response
	if err := json.Unmarshal(text, &answer); err != nil {
		p.t.Fatalf("%v: %.300s", err, text)
	}
	code, _ := answer.FirstError()
	return Result{response.StatusCode, code, used}
}

// CPU returns how much processor time the server has had so far; where the system does not tell, the time since it was
// started.
func (p *Process) CPU() time.Duration {
	if used, isKnown := cputime.Of(p.pid); isKnown {
		return used
	}
	return time.Since(p.started)
}

// watch returns a function that returns how much of CPU has passed since.
func (p *Process) watch() func() time.Duration {
	start := p.CPU()
	return func() time.Duration { return p.CPU() - start }
}

// Best sends a body until the server takes no more time for it than given, five times at most, as what runs beside it
// in the server counts, too. It returns the last answer, and the shortest time.
func (p *Process) Best(body string, inTime time.Duration) (last Result) {
	p.t.Helper()
	best := time.Hour
	for range 5 {
		last = p.Post(body)
		best = min(best, last.Took)
		last.Took = best
		if best <= inTime {
			break
		}
	}
	return last
}

// MustAnswer fails the test where the server does not answer a small query with little processor time.
func (p *Process) MustAnswer(after string) {
	p.t.Helper()
	const inTime = Slowness * time.Second
	got := p.Best(`{"query":"{__typename}"}`, inTime)
	if got.Status != 200 || got.Code != nil || got.Took > inTime {
		p.t.Errorf("{__typename} after %s: got %d %v in %v, want 200 in %v", after, got.Status, got.Code, got.Took, inTime)
	}
}

// Memory returns the most memory the server has had, in bytes; 0 where the system does not tell.
func (p *Process) Memory() (most int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		p.t.Log("the server's memory is not looked at: there is no /proc")
		return 0
	}
	if m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status); m != nil {
		_, _ = fmt.Sscan(string(m[1]), &most)
	}
	return most << 10
}

// ForgetMemory has Memory return the most memory from now on, where the system can.
func (p *Process) ForgetMemory() {
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.pid), []byte("5"), 0o200); err != nil {
		p.t.Log("the server's memory is looked at since its start: ", err)
	}
}

// Flood sends a body n times at once and returns how often each status was answered.
func (p *Process) Flood(n int, body string) map[int]int {
	p.t.Helper()
	var mu sync.Mutex
	var wait sync.WaitGroup
	count := map[int]int{}
	for range n {
		wait.Go(func() {
			status := p.Post(body).Status
			mu.Lock()
			count[status]++
			mu.Unlock()
		})
	}
	wait.Wait()
	return count
}
