package transport

import (
	"fmt"
	"strings"
	"testing"

	"callbook/graph/operation"
)

// BenchmarkParseRequest reads a point read, and a delivery of 1,000 records with 17 turns each.
func BenchmarkParseRequest(b *testing.B) {
	turns := make([]string, 17)
	for i := range turns {
		turns[i] = fmt.Sprintf(`{"callDetailId":"%d","position":%d,"type":"PERSON","text":"你好, who is calling?"}`, i, i+1)
	}
	records := make([]string, 1000)
	for i := range records {
		records[i] = fmt.Sprintf(`{"id":"%d","robotCallJobId":"7","resultStatus":"ANSWERED","chatRound":3,`+
			`"startTime":"2024-01-01T00:00:00Z","customerConcern":["a","b"],"details":[%s]}`, i+1, strings.Join(turns, ","))
	}
	for _, c := range []struct{ name, body string }{
		{"read", `{"query":"query ($id: ID!) {\n  call(id: $id) {\n    id\n    name\n  }\n}\n","variables":{"id":"call-1"}}`},
		{"delivery", `{"query":"mutation ($in: [SaveCallRecordInput!]!) { saveCallRecords(inputs: $in) { written } }",` +
			`"variables":{"in":[` + strings.Join(records, ",") + `]}}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.body)))
			b.ReportAllocs()
			for b.Loop() {
				if bad := parseRequest(&operation.Request{}, c.body, operation.DefaultLimits()); bad != nil {
					b.Fatal(bad.err)
				}
			}
		})
	}
}
