package load

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/files"
	"callbook/model"
)

// newEnv returns a database of its own.
func newEnv(t *testing.T) *dbtest.Env {
	t.Helper()
	return dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/load.db")
}

// report is what a loader tells of.
type report struct {
	errors  []string // "line: error"
	batches int
}

// newLoader returns a loader into a database, and what it tells.
func newLoader(env *dbtest.Env, dryRun bool) (*Loader, *report) {
	r := &report{}
	o := Options{
		DB: env.DB, Files: files.Options{Location: dbtest.Start.Location(), TenantID: env.Actor.TenantID},
		OnError: func(line int, errs model.Errors) {
			for _, err := range errs {
				r.errors = append(r.errors, fmt.Sprintf("%d: %v", line, err))
			}
		},
		OnBatch: func() { r.batches++ },
	}
	if dryRun {
		o.DB = nil
	}
	return New(o), r
}

// call returns a call in the wire form.
func call(id, name string) string {
	return fmt.Sprintf(`{"call_id":%q,"name":%q,"call_type":"Inbound","call_duration_in_seconds":60}`, id, name)
}

// record returns a call record in the wire form, with so many turns.
func record(id, turns int) string {
	details := make([]string, turns)
	for i := range details {
		details[i] = fmt.Sprintf(`{"callDetailType":"ROBOT","text":"turn %d"}`, i)
	}
	return fmt.Sprintf(`{"callRecordId":%d,"callDetailList":[%s]}`, id, strings.Join(details, ","))
}
