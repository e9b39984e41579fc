package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"callbook/web"
)

const (
	cancelledTime     = 2 * time.Second // for requests that were cancelled when the server stopped, to be told so
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	writeTimeout      = 2 * time.Minute // of responses that set no time of their own
	maxHeaderBytes    = 64 << 10
)

// stopFlags say how the server stops.
type stopFlags struct {
	ShutdownTimeout time.Duration `env:"CALLBOOK_SHUTDOWN_TIMEOUT" default:"20s" help:"${help_shutdown_timeout}"`
	DrainDelay      time.Duration `env:"CALLBOOK_DRAIN_DELAY" default:"0s" help:"${help_drain_delay}"`
}

// check refuses times that are none.
func (f stopFlags) check() error {
	if f.ShutdownTimeout <= 0 {
		return fmt.Errorf("--shutdown-timeout: %s is no time for requests to finish, such as 20s", f.ShutdownTimeout)
	}
	if f.DrainDelay < 0 {
		return fmt.Errorf("--drain-delay: %s is less than 0s", f.DrainDelay)
	}
	return nil
}

// stopping returns a context that ends a drain delay after ctx does, or when end is called.
func (f stopFlags) stopping(ctx context.Context) (stopping context.Context, end func()) {
	stopping, end = context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		if f.DrainDelay > 0 {
			slog.Info("stopping: requests are served for a while, and /readyz answers 503", "delay", f.DrainDelay)
		}
		time.AfterFunc(f.DrainDelay, end)
	})
	return stopping, end
}

// serve serves requests until ctx ends and those under way are finished, on so many connections at the most.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, connections int, f stopFlags) error {
	running, cancelRunning := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRunning()
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return running },
	}
	listener = web.NewConnections(connections).Bound(server, listener)
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stopped <- f.shutDown(server, cancelRunning)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// shutDown lets the requests under way finish. Those that take too long have their statements cancelled and are told
// so.
func (f stopFlags) shutDown(server *http.Server, cancelRunning func()) error {
	ctx, cancel := context.WithTimeout(context.Background(), f.ShutdownTimeout)
	defer cancel()
	if server.Shutdown(ctx) == nil {
		return nil
	}
	cancelRunning()
	ctx, cancel = context.WithTimeout(context.Background(), cancelledTime)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		_ = server.Close()
	}
	return fmt.Errorf("requests were still running after %s and were cut off", f.ShutdownTimeout)
}

// waitFor waits for websockets to finish what they do: they use the database, which closes then.
func (f stopFlags) waitFor(websockets *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		websockets.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(f.ShutdownTimeout):
		return fmt.Errorf("websockets were still at work after %s and were cut off", f.ShutdownTimeout)
	}
}
