package tests

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// deliverUntilKilledTo is the environment variable that makes the test's process a child that delivers to a database.
const deliverUntilKilledTo = "CALLBOOK_TEST_DELIVER"

// deliverUntilKilled is the child of TestKilledIngest: it delivers records in batches and prints which it has
// acknowledged, until it is killed.
func deliverUntilKilled(dsn string) {
	ctx := model.WithActor(context.Background(), harness.LocalAdministrator)
	d, err := db.Open(ctx, db.Options{DSN: dsn})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for id := int64(1); ; {
		var inputs []*model.SaveCallRecordInput
		for range 20 {
			inputs = append(inputs, &model.SaveCallRecordInput{ID: id, CustomerPersonID: new(id % 7),
				Details: []*model.CallDetailInput{{Type: model.CallDetailTypeRobot, Text: fmt.Sprintf("第%d通电话", id)},
					{Type: model.CallDetailTypePerson, Text: "好的"}}})
			id++
		}
		if _, err := d.SaveCallRecords(ctx, inputs); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Fprintln(os.Stdout, id-1)
	}
}

// TestKilledIngest kills a process while it delivers, and checks that what it acknowledged is stored, and that the
// search index agrees with the turns.
func TestKilledIngest(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		command := exec.Command(os.Args[0])
		command.Env = append(os.Environ(), deliverUntilKilledTo+"="+dsn)
		command.Stderr = os.Stderr
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		acknowledged := ""
		lines := bufio.NewScanner(out)
		for n := 0; n < 5 && lines.Scan(); n++ {
			acknowledged = lines.Text()
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before it died counts too
			acknowledged = lines.Text()
		}
		_ = command.Wait()
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.NewServer(t, e).As(harness.LocalAdministrator)
		var last int
		if _, err := fmt.Sscan(strings.TrimSpace(acknowledged), &last); err != nil || last < 100 {
			t.Fatalf("acknowledged records: got %q, %v, want 100 or more", acknowledged, err)
		}
		response := server.Post(
			`query($last: ID!) { there: callRecords(filter: {id: {lte: $last}, hasTranscript: {eq: true}}) { totalCount }
			all: callRecords { totalCount }
			found: searchTranscripts(query: "通电") { totalCount } agreed: searchTranscripts(query: "好的") { totalCount } }`,
			vars{"last": fmt.Sprint(last)})
		all := response.At("data", "all", "totalCount")
		if response.At("data", "there", "totalCount") != float64(last) || response.At("data", "found", "totalCount") != all ||
			response.At("data", "agreed", "totalCount") != all {
			t.Errorf("%d acknowledged: got %v, want them there, and all turns in the index", last, response)
		}
	})
}
