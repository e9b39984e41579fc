package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"callbook/bench/hand"
	"callbook/cli"
)

// childRole is the environment variable that makes this program a server that is measured: callbook, hand, or serve,
// which is callbook with its own limits; or burn, which only takes time of a processor.
const childRole = "CALLBOOK_BENCH_ROLE"

// allocations is what a Go server has allocated since its start, and how many goroutines it has.
type allocations struct {
	Count, Bytes uint64
	Goroutines   int
}

// runChild runs the server that the environment asks for, and reports whether it asks for one. The server ends with the
// process that started it.
func runChild() bool {
	role := os.Getenv(childRole)
	if role == "" {
		return false
	}
	os.Unsetenv(childRole)
	go reportAllocations(os.Stdout)
	if role == "burn" {
		burn()
	}
	address, dsn := os.Args[1], os.Args[2]
	switch role {
	case "callbook":
		os.Exit(serveCallbook(address, dsn, "--limit-deadline", "10m", "--limit-budget", "1000000000000",
			"--limit-budget-per-second", "1000000000000"))
	case "serve":
		os.Exit(serveCallbook(address, dsn, "--log-level", "warn"))
	}
	if err := serveHand(address, dsn); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	return true
}

// burn takes a processor until the process ends.
func burn() {
	for n := 0; ; n++ {
		runtime.KeepAlive(n)
	}
}

// reportAllocations answers each line of the standard input with a line of JSON on the standard output, and ends the
// process when the input ends.
func reportAllocations(out io.Writer) {
	answers := json.NewEncoder(out)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if err := answers.Encode(allocations{m.Mallocs, m.TotalAlloc, runtime.NumGoroutine()}); err != nil {
			break
		}
	}
	os.Exit(0)
}

// serveCallbook is the command serve with more flags. It prints nothing, for the standard output is reportAllocations'.
func serveCallbook(address, dsn string, flags ...string) int {
	os.Args = append([]string{"callbook", "serve", "--addr", address, "--db", dsn, "--log-level", "error",
		"--audit-log", os.DevNull}, flags...)
	var err error
	if os.Stdout, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
		panic(err) // every system has it
	}
	return cli.Main("")
}

// serveHand serves the handlers written by hand, with the garbage collector set as Callbook sets it.
func serveHand(address, dsn string) error {
	debug.SetGCPercent(400)
	store, err := openHand(dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	server := &http.Server{Addr: address, Handler: hand.NewHandler(store)}
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func openHand(dsn string) (hand.Store, error) {
	if path, isSQLite := strings.CutPrefix(dsn, "sqlite:"); isSQLite {
		return hand.OpenSQLite(path)
	}
	return hand.OpenPostgres(context.Background(), dsn)
}
