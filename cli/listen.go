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
)

const (
	shutdownTime      = 20 * time.Second // for requests under way when the server stops
	cancelledTime     = 2 * time.Second  // for those that were cancelled then, to be told so
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// serve serves requests until ctx ends and those under way are finished.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	running, cancelRunning := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRunning()
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return running },
	}
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

// shutDown lets the requests under way finish. Those that take too long have their statements cancelled and are told
// so.
func shutDown(server *http.Server, cancelRunning func()) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
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
	return fmt.Errorf("requests were still running after %s and were cut off", shutdownTime)
}

// waitFor waits for websockets to finish what they do: they use the database, which closes then.
func waitFor(websockets *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		websockets.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(shutdownTime):
		return fmt.Errorf("websockets were still at work after %s and were cut off", shutdownTime)
	}
}
