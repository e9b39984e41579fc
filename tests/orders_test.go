package tests

import (
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestEveryOrder sorts by every field, in both directions and with nulls first and last, and pages through.
func TestEveryOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		if made := server.Post(filterRows, nil); made["errors"] != nil {
			t.Fatalf("the rows: got %v, want no errors", made)
		}
		for list, order := range map[string]string{
			"calls": "CallOrder", "callRecords": "CallRecordOrder", "customerPersons": "CustomerPersonOrder",
			"tasks": "TaskOrder",
		} {
			response := server.Post(`query($n: String!) { __type(name: $n) { enumValues { name } } }`,
				vars{"n": order + "Field"})
			for _, value := range response.At("data", "__type", "enumValues").([]any) {
				field := harness.At(value, "name")
				for _, direction := range []string{"ASC", "DESC"} {
					for _, nulls := range []string{"FIRST", "LAST"} {
						pageThrough(t, server, list, order, vars{"field": field, "direction": direction, "nulls": nulls})
					}
				}
			}
		}
	})
}

// pageThrough compares a list read row by row with the list read at once.
func pageThrough(t *testing.T, server *harness.Server, list, orderType string, order vars) {
	t.Helper()
	query := fmt.Sprintf(`query($o: [%s!], $a: String, $n: Int) {
		%s(orderBy: $o, first: $n, after: $a) { nodes { id } pageInfo { endCursor hasNextPage } } }`, orderType, list)
	ids := func(response map[string]any) (ids []string) {
		if response["errors"] != nil {
			t.Errorf("%s by %v: got %v, want no errors", list, order, response)
			return nil
		}
		for _, node := range harness.At(response, "data", list, "nodes").([]any) {
			ids = append(ids, harness.At(node, "id").(string))
		}
		return ids
	}
	whole := ids(server.Post(query, vars{"o": []any{order}}))
	var walked []string
	var after any
	for range 4 {
		page := server.Post(query, vars{"o": []any{order}, "n": 1, "a": after})
		walked = append(walked, ids(page)...)
		after = page.At("data", list, "pageInfo", "endCursor")
		if page.At("data", list, "pageInfo", "hasNextPage") != true {
			break
		}
	}
	if len(whole) != 3 || strings.Join(walked, " ") != strings.Join(whole, " ") {
		t.Errorf("%s by %v: got %v page by page, want %v, as on one page of 3", list, order, walked, whole)
	}
}
