package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestInternalErrors checks that the driver's message is in the log, under the request's id, and not in the answer.
func TestInternalErrors(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		log := harness.CaptureLog(t)
		e := dbtest.NewEnv(t, engine, dsn)
		e.DB.Close()
		server := harness.NewServer(t, e)
		response := server.Post(`{ call(id: "x") { id } calls { totalCount } }`, nil)
		id, _ := response.At("errors", 0, "extensions", "requestId").(string)
		code, _ := response.FirstError()
		message, _ := response.At("errors", 0, "message").(string)
		if code != "INTERNAL" || id == "" || !strings.Contains(message, id) || strings.Contains(message, "database") {
			t.Errorf("got %v, want INTERNAL with the request's id alone", response)
		}
		if !strings.Contains(log.String(), id) || !strings.Contains(log.String(), "database is closed") {
			t.Errorf("the log: got %s, want the request's id %s and what the driver said", log.String(), id)
		}
		if health := server.Do("GET", "/healthz", ""); health.Status != 503 {
			t.Errorf("/healthz: got %d, want 503", health.Status)
		}
	})
}
