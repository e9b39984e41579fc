package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// client sends requests with credentials to a server, over connections that stay open.
type client struct {
	url            string
	http           *http.Client
	idempotencyKey string // of requests; "" for none
}

func newClient(address string) client {
	transport := &http.Transport{MaxIdleConnsPerHost: 200, DisableCompression: true}
	return client{url: "http://" + address, http: &http.Client{Transport: transport, Timeout: 3 * time.Minute}}
}

// answer is what a request was answered: the status, the code of an error, and how long a client is to wait.
type answer struct {
	status     int
	code       string
	retryAfter time.Duration
	end        []byte // of the body
}

// String returns the status and the code.
func (a answer) String() string {
	if a.code == "" {
		return strconv.Itoa(a.status)
	}
	return fmt.Sprintf("%d %s", a.status, a.code)
}

// isRefused reports whether a request was not done: by its status, or by an error in the answer.
func (a answer) isRefused() bool { return a.status != http.StatusOK || a.code != "" }

// errorCode finds the code of an error among the errors of an answer, which come after the data.
var errorCode = regexp.MustCompile(`(?s)"errors":\[.*?"code":"([A-Z_]+)"`)

// ending keeps the last bytes of what is written to it.
type ending []byte

// endLength is how much of an answer is looked at: more than a hundred errors have.
const endLength = 64 << 10

// Write takes some bytes.
func (e *ending) Write(p []byte) (int, error) {
	*e = append(*e, p...)
	if more := len(*e) - endLength; more > endLength {
		*e = append((*e)[:0], (*e)[more:]...)
	}
	return len(p), nil
}

// send sends a request by a key and reads the whole answer.
func (c client) send(ctx context.Context, key string, body []byte) (a answer, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("Authorization", "Bearer "+key)
	if c.idempotencyKey != "" {
		r.Header.Set("Idempotency-Key", c.idempotencyKey)
	}
	response, err := c.http.Do(r)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	a.status = response.StatusCode
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		a.retryAfter = time.Duration(seconds) * time.Second
	}
	var end ending
	_, err = io.Copy(&end, response.Body)
	if code := errorCode.FindSubmatch(end); code != nil {
		a.code = string(code[1])
	}
	a.end = end
	return a, err
}

// wait waits for a time, or until the context ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
