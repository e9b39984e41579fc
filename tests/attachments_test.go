package tests

import (
	"fmt"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestAttachmentKeys saves links with and without keys, and checks that the keys the server makes are unique and stay
// the same.
func TestAttachmentKeys(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		save := func(id, attachments string) (keys []any, version any) {
			response := server.Post(`mutation { saveCall(input: {id: "`+id+`", attachments: `+attachments+`}) {
				call { version attachments { attachmentId } } } }`, nil)
			if response["errors"] != nil {
				t.Fatalf("saveCall(id: %s, attachments: %s): got %v, want no errors", id, attachments, response["errors"])
			}
			for _, a := range response.At("data", "saveCall", "call", "attachments").([]any) {
				keys = append(keys, harness.At(a, "attachmentId"))
			}
			return keys, response.At("data", "saveCall", "call", "version")
		}
		first, _ := save("a", `[{name: "x"}, {name: "y"}]`)
		other, _ := save("b", `[{name: "x"}]`)
		again, version := save("a", `[{name: "x"}, {name: "y"}]`)
		if first[0] == other[0] || fmt.Sprint(first) != fmt.Sprint(again) || version != 1.0 {
			t.Errorf("got the keys %v, of another call %v, when saved again %v at version %v, want others for "+
				"the other call, then the same at version 1", first, other, again, version)
		}
		save("c", `[{id: "2", name: "A"}, {name: "C"}]`)
		save("d", `[{id: "x", name: "a"}]`)
		if keys, _ := save("d", `[{name: "a"}, {id: "x", name: "b"}]`); keys[0] == keys[1] {
			t.Errorf("got the keys %v, want different ones", keys)
		}
	})
}
