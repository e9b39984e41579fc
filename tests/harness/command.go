package harness

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"

	"callbook/cli"
)

// Run runs a command line and returns its exit code, its results and its messages. Tests that call it cannot run at the
// same time: a command line says where the log of the process goes.
func Run(stdin io.Reader, args ...string) (code int, out, messages string) {
	var outBuffer, errBuffer bytes.Buffer
	defer logToHarness()
	code = cli.Run(context.Background(), Schema(), args, cli.Console{In: stdin, Out: &outBuffer, Err: &errBuffer})
	return code, outBuffer.String(), errBuffer.String()
}

// CreateKey creates an API key by the command line, with a role, and returns its text.
func CreateKey(t testing.TB, dsn, role string) string {
	t.Helper()
	code, out, messages := Run(nil, "key", "create", "--db", dsn, "--name", "x", "--role", role)
	if code != 0 {
		t.Fatalf("key create: got the exit code %d, want 0: %s", code, messages)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1]
}

// address finds where a server says that it listens.
var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// Serve runs `callbook serve` in this process until the test ends. It returns its client, and a function that stops it
// and returns its exit code.
func Serve(t testing.TB, args ...string) (s *Server, stop func() int) {
	t.Helper()
	showLogOnFailure(t)
	ctx, cancel := context.WithCancel(context.Background())
	out, w := io.Pipe()
	exit := make(chan int, 1)
	args = append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)
	go func() {
		exit <- cli.Run(ctx, Schema(), args, cli.Console{Out: w, Err: processLog})
		w.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	stop = func() int {
		cancel()
		code := <-exit
		logToHarness()
		exit <- code
		return code
	}
	t.Cleanup(func() { stop() })
	return Connect(t, address.FindString(line)), stop
}
