package randomops

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"callbook/graph/operation"
	"callbook/model"
	"callbook/tests/harness"
)

// verdict is what an implementation says of a request before anything runs.
type verdict struct {
	code    model.ErrorCode // ours alone
	message string          // of the first error; empty where the request is accepted
}

func (v verdict) isAccepted() bool { return v.message == "" }

func (v verdict) String() string {
	if v.isAccepted() {
		return "accepted"
	}
	return strings.TrimSpace(string(v.code) + " " + v.message)
}

// accepted is the refusal of requests that have come so far that they would be run.
var accepted = &operation.Refusal{Status: -1}

// ourVerdict takes a request through the pipeline until it would be run.
func ourVerdict(t *testing.T, p *operation.Pipeline, made request) verdict {
	t.Helper()
	r := &operation.Request{Permit: func(*operation.Execution) *operation.Refusal { return accepted }}
	r.Query, r.OperationName = made.document, made.operationName
	decoder := json.NewDecoder(strings.NewReader(harness.JSON(made.variables)))
	decoder.UseNumber()
	if err := decoder.Decode(&r.Variables); err != nil {
		t.Fatal(err)
	}
	_, refused := p.Execute(t.Context(), r)
	if refused == accepted {
		return verdict{}
	}
	code, _ := refused.Errors[0].Extensions["code"].(model.ErrorCode)
	return verdict{code, refused.Errors[0].Message}
}

// reference is a process of graphql-js, which reads requests and writes verdicts, a line each.
type reference struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

const referenceFolder = "graphqljs"

// startReference starts graphql-js with the schema, or skips the test where Node or the module is missing; under
// REQUIRE_CLIENTS=1 it fails then.
func startReference(t *testing.T) *reference {
	t.Helper()
	node := harness.FindNode(t, referenceFolder, "graphql-js")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, node, "verdicts.mjs")
	command.Dir = referenceFolder
	var problems bytes.Buffer
	command.Stderr = &problems
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := command.Wait(); err != nil && !t.Failed() {
			t.Errorf("graphql-js ended with %v, want no error: %s", err, problems.String())
		}
	})
	r := &reference{t: t, in: in, out: bufio.NewReaderSize(out, 1<<20)}
	r.write(string(harness.Schema()))
	return r
}

func (r *reference) write(message any) {
	if _, err := io.WriteString(r.in, harness.JSON(message)+"\n"); err != nil {
		r.t.Fatalf("graphql-js reads no more: %v", err)
	}
}

// ask writes a message and returns the line that answers it.
func (r *reference) ask(message any) []byte {
	r.write(message)
	line, err := r.out.ReadBytes('\n')
	if err != nil {
		r.t.Fatalf("graphql-js answers no more to %.2000v: %v", message, err)
	}
	return line
}

// verdict returns what graphql-js says of a request.
func (r *reference) verdict(made request) verdict {
	var said struct{ Error string }
	answer := r.ask(harness.Vars{
		"query": made.document, "operationName": made.operationName, "variables": made.variables,
	})
	if err := json.Unmarshal(answer, &said); err != nil {
		r.t.Fatalf("graphql-js answers %.200s, want JSON: %v", answer, err)
	}
	return verdict{message: said.Error}
}
