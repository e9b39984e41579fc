package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"callbook/auth"
	"callbook/db"
	"callbook/demo"
	"callbook/graph/operation"
	"callbook/jobs"
	"callbook/model"
	"callbook/text"
	"callbook/web"
)

// maxJobs is the most that --jobs may be: each takes a connection of those that read.
const maxJobs = 100

type serveCommand struct {
	dbFlag
	Addr           string   `env:"CALLBOOK_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"${help_addr}"`
	Demo           bool     `help:"${help_demo}"`
	AllowedOrigin  []string `env:"CALLBOOK_ALLOWED_ORIGIN" placeholder:"ORIGIN" help:"${help_allowed_origin}"`
	AllowedHost    []string `env:"CALLBOOK_ALLOWED_HOST" placeholder:"NAME" help:"${help_allowed_host}"`
	InsecureNoAuth bool     `env:"CALLBOOK_INSECURE_NO_AUTH" help:"${help_insecure_no_auth}"`
	Production     bool     `env:"CALLBOOK_PRODUCTION" help:"${help_production}"`
	Introspection  string   `enum:"auto,on,off" default:"auto" env:"CALLBOOK_INTROSPECTION" help:"${help_introspection}"`
	Documents      string   `type:"existingdir" env:"CALLBOOK_DOCUMENTS" placeholder:"DIR" help:"${help_documents}"`
	Executor       string   `enum:"fast,gqlgen" default:"fast" env:"CALLBOOK_EXECUTOR" help:"${help_executor}"`
	auditFlag
	stopFlags

	Connections connectionFlags `embed:"" prefix:"db-" envprefix:"CALLBOOK_DB_"`

	Jobs  int    `env:"CALLBOOK_JOBS" default:"${jobs}" placeholder:"N" help:"${help_jobs}"`
	Files string `env:"CALLBOOK_FILES" placeholder:"DIR" help:"${help_files}"`

	EventRetention time.Duration `env:"CALLBOOK_EVENT_RETENTION" default:"168h" placeholder:"TIME" help:"${help_events}"`

	Jwt   jwtFlags   `embed:"" prefix:"jwt-" envprefix:"CALLBOOK_JWT_" group:"JWT bearer tokens"`
	Limit limitFlags `embed:"" prefix:"limit-" envprefix:"CALLBOOK_LIMIT_" group:"Limits"`
}

var serveTexts = kong.Vars{
	"help_addr": "Where to listen; loopback alone until there are credentials (default: 127.0.0.1:8080).",
	"help_demo": "Serve a throwaway database filled with a sample instead, without credentials, and allow loopback " +
		"origins.",
	"help_allowed_origin": "Origins whose pages may call the server, such as https://app.example.com.",
	"help_allowed_host": "Names under which the server answers, beside localhost; any, where credentials are needed " +
		"and none is named.",
	"help_insecure_no_auth": "Let everybody do everything without a credential, on any address.",
	"help_production":       "No explorer, no introspection, no suggestions in errors.",
	"help_introspection":    "Whether clients may read the schema: auto, on, off; auto is on, but off in production.",
	"help_documents": "Serve only the persisted documents of this folder: *.graphql, and *.json manifests of Relay or " +
		"Apollo.",
	"jobs": strconv.Itoa(jobs.DefaultRunning),
	"help_jobs": "Most jobs, such as exports, that this process runs at once (default: ${jobs}); 0 leaves them to other " +
		"processes.",
	"help_files": "Folder for the bytes of uploads and exports, which processes on one database share; in the database " +
		"where it is left out.",
	"help_events": "How long changes are kept for subscriptions that go on and for the list changes, from 1h on " +
		"(default: 168h).",
	"help_executor": "What executes queries and mutations: fast, or gqlgen, which answers the same, slower " +
		"(default: fast).",
	"help_audit_log": "Append audit lines to this file, as JSON, instead of the log.",
	"help_shutdown_timeout": "How long requests under way may take when the server stops; then they are cancelled " +
		"(default: 20s).",
	"help_drain_delay": "How long the server goes on serving after it was told to stop, while /readyz answers 503 " +
		"(default: 0s).",
}

// Run serves until ctx ends, then finishes the requests under way and closes the database.
func (s serveCommand) Run(ctx context.Context, c Console, schema Schema) (err error) {
	if err := s.checkFlags(); err != nil {
		return err
	}
	closeLog, err := s.auditFlag.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	defer limitMemory(s.Limit.Memory)()
	dsn, removeDemo, err := s.database()
	if err != nil {
		return err
	}
	defer removeDemo()
	listener, err := s.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	options := s.Connections.options(dsn)
	options.Files, options.EventAge = s.Files, s.EventRetention
	d, err := db.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	stopping, endStopping := s.stopping(ctx)
	defer endStopping()
	defer s.runJobs(stopping, d, endStopping)()
	var websockets sync.WaitGroup
	site, err := s.site(ctx, stopping, d, schema, &websockets)
	if err != nil {
		return err
	}
	if s.Demo {
		if err := demo.Fill(model.WithActor(ctx, localAdministrator), d, time.Now()); err != nil {
			return err
		}
	}
	s.announce(c, listener.Addr())
	err = serve(stopping, listener, site, s.Limit.Connections, s.stopFlags)
	return errors.Join(err, s.waitFor(&websockets))
}

// runJobs runs jobs until stopping ends. It returns a function that ends that, and waits until those under way are
// handed back.
func (s serveCommand) runJobs(stopping context.Context, d *db.DB, endStopping func()) (wait func()) {
	if s.Jobs == 0 {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		jobs.NewRunner(jobs.Options{DB: d, Running: s.Jobs}).Run(stopping)
	}()
	return func() {
		endStopping()
		<-done
	}
}

