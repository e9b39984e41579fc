// Callbook serves phone calls over GraphQL: CRM calls, the records of AI outbound-call robots, and their transcripts.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	_ "time/tzdata" // the machine may have no zones

	"github.com/alecthomas/kong"

	"golang.org/x/net/netutil"

	"callbook/auth"
	"callbook/db"
	"callbook/graph"
	"callbook/model"
	"callbook/text"
)

//go:generate go tool gqlgen generate

const (
	version    = "0.1.0"
	defaultDSN = "sqlite:callbook.db"
)

//go:embed schema.graphqls
var schemaText string

// local is who every request acts for until credentials exist.
var local = model.NewActor(1, "local", []model.Role{model.RoleAdmin}, nil)

// cli is the command line. Flags win over the environment, the environment over defaults.
type cli struct {
	Serve   serveCmd   `cmd:"" default:"withargs" help:"Serve GraphQL (the default)."`
	Load    loadCmd    `cmd:"" help:"Load calls and call records from JSON files."`
	Key     keyCmd     `cmd:"" help:"Create, list and revoke API keys."`
	Migrate migrateCmd `cmd:"" help:"Bring the database's schema up to date, or show where it stands."`
	Version versionCmd `cmd:"" help:"Print the version."`

	LogFormat string `enum:"text,json" default:"text" env:"CALLBOOK_LOG_FORMAT" help:"Form of the log: ${enum}."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" env:"CALLBOOK_LOG_LEVEL" help:"Least level logged, audit lines aside: ${enum}."`
}

// dbFlag is the database, for the commands that use one.
type dbFlag struct {
	DB string `name:"db" env:"DATABASE_URL" default:"sqlite:callbook.db" placeholder:"URL" help:"Database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME (default: ${default})."`
}

// zoneFlag is the time zone, for the commands that read times.
type zoneFlag struct {
	TimeZone string `env:"CALLBOOK_TIME_ZONE" default:"Asia/Shanghai" placeholder:"ZONE" help:"Zone of times that come without one (default: ${default})."`
}

// tenantFlag is the tenant, for the commands that work in one.
type tenantFlag struct {
	Tenant tenantNumber `default:"1" placeholder:"N" help:"Tenant whose data it is (default: ${default})."`
}

// tenantNumber is a tenant on the command line.
type tenantNumber int64

func (n *tenantNumber) UnmarshalText(text []byte) error {
	number, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || number < 1 || number >= 1e18 {
		return errors.New("must be a number from 1 to 999999999999999999")
	}
	*n = tenantNumber(number)
	return nil
}

func (z zoneFlag) location() (*time.Location, error) {
	location, err := time.LoadLocation(z.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("--time-zone: %q is no zone of the IANA database, such as Asia/Shanghai", z.TimeZone)
	}
	return location, nil
}

// console is where a command talks to people.
type console struct {
	in  io.Reader
	out io.Writer // results
	err io.Writer // messages and progress
}

func main() {
	tuneMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	os.Exit(run(ctx, os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr}))
}

// run is the whole program but for the process: it answers the exit code.
func run(ctx context.Context, args []string, c console) (code int) {
	var flags cli
	exited := -1
	parser := kong.Must(&flags, kong.Name("callbook"), kong.Description("Phone calls over GraphQL."),
		kong.Writers(c.out, c.err), kong.Exit(func(code int) { exited = code }), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c))
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintf(c.err, "callbook: %v; see callbook --help\n", err)
		return 2
	}
	setLog(c.err, flags.LogFormat, flags.LogLevel)
	if err := command.Run(); err != nil {
		if message := err.Error(); message != "" {
			fmt.Fprintf(c.err, "callbook: %s\n", strings.ReplaceAll(message, "\n", "; "))
		}
		return 1
	}
	return 0
}

func setLog(w io.Writer, format, level string) {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // kong has checked it
	options := &slog.HandlerOptions{Level: l}
	if format == "json" {
		slog.SetDefault(slog.New(slog.NewJSONHandler(w, options)))
		auth.SetAuditLog(slog.New(slog.NewJSONHandler(w, nil)))
		return
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(w, options)))
	auth.SetAuditLog(slog.New(slog.NewTextHandler(w, nil)))
}

// tuneMemory trades a little memory for a fifth to two fifths of the CPU, unless the environment says otherwise.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(1 << 30)
	}
}

type versionCmd struct{}

func (versionCmd) Run(c console) error {
	_, err := fmt.Fprintln(c.out, "callbook", version)
	return err
}

type serveCmd struct {
	dbFlag
	Addr           string   `env:"CALLBOOK_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; loopback alone until there are credentials (default: ${default})."`
	Demo           bool     `help:"Serve a throwaway database filled with a sample instead, without credentials, and allow loopback origins."`
	AllowedOrigin  []string `env:"CALLBOOK_ALLOWED_ORIGIN" placeholder:"ORIGIN" help:"Origins whose pages may call the server, such as https://app.example.com."`
	AllowedHost    []string `env:"CALLBOOK_ALLOWED_HOST" placeholder:"NAME" help:"Names under which the server answers, beside localhost; any, where credentials are needed and none is named."`
	InsecureNoAuth bool     `env:"CALLBOOK_INSECURE_NO_AUTH" help:"Let everybody do everything without a credential, on any address."`
	Production     bool     `env:"CALLBOOK_PRODUCTION" help:"No explorer, no introspection, no suggestions in errors."`
	Introspection  string   `enum:"auto,on,off" default:"auto" env:"CALLBOOK_INTROSPECTION" help:"Whether clients may read the schema: ${enum}; auto is on, but off in production."`
	Documents      string   `type:"existingdir" env:"CALLBOOK_DOCUMENTS" placeholder:"DIR" help:"Serve only the persisted documents of this folder: *.graphql, and *.json manifests of Relay or Apollo."`
	AuditLog       string   `env:"CALLBOOK_AUDIT_LOG" placeholder:"FILE" help:"Append audit lines to this file, as JSON, instead of the log."`

	Jwt   jwtFlags     `embed:"" prefix:"jwt-" group:"JWT bearer tokens"`
	Limit graph.Limits `embed:"" prefix:"limit-" envprefix:"CALLBOOK_LIMIT_" group:"Limits"`
}

