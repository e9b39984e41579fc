package dbtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"callbook/db/dbtest/cluster"
)

// shared is what the tests of one package share.
var shared sharing

type sharing struct {
	sqlite   sqlite
	postgres postgres
}

// temp is the folder for temporary files as it was when the process began: what tests share outlives a TMPDIR that one
// of them sets.
var temp = os.TempDir()

func (s *sharing) close() {
	s.postgres.stop()
	s.sqlite.remove()
}

// postgres is a PostgreSQL to test on: the one in TEST_DATABASE_URL, otherwise a private one from the machine's
// binaries.
type postgres struct {
	once      sync.Once
	err       error
	admin     string // DSN of a database from which others can be made
	prefix    string // of the databases made
	isCitus   bool   // whether databases have the extension citus
	private   *cluster.Cluster
	mu        sync.Mutex
	databases map[string]string // DSN by name

	migrated   sync.Once // the database that others are copies of
	migrateErr error
}

// needPostgres starts the cluster, or skips the test and says so on stderr; under REQUIRE_POSTGRES=1 absence is a
// failure.
func needPostgres(t testing.TB) {
	t.Helper()
	p := &shared.postgres
	p.once.Do(func() {
		p.err = p.start()
		if errors.Is(p.err, cluster.ErrNoBinaries) {
			fmt.Fprintf(os.Stderr, "\n*** PostgreSQL cases are SKIPPED: %v, and TEST_DATABASE_URL is not set ***\n\n", p.err)
		}
	})
	switch {
	case p.err == nil:
	case errors.Is(p.err, cluster.ErrNoBinaries) && os.Getenv("REQUIRE_POSTGRES") != "1":
		t.Skip(p.err)
	default:
		t.Fatal(p.err)
	}
}

// start starts a private server that does not wait for the disk, unless TEST_DATABASE_URL names one.
func (p *postgres) start() (err error) {
	p.databases = map[string]string{}
	p.prefix = "callbook_" + strconv.Itoa(os.Getpid()) + "_"
	if p.admin = os.Getenv("TEST_DATABASE_URL"); p.admin != "" {
		p.isCitus, err = hasCitus(p.admin)
		return err
	}
	settings := map[string]string{
		"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300",
		"wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "256MB",
	}
	if checksPlans() {
		maps.Copy(settings, planSettings)
	}
	p.private, err = cluster.Start(cluster.Options{Temp: temp, Settings: settings})
	if err != nil {
		return err
	}
	p.admin = p.private.DSN("postgres")
	return nil
}

// database creates a database the first time and returns its DSN.
func (p *postgres) database(t testing.TB, name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if dsn, ok := p.databases[name]; ok {
		return dsn
	}
	dsn := p.create(t, name, "template0 ENCODING 'UTF8'")
	if p.isCitus && name == "shared" {
		if err := distribute(dsn); err != nil {
			t.Fatal(err)
		}
	}
	return dsn
}

// create creates a database from a template and returns its DSN.
func (p *postgres) create(t testing.TB, name, template string) string {
	create := "CREATE DATABASE " + p.prefix + name + " TEMPLATE " + template
	// A collation that is not by bytes shows where SQL forgets to ask for one. Servers before 15 have none by database,
	// and always copy files.
	if p.try(create+" STRATEGY file_copy LOCALE_PROVIDER icu ICU_LOCALE 'en-US'") != nil {
		p.exec(t, create)
	}
	u, err := url.Parse(p.admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + p.prefix + name
	p.databases[name] = u.String()
	return u.String()
}

func (p *postgres) exec(t testing.TB, statement string) {
	if err := p.try(statement); err != nil {
		t.Fatal(err)
	}
}

func (p *postgres) try(statement string) error { return run(p.admin, statement) }

// run runs statements on a database, on a connection of its own.
func run(dsn string, statements ...string) error {
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	for _, statement := range statements {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			return err
		}
	}
	return nil
}

// stop ends the private cluster, or drops the databases made on another's.
func (p *postgres) stop() {
	if p.private != nil {
		p.private.Stop()
		return
	}
	conn, err := pgx.Connect(context.Background(), p.admin)
	if p.admin == "" || err != nil {
		return
	}
	defer conn.Close(context.Background())
	for name := range p.databases {
		_, _ = conn.Exec(context.Background(), "DROP DATABASE "+p.prefix+name+" WITH (FORCE)")
	}
}
