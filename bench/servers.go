package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// server is a server that is measured, a process of its own.
type server struct {
	name     string
	address  string
	cmd      *exec.Cmd
	stdin    io.WriteCloser // the process ends when it is closed
	stdout   *bufio.Reader
	isGo     bool          // whether it reports its allocations
	started  time.Duration // from the start of the process to the first answer
	requests func(o operation, i inputs, n int64) (request, bool)
}

// launch starts a process and waits until it answers a request.
func launch(ctx context.Context, name string, cmd *exec.Cmd, address string, probe request) (*server, error) {
	start := time.Now()
	s, err := spawn(name, cmd, address)
	if err != nil {
		return nil, err
	}
	if err := s.wait(ctx, probe); err != nil {
		s.stop()
		return nil, fmt.Errorf("%s does not answer: %w", name, err)
	}
	s.started = time.Since(start)
	return s, nil
}

// spawn starts a process that ends when its standard input does.
func spawn(name string, cmd *exec.Cmd, address string) (*server, error) {
	s := &server{name: name, address: address, cmd: cmd, requests: callbookRequest}
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.stdin, s.stdout = stdin, bufio.NewReader(stdout)
	return s, cmd.Start()
}

// wait sends the probe until it is answered.
func (s *server) wait(ctx context.Context, probe request) error {
	deadline := time.Now().Add(time.Minute)
	for {
		c, err := dial(ctx, s.address)
		if err == nil {
			_, err = c.send(probe)
			c.close()
		}
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		<-time.After(2 * time.Millisecond)
	}
}

// stop ends the process: it ends with its input, or is killed after some seconds.
func (s *server) stop() {
	s.stdin.Close()
	timer := time.AfterFunc(5*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	_, _ = io.Copy(io.Discard, s.stdout)
	_ = s.cmd.Wait()
}

// allocations returns what a Go server has allocated; nothing of others.
func (s *server) allocations() (a allocations, err error) {
	if !s.isGo {
		return a, nil
	}
	if _, err := io.WriteString(s.stdin, "allocations\n"); err != nil {
		return a, err
	}
	line, err := s.stdout.ReadBytes('\n')
	if err != nil {
		return a, errors.Join(errors.New(s.name+" ended"), err)
	}
	return a, json.Unmarshal(line, &a)
}

// freeAddress returns an address of loopback on which nothing listens.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// child returns the command that runs this program in a role, on an address of its own.
func child(role, dsn string) (cmd *exec.Cmd, address string, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	if address, err = freeAddress(); err != nil {
		return nil, "", err
	}
	cmd = exec.Command(program, address, dsn)
	cmd.Env = append(os.Environ(), childRole+"="+role)
	return cmd, address, nil
}

// startGo starts this program as a server: callbook or hand.
func startGo(ctx context.Context, name, dsn string, probe request) (*server, error) {
	cmd, address, err := child(name, dsn)
	if err != nil {
		return nil, err
	}
	s, err := launch(ctx, name, cmd, address, probe)
	if err != nil {
		return nil, err
	}
	s.isGo = true
	return s, nil
}

// startServe starts this program as the command serve with its own limits, and waits until it is ready.
func startServe(ctx context.Context, dsn string) (*server, error) {
	cmd, address, err := child("serve", dsn)
	if err != nil {
		return nil, err
	}
	s, err := spawn("serve", cmd, address)
	if err != nil {
		return nil, err
	}
	s.isGo = true
	for end := time.Now().Add(time.Minute); ; wait(ctx, 20*time.Millisecond) {
		response, err := http.Get("http://" + address + "/readyz")
		if err == nil {
			response.Body.Close()
		}
		if err == nil && response.StatusCode == http.StatusOK {
			return s, nil
		}
		if ctx.Err() != nil || time.Now().After(end) {
			s.stop()
			return nil, fmt.Errorf("the server is not ready: %w", errors.Join(err, ctx.Err()))
		}
	}
}