const shutdownPatience = 20 * time.Second

// Run serves until ctx ends, then finishes the requests under way and closes the database.
func (s serveCmd) Run(ctx context.Context, c console) (err error) {
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %s is not of the form HOST:PORT, such as 127.0.0.1:8080", s.Addr)
	}
	if err := s.checkFlags(); err != nil {
		return err
	}
	closeLog, err := openAuditLog(s.AuditLog)
	if err != nil {
		return fmt.Errorf("--audit-log: %w", err)
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	options := db.Options{DSN: s.DB}
	if s.Demo {
		folder, err := os.MkdirTemp("", "callbook-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		options.DSN = "sqlite:" + folder + "/demo.db"
	}
	listener, err := net.Listen("tcp", s.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("--addr: %s is in use; name another port", s.Addr)
	} else if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	defer listener.Close()
	d, err := db.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	door, err := s.credentials(ctx, d, auth.IsLoopback(host))
	if err != nil {
		return err
	}
	var sockets sync.WaitGroup
	handler, err := s.handler(ctx, d, door, &sockets)
	if err != nil {
		return err
	}
	if s.Demo {
		if err := fillDemo(model.WithActor(ctx, local), d, time.Now()); err != nil {
			return err
		}
	}
	s.announce(c, listener.Addr())
	err = serve(ctx, netutil.LimitListener(listener, s.Limit.Connections), handler)
	return errors.Join(err, waitFor(&sockets))
}

// waitFor waits for websockets to finish what they do; the database closes then.
func waitFor(sockets *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		sockets.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(shutdownPatience):
		return fmt.Errorf("websockets were still at work after %s and were cut off", shutdownPatience)
	}
}

// handler is the site as the flags say.
func (s serveCmd) handler(ctx context.Context, d *db.DB, door *auth.Auth, sockets *sync.WaitGroup) (http.Handler, error) {
	options := graph.Options{DB: d, Auth: door, Limits: s.Limit, Suggestions: !s.Production, Stopping: ctx, UnderWay: sockets,
		Introspection: s.Introspection == "on" || s.Introspection == "auto" && !s.Production}
	if s.Documents != "" {
		var err error
		if options.Documents, err = graph.LoadDocuments(s.Documents); err != nil {
			return nil, fmt.Errorf("--documents: %w", err)
		}
	}
	if err := s.Limit.Check(); err != nil {
		return nil, err
	}
	handler, err := site{Options: options, allowsOrigin: s.allowsOrigin, allowsHost: s.allowsHost(door), production: s.Production}.routes()
	if err != nil {
		return nil, fmt.Errorf("--documents: %w", err)
	}
	return handler, nil
}

// allowsHost tells under which names the server answers. Where credentials are needed, a page of another site gains nothing by a
// name of its own, for it has none of them.
func (s serveCmd) allowsHost(door *auth.Auth) func(string) bool {
	return func(host string) bool {
		for _, allowed := range s.AllowedHost {
			if strings.EqualFold(allowed, host) {
				return true
			}
		}
		if door.Anonymous == nil && len(s.AllowedHost) == 0 {
			return true
		}
		return auth.IsLoopback(host) || s.InsecureNoAuth && isAddress(host)
	}
}

func (s serveCmd) allowsOrigin(origin string) bool {
	for _, allowed := range s.AllowedOrigin {
		if strings.EqualFold(strings.TrimSuffix(allowed, "/"), origin) {
			return true
		}
	}
	if !s.Demo {
		return false
	}
	u, err := url.Parse(origin)
	return err == nil && auth.IsLoopback(u.Hostname())
}

// checkFlags refuses flags that would do nothing, or too much.
func (s serveCmd) checkFlags() error {
	if s.Demo && s.DB != defaultDSN && s.DB != os.Getenv("DATABASE_URL") {
		return errors.New("--demo serves a database of its own; leave out --db")
	}
	for _, origin := range s.AllowedOrigin {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.TrimSuffix(u.Path, "/") != "" || u.RawQuery != "" {
			return fmt.Errorf("--allowed-origin: %s is no origin; name scheme and host, such as https://app.example.com", text.Quote(origin))
		}
	}
	return nil
}

func (s serveCmd) announce(c console, addr net.Addr) {
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
	fmt.Fprintf(c.out, "Callbook is ready. %s endpoint is http://%s/graphql.\nDatabase: %s. Ctrl-C stops.\n", explore, addr, database)
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	running, cancelRunning := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRunning()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return running }}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stopped <- shutDown(server, cancelRunning)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// shutDown lets the requests under way finish; those that take too long have their statements cancelled and are told.
func shutDown(server *http.Server, cancelRunning func()) error {
	patience, cancel := context.WithTimeout(context.Background(), shutdownPatience)
	defer cancel()
	if server.Shutdown(patience) == nil {
		return nil
	}
	cancelRunning()
	farewell, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(farewell); err != nil {
		_ = server.Close()
	}
	return fmt.Errorf("requests were still running after %s and were cut off", shutdownPatience)
}
