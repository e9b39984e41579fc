// Package cluster starts a private PostgreSQL server from the machine's binaries, for tests and benchmarks.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNoBinaries says that PostgreSQL is not installed.
var ErrNoBinaries = errors.New("no PostgreSQL binaries on PATH or in the usual folders")

// Options say which server to start.
type Options struct {
	Data     string            // folder of the data; a new one, which Stop removes, where empty
	Temp     string            // folder for the socket, the log and such data; the system's where empty
	Settings map[string]string // of postgresql.conf, by name
}

// Cluster is a server that runs on a Unix socket of its own. It ends when this process does, however that ends.
type Cluster struct {
	Bin    string // folder of PostgreSQL's programs
	dir    string // of the socket and the log
	data   string
	hold   *os.File // the server ends when this is closed
	server *exec.Cmd
}

// Start starts a server and waits until it answers. It returns ErrNoBinaries where PostgreSQL is not installed.
func Start(o Options) (c *Cluster, err error) {
	c = &Cluster{}
	if c.Bin, err = findBinaries(); err != nil {
		return nil, err
	}
	user, err := unprivileged()
	if err != nil {
		return nil, err
	}
	// Unix sockets have short paths, so not below the folder of a test.
	if c.dir, err = os.MkdirTemp(o.Temp, "cbpg"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.Stop()
		}
	}()
	if err := user.own(c.dir); err != nil {
		return nil, err
	}
	if c.data = o.Data; c.data == "" {
		c.data = filepath.Join(c.dir, "data")
	}
	if err := c.initialize(user); err != nil {
		return nil, err
	}
	if err := c.run(user, o.Settings); err != nil {
		return nil, err
	}
	return c, c.wait()
}

// initialize makes the data of a new server where there is none.
func (c *Cluster) initialize(user account) error {
	if _, err := os.Stat(filepath.Join(c.data, "PG_VERSION")); err == nil {
		return nil
	}
	if err := os.MkdirAll(c.data, 0o700); err != nil {
		return err
	}
	if err := user.own(c.data); err != nil {
		return err
	}
	initdb := user.command(filepath.Join(c.Bin, "initdb"),
		"-D", c.data, "-U", "callbook", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// run starts the server under a shell that waits for the end of its input, which comes when this process ends,
// however it ends, and then stops the server: at once where Stop removes the data, else so that they are whole.
func (c *Cluster) run(user account, settings map[string]string) error {
	const script = `"$0" "$@" </dev/null >"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -$SIGNAL $server; wait $server`
	args := []string{"-c", script, filepath.Join(c.Bin, "postgres"), "-D", c.data, "-k", c.dir, "-c", "listen_addresses="}
	for name, value := range settings {
		args = append(args, "-c", name+"="+value)
	}
	server := user.command("/bin/sh", args...)
	signal := "INT"
	if strings.HasPrefix(c.data, c.dir) {
		signal = "QUIT"
	}
	server.Env = append(os.Environ(), "LOG="+c.LogPath(), "SIGNAL="+signal)
	stdin, hold, err := os.Pipe()
	if err != nil {
		return err
	}
	defer stdin.Close()
	server.Stdin, c.hold = stdin, hold
	if err := server.Start(); err != nil {
		return errors.Join(err, hold.Close())
	}
	c.server = server
	return nil
}

func (c *Cluster) wait() error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		conn, err := pgx.Connect(context.Background(), c.DSN("postgres"))
		if err == nil {
			return conn.Close(context.Background())
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(c.LogPath())
			return fmt.Errorf("PostgreSQL did not start: %w\n%s", err, log)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// DSN returns the address of a database of the server.
func (c *Cluster) DSN(database string) string {
	return fmt.Sprintf("postgres://callbook@/%s?host=%s", database, url.QueryEscape(c.dir))
}

// LogPath returns the path of the server's log.
func (c *Cluster) LogPath() string { return filepath.Join(c.dir, "log") }

// PID returns the process id of the server's first process, whose children do the work.
func (c *Cluster) PID() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.data, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(line)
}

// Stop ends the server, and removes what Start made in temporary folders.
func (c *Cluster) Stop() {
	if c.server != nil {
		c.hold.Close()
		_ = c.server.Wait()
	}
	os.RemoveAll(c.dir)
}
