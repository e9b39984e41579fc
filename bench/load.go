package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// request is what is sent: the body and its media type.
type request struct {
	contentType string
	body        []byte
}

// connection is a connection to a server that stays open.
type connection struct {
	conn   net.Conn
	reader *bufio.Reader
	answer bytes.Buffer
}

func dial(ctx context.Context, address string) (*connection, error) {
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{conn: conn, reader: bufio.NewReaderSize(conn, 1<<16)}, nil
}

func (c *connection) close() { c.conn.Close() }

// send sends a request and returns the body of the answer, which is good until the next one. An answer without data is
// an error.
func (c *connection) send(r request) ([]byte, error) {
	head := "POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nGraphQL-Preflight: 1\r\n" +
		"Content-Type: " + r.contentType + "\r\nContent-Length: " + strconv.Itoa(len(r.body)) + "\r\n\r\n"
	_ = c.conn.SetDeadline(time.Now().Add(10 * time.Minute))
	buffers := net.Buffers{[]byte(head), r.body}
	if _, err := buffers.WriteTo(c.conn); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	c.answer.Reset()
	if _, err := io.Copy(&c.answer, response.Body); err != nil {
		return nil, err
	}
	answer := c.answer.Bytes()
	if response.StatusCode != http.StatusOK || !bytes.HasPrefix(answer, []byte(`{"data":{"`)) {
		return nil, fmt.Errorf("the answer is %s %.600s", response.Status, answer)
	}
	return answer, nil
}

// load is what a burst of requests has to say.
type load struct {
	requests int
	time     time.Duration
	latency  []time.Duration // sorted
}

// quantile returns the latency that a share of the requests does not exceed.
func (l load) quantile(share float64) time.Duration {
	if len(l.latency) == 0 {
		return 0
	}
	return l.latency[min(int(share*float64(len(l.latency))), len(l.latency)-1)]
}

// burst sends requests for a time from so many clients, each on a connection of its own that stays open, and waits for
// all answers: one from each client at least. Requests are numbered by next.
func burst(ctx context.Context, address string, clients int, duration time.Duration, next *atomic.Int64,
	make func(n int64) request,
) (load, error) {
	connections, err := dialAll(ctx, address, clients)
	if err != nil {
		return load{}, err
	}
	var group sync.WaitGroup
	latencies, errs := [][]time.Duration{}, []error{}
	var mu sync.Mutex
	start := time.Now()
	for _, c := range connections {
		group.Go(func() {
			defer c.close()
			latency, err := c.keepSending(ctx, start.Add(duration), next, make)
			mu.Lock()
			defer mu.Unlock()
			if latencies = append(latencies, latency); err != nil {
				errs = append(errs, err)
			}
		})
	}
	group.Wait()
	result := load{time: time.Since(start), latency: slices.Concat(latencies...)}
	result.requests = len(result.latency)
	slices.Sort(result.latency)
	if len(errs) > 0 {
		return result, errs[0]
	}
	return result, ctx.Err()
}

func dialAll(ctx context.Context, address string, n int) (list []*connection, err error) {
	for range n {
		c, err := dial(ctx, address)
		if err != nil {
			for _, c := range list {
				c.close()
			}
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (c *connection) keepSending(ctx context.Context, until time.Time, next *atomic.Int64, make func(n int64) request,
) (latency []time.Duration, err error) {
	for ctx.Err() == nil && (len(latency) == 0 || time.Now().Before(until)) {
		r := make(next.Add(1))
		sent := time.Now()
		if _, err := c.send(r); err != nil {
			return latency, err
		}
		latency = append(latency, time.Since(sent))
	}
	return latency, nil
}