// database returns the database to serve: that of the flag, or a new one in a temporary folder, which remove removes.
func (s serveCommand) database() (dsn string, remove func(), err error) {
	if !s.Demo {
		return s.DB, func() {}, nil
	}
	folder, err := os.MkdirTemp("", "callbook-demo-")
	if err != nil {
		return "", nil, err
	}
	return "sqlite:" + folder + "/demo.db", func() { _ = os.RemoveAll(folder) }, nil
}

func (s serveCommand) listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", s.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("--addr: %s is in use; name another port", s.Addr)
	} else if err != nil {
		return nil, fmt.Errorf("--addr: %w", err)
	}
	return listener, nil
}

// site is the site as the flags say. ctx ends when the server is told to stop, stopping when it begins to.
func (s serveCommand) site(
	ctx, stopping context.Context, d *db.DB, schema Schema, websockets *sync.WaitGroup,
) (http.Handler, error) {
	signIn, err := s.credentials(ctx, d)
	if err != nil {
		return nil, err
	}
	limits := s.Limit.limits()
	if err := limits.Check(); err != nil {
		return nil, err
	}
	var documents map[string]string
	if s.Documents != "" {
		if documents, err = operation.LoadDocuments(s.Documents); err != nil {
			return nil, fmt.Errorf("--documents: %w", err)
		}
	}
	site, err := web.New(web.Options{
		DB:            d,
		Auth:          signIn,
		Limits:        limits,
		Schema:        string(schema),
		Documents:     documents,
		Introspection: s.Introspection == "on" || s.Introspection == "auto" && !s.Production,
		Suggestions:   !s.Production,
		Explorer:      !s.Production,
		Gqlgen:        s.Executor == "gqlgen",
		AllowsOrigin:  web.AllowedOrigins(s.AllowedOrigin, s.Demo),
		AllowsHost: web.AllowedHosts(web.HostRules{
			Named: s.AllowedHost, NeedsCredential: signIn.Anonymous == nil, AllowsAddresses: s.InsecureNoAuth,
		}),
		Draining: ctx,
		Stopping: stopping,
		UnderWay: websockets,
	})
	if err != nil {
		return nil, fmt.Errorf("--documents: %w", err)
	}
	return site, nil
}

// checkFlags refuses flags that would do nothing, or too much.
func (s serveCommand) checkFlags() error {
	if _, _, err := net.SplitHostPort(s.Addr); err != nil {
		return fmt.Errorf("--addr: %s is not of the form HOST:PORT, such as 127.0.0.1:8080", s.Addr)
	}
	if s.Demo && s.DB != defaultDSN && s.DB != os.Getenv("DATABASE_URL") {
		return errors.New("--demo serves a database of its own; leave out --db")
	}
	if s.Jobs < 0 || s.Jobs > maxJobs {
		return fmt.Errorf("--jobs: must be from 0 to %d", maxJobs)
	}
	if s.EventRetention < db.MinEventAge || s.EventRetention > db.MaxEventAge {
		return fmt.Errorf("--event-retention: must be from %s to %s", db.MinEventAge, db.MaxEventAge)
	}
	if err := errors.Join(s.stopFlags.check(), s.Connections.check()); err != nil {
		return err
	}
	for _, origin := range s.AllowedOrigin {
		if !isOrigin(origin) {
			return fmt.Errorf("--allowed-origin: %s is no origin; name scheme and host, such as https://app.example.com",
				text.Quote(origin))
		}
	}
	return nil
}

func isOrigin(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	return u.Host != "" && strings.TrimSuffix(u.Path, "/") == "" && u.RawQuery == ""
}

// announce says where the server listens, to the log and to people.
func (s serveCommand) announce(c Console, addr net.Addr) {
	database := db.Describe(s.DB)
	if s.Demo {
		database = "a sample, thrown away at the end"
	}
	slog.Info("listening", "address", addr.String(), "database", database)
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		addr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tcp.Port}
	}
	explore := fmt.Sprintf("Open http://%s/ to explore; the", addr)
	if s.Production {
		explore = "The"
	}
	fmt.Fprintf(c.Out, "Callbook is ready. %s endpoint is http://%s/graphql.\nDatabase: %s. Ctrl-C stops.\n",
		explore, addr, database)
}

var errNoCredentials = errors.New("--addr: without credentials the server listens on loopback alone; create an " +
	"API key with `callbook key create`, name a JWKS URL with --jwt-jwks-url, or let everybody do everything with " +
	"--insecure-no-auth")

// credentials says which credentials are accepted. Where there are none, everybody on this machine may do everything.
func (s serveCommand) credentials(ctx context.Context, d *db.DB) (*auth.Auth, error) {
	options := auth.Options{Key: d.APIKey, NoteUse: d.NoteKeyUse}
	var err error
	if options.Tokens, err = s.Jwt.tokens(ctx); err != nil {
		return nil, err
	}
	hasKeys, err := d.HasAPIKeys(ctx)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(s.Addr) // checkFlags has checked it
	switch {
	case s.InsecureNoAuth:
		slog.Warn("--insecure-no-auth: whoever reaches the server may do everything, without a credential")
		options.Anonymous = &localAdministrator
	case options.Tokens != nil || hasKeys:
	case !auth.IsLoopback(host):
		return nil, errNoCredentials
	default:
		slog.Warn("there are no credentials: whoever is on this machine may do everything, and the server answers to it " +
			"alone; callbook key create makes the first one, which ends that within seconds")
		options.Anonymous, options.HasCredentials = &localAdministrator, d.HasAPIKeys
	}
	return auth.New(options), nil
}
