package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// shared is what the tests of one package share.
var shared sharing

type sharing struct {
	once     sync.Once
	dir      string
	dirErr   error
	postgres cluster
}

func (s *sharing) folder() (string, error) {
	s.once.Do(func() { s.dir, s.dirErr = os.MkdirTemp("", "callbook-test-") })
	return s.dir, s.dirErr
}

func (s *sharing) close() {
	s.postgres.stop()
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

// cluster is a PostgreSQL to test on: the one in TEST_DATABASE_URL, otherwise a private one from the machine's
// binaries.
type cluster struct {
	once      sync.Once
	err       error
	admin     string // DSN of a database from which others can be made
	prefix    string // of the databases made
	dir       string
	hold      *os.File // the cluster ends when this is closed, as it is when the process dies
	server    *exec.Cmd
	mu        sync.Mutex
	databases map[string]string // DSN by name
}

var errNoPostgres = errors.New(
	"no PostgreSQL binaries on PATH or in the usual folders, and TEST_DATABASE_URL is not set")

// needPostgres starts the cluster, or skips the test and says so on stderr; under REQUIRE_POSTGRES=1 absence is a
// failure.
func needPostgres(t testing.TB) {
	t.Helper()
	c := &shared.postgres
	c.once.Do(func() {
		c.err = c.start()
		if errors.Is(c.err, errNoPostgres) {
			fmt.Fprintf(os.Stderr, "\n*** PostgreSQL cases are SKIPPED: %v ***\n\n", c.err)
		}
	})
	switch {
	case c.err == nil:
	case errors.Is(c.err, errNoPostgres) && os.Getenv("REQUIRE_POSTGRES") != "1":
		t.Skip(c.err)
	default:
		t.Fatal(c.err)
	}
}

func (c *cluster) start() error {
	c.databases = map[string]string{}
	c.prefix = "callbook_" + strconv.Itoa(os.Getpid()) + "_"
	if c.admin = os.Getenv("TEST_DATABASE_URL"); c.admin != "" {
		return nil
	}
	bin, err := findPostgres()
	if err != nil {
		return err
	}
	user, err := unprivileged()
	if err != nil {
		return err
	}
	// Unix sockets have short paths, so not below the folder of the test.
	if c.dir, err = os.MkdirTemp("", "cbpg"); err != nil {
		return err
	}
	if err := user.own(c.dir); err != nil {
		return err
	}
	data := filepath.Join(c.dir, "data")
	initdb := user.command(filepath.Join(bin, "initdb"),
		"-D", data, "-U", "callbook", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := c.run(user, filepath.Join(bin, "postgres"), data); err != nil {
		return err
	}
	c.admin = fmt.Sprintf("postgres://callbook@/postgres?host=%s", url.QueryEscape(c.dir))
	return c.wait()
}

// run starts the server under a shell that waits for the end of its input, which comes when this process ends,
// however it ends, and then stops the server.
func (c *cluster) run(user account, postgres, data string) error {
	const script = `"$0" "$@" </dev/null >"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -INT $server; wait $server`
	c.server = user.command("/bin/sh", "-c", script, postgres, "-D", data, "-k", c.dir, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=300")
	c.server.Env = append(os.Environ(), "LOG="+filepath.Join(c.dir, "log"))
	stdin, hold, err := os.Pipe()
	if err != nil {
		return err
	}
	c.server.Stdin, c.hold = stdin, hold
	defer stdin.Close()
	return c.server.Start()
}

func (c *cluster) wait() error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		conn, err := pgx.Connect(context.Background(), c.admin)
		if err == nil {
			return conn.Close(context.Background())
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			return fmt.Errorf("PostgreSQL did not start: %w\n%s", err, log)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// database creates a database the first time and returns its DSN.
func (c *cluster) database(t testing.TB, name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if dsn, ok := c.databases[name]; ok {
		return dsn
	}
	c.exec(t, "CREATE DATABASE "+c.prefix+name+" TEMPLATE template0 ENCODING 'UTF8'")
	u, err := url.Parse(c.admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + c.prefix + name
	c.databases[name] = u.String()
	return u.String()
}

func (c *cluster) exec(t testing.TB, statement string) {
	conn, err := pgx.Connect(context.Background(), c.admin)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
}

// stop ends the private cluster, or drops the databases made on another's.
func (c *cluster) stop() {
	if c.server != nil {
		c.hold.Close()
		_ = c.server.Wait()
		os.RemoveAll(c.dir)
		return
	}
	conn, err := pgx.Connect(context.Background(), c.admin)
	if c.admin == "" || err != nil {
		return
	}
	defer conn.Close(context.Background())
	for name := range c.databases {
		_, _ = conn.Exec(context.Background(), "DROP DATABASE "+c.prefix+name+" WITH (FORCE)")
	}
}

// findPostgres finds the folder with PostgreSQL's binaries: on PATH, or where packages put them, the newest first.
func findPostgres() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	var found []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb", "/usr/local/pgsql/bin/initdb",
		"/opt/homebrew/opt/postgresql@*/bin/initdb", "/usr/local/opt/postgresql@*/bin/initdb",
		"/usr/libexec/postgresql*/initdb",
	} {
		paths, _ := filepath.Glob(pattern)
		found = append(found, paths...)
	}
	if len(found) == 0 {
		return "", errNoPostgres
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return versionIn(a) - versionIn(b) })), nil
}

func versionIn(path string) int {
	n, _ := strconv.Atoi(strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r < '0' || r > '9' }), ""))
	return n
}
