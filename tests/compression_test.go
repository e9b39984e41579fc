package tests

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/tests/harness"
)

// fullPage is an operation whose answer is some dozens of kilobytes.
const fullPage = `{ calls(first: 100) { nodes { id name callType callStatus callStartTime callDuration callPurpose
	callResult reminder ownerType ownerId tags description createdBy createdAt version } } }`

// TestCompression asks for a long answer under various Accept-Encoding headers, and compares what comes.
func TestCompression(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if err := demo.Fill(e.Ctx, e.DB, e.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		server := harness.ListenAnonymous(t, e, nil)
		plain := server.Send(fullPage, "Accept-Encoding", "identity")
		want := harness.JSON(plain.JSON().At("data"))
		for accepted, encoding := range map[string]string{
			"identity": "", "br": "", "gzip": "gzip", "zstd": "zstd", "gzip, deflate, br, zstd": "zstd", "GZIP": "gzip",
			"zstd;q=0.5, gzip": "gzip", "gzip;q=0": "", "zstd;q=0, gzip;q=0.1": "gzip", "gzip;q=0.5, zstd;q=0.6": "zstd",
		} {
			got := server.Send(fullPage, "Accept-Encoding", accepted)
			if sent := got.Header.Get("Content-Encoding"); sent != encoding {
				t.Errorf("Accept-Encoding %q: got the encoding %q, want %q", accepted, sent, encoding)
			}
			if vary := got.Header.Values("Vary"); !slices.Contains(vary, "Accept-Encoding") ||
				!slices.Contains(vary, "Accept") {
				t.Errorf("Accept-Encoding %q: got Vary %q, want Accept and Accept-Encoding", accepted, vary)
			}
			if length := got.Header.Get("Content-Length"); length != strconv.Itoa(len(got.Body)) {
				t.Errorf("Accept-Encoding %q: got Content-Length %q, want %d", accepted, length, len(got.Body))
			}
			if encoding != "" && len(got.Body) > len(plain.Body)/4 {
				t.Errorf("%s: got %d bytes of %d, want a quarter at most", encoding, len(got.Body), len(plain.Body))
			}
			got.Body = decompress(t, encoding, got.Body)
			if data := harness.JSON(got.JSON().At("data")); data != want {
				t.Errorf("Accept-Encoding %q: got %.200s, want %.200s", accepted, data, want)
			}
		}
		schema := server.Do("GET", "/schema.graphqls", "", "Accept-Encoding", "gzip")
		if text := decompress(t, schema.Header.Get("Content-Encoding"), schema.Body); text != string(harness.Schema()) {
			t.Errorf("the compressed text of the schema: got %.200q, want the schema", text)
		}
	})
}

// decompress returns what a body is when its encoding, if it has one, is undone.
func decompress(t *testing.T, encoding, body string) string {
	t.Helper()
	var reader io.Reader = strings.NewReader(body)
	var err error
	switch encoding {
	case "gzip":
		reader, err = gzip.NewReader(reader)
	case "zstd":
		reader, err = zstd.NewReader(reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(reader)
	if err != nil {
		t.Fatalf("%s: got %v, want no error", encoding, err)
	}
	return string(out)
}

// TestNotCompressed asks for what is sent as it is, although the client takes compressed responses: what is small,
// answers of mutations, which may hold a new key, and event streams, whose events must not wait.
func TestNotCompressed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if err := demo.Fill(e.Ctx, e.DB, e.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		server := harness.ListenAnonymous(t, e, nil)
		long := strings.Repeat("a long name, ", 12)
		var keys strings.Builder // the same new key under many names, so that the answer is long
		for i := range 50 {
			fmt.Fprintf(&keys, "key%d: key ", i)
		}
		for name, c := range map[string]struct {
			operation string
			size      int // of the answer, at least
		}{
			"a small answer": {`{ call(id: "call-0001") { id name } }`, 50},
			"a new key":      {`mutation { createApiKey(input: {name: "x", roles: [AGENT]}) { ` + keys.String() + ` } }`, 2000},
			"a batch": {`mutation { addCallTags(select: {where: {filter: {name: {contains: "a"}}, limit: 300}},
				tags: ["x"]) { results { callId outcome call { name description } } } }`, 2000},
		} {
			got := server.Send(c.operation, "Accept-Encoding", "gzip, zstd")
			if sent := got.Header.Get("Content-Encoding"); sent != "" || got.Header.Get("No-Gzip-Compression") != "" {
				t.Errorf("%s: got the headers %v, want no encoding", name, got.Header)
			}
			if !strings.HasPrefix(got.Body, `{"data":{"`) || len(got.Body) < c.size {
				t.Errorf("%s: got %.200q, want data of %d bytes or more", name, got.Body, c.size)
			}
		}
		// Events returns when the headers have come, and nothing has happened yet.
		next := server.Events(`subscription { callChanged { call { name } } }`, "Accept-Encoding", "gzip, zstd")
		server.Send(`mutation { createCall(input: {id: "streamed", name: "` + long + `"}) { call { id } } }`)
		if event, data := next(); event != "next" || !strings.Contains(data, long) {
			t.Errorf("the stream's first event: got %s %.200q, want next with the call's name in plain text", event, data)
		}
	})
}

// BenchmarkCompression measures a page of 100 calls and a point read, as they are and compressed.
func BenchmarkCompression(b *testing.B) {
	e := dbtest.Shared(b, "sqlite")
	fillBench(b, e, 1000, 1)
	server := harness.NewServer(b, e)
	for name, query := range map[string]string{
		"page":  fullPage,
		"point": `{ call(id: "call-0042") { id name callType callStatus callStartTime callDuration description } }`,
	} {
		body := `{"query":` + harness.JSON(query) + `}`
		for _, encoding := range []string{"identity", "gzip", "zstd"} {
			b.Run(name+"/"+encoding, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r := httptest.NewRequest("POST", "http://localhost/graphql", strings.NewReader(body))
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Accept-Encoding", encoding)
					w := httptest.NewRecorder()
					server.ServeHTTP(w, r)
					b.ReportMetric(float64(w.Body.Len()), "bytes")
				}
			})
		}
	}
}
