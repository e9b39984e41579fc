package db

import (
	"maps"
	"slices"
	"testing"
)

// TestOwnRowsOfEveryTable checks that each table with a tenant says whose rows a caller sees who sees its own alone.
func TestOwnRowsOfEveryTable(t *testing.T) {
	sharedTables := map[string]string{
		"api_keys":             "administrators alone manage keys",
		"idempotency_requests": "their key has the credential",
		"idempotency_results":  "as idempotency_requests",
		"summary_counts":       "they count all rows; readsSummaries keeps them from those who see their own",
		"summary_deltas":       "as summary_counts",
		"text_blocks":          "as summary_counts",
		"files":                "ownFiles: whoever has the credential, and administrators",
		"file_chunks":          "as files, by which they are found",
		"link_secrets":         "nobody sees them",
		"jobs":                 "as files",
		"job_outcomes":         "as jobs, by which they are found",
		"import_mappings":      "whoever imports uses all of the tenant",
		"job_sharers":          "nobody sees them",
		"export_column_sets":   "they hold no rows, and all of a tenant use them",
		"saved_queries":        "they hold no rows, and all of a tenant run them",
	}
	for _, table := range slices.Sorted(maps.Keys(tenantTables)) {
		_, hasRule := ownRows[table]
		_, isShared := sharedTables[table]
		if hasRule == isShared {
			t.Errorf("%s has a rule in ownRows: %v, want exactly one of a rule there and a reason here", table, hasRule)
		}
	}
}
