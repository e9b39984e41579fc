package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestPhones filters by pieces of telephone numbers in various spellings.
func TestPhones(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation {
			saveCallRecords(inputs: [{id: "1", calledPhoneNumber: "13800075555"}, {id: "2",
			calledPhoneNumber: "13712345678"}, {id: "3", calledPhoneNumber: "0755-8888"}]) { results { callRecordId } } }`, nil)
		for filter, want := range map[string]string{`contains: "00"`: "1", `contains: "007"`: "1", `contains: "00075"`: "1",
			`contains: "0755"`: "1 3", `contains: "7"`: "1 2 3", `startsWith: "0"`: "1 2 3", `startsWith: "0755"`: "3",
			`startsWith: "+86 13"`: "1 2"} {
			response := server.Post(`{ callRecords(filter: {phone: {`+filter+`}}, orderBy: [{field: ID}]) { nodes { id } } }`,
				nil)
			var ids []string
			for _, node := range response.At("data", "callRecords", "nodes").([]any) {
				ids = append(ids, harness.At(node, "id").(string))
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("phone: {%s}: got the records %q, want %q", filter, got, want)
			}
		}
	})
}
