package db_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5/pgconn"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestWriters lets many clients write the same calls at once: none is refused, no write is lost.
func TestWriters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		const clients, rounds = 32, 8
		var wg sync.WaitGroup
		var created atomic.Int64
		for client := range clients {
			wg.Go(func() {
				for round := range rounds {
					in := model.CreateCallInput{ID: new(fmt.Sprintf("w%d", round))}
					in.CallPatch = named(fmt.Sprintf("%d of %d", client, round))
					in.Tags = graphql.OmittableOf([]string{fmt.Sprint(client)})
					_, isNew, err := e.DB.SaveCall(e.Ctx, in, nil)
					if err != nil {
						t.Errorf("SaveCall(%s): got %v, want no error", *in.ID, err)
					}
					if isNew {
						created.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if created.Load() != rounds {
			t.Errorf("calls created: got %d, want %d", created.Load(), rounds)
		}
		for round := range rounds {
			call, err := e.DB.Call(e.Ctx, fmt.Sprintf("w%d", round), false)
			if err != nil || call.Version != clients {
				t.Errorf("w%d: got %v, %v; want version %d", round, call, err, clients)
			}
		}
	})
}

// TestDeliveries lets several senders deliver the same records, in pieces and in any order.
func TestDeliveries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		const senders, records = 8, 30
		var wg sync.WaitGroup
		for sender := range senders {
			wg.Go(func() {
				var inputs []*model.SaveCallRecordInput
				for n := range records {
					id := int64((n*7+sender*11)%records + 1)
					turn := &model.CallDetailInput{
						Position: new(sender + 1), Type: model.CallDetailTypeRobot, Text: fmt.Sprint(sender),
					}
					inputs = append(inputs, &model.SaveCallRecordInput{
						ID: id, CustomerPersonID: new(id % 5), Details: []*model.CallDetailInput{turn},
					})
				}
				for _, batch := range [][]*model.SaveCallRecordInput{inputs[:records/2], inputs[records/2:]} {
					if _, err := e.DB.SaveCallRecords(e.Ctx, batch); err != nil {
						t.Errorf("SaveCallRecords: got %v, want no error", err)
					}
				}
			})
		}
		wg.Wait()
		for id := int64(1); id <= records; id++ {
			details, err := e.DB.CallDetails(e.Ctx, []int64{id})
			if err != nil || len(details[id]) != senders {
				t.Errorf("record %d: got %d turns, %v; want %d", id, len(details[id]), err, senders)
			}
		}
	})
}

// TestRetries fails a transaction with the errors after which it runs again, and with one after which it does not.
func TestRetries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if e.Engine == "postgres" {
			for code, want := range map[string]int{"40001": 2, "40P01": 2, "23514": 1} {
				runs, err := e.DB.Write(e.Ctx, &pgconn.PgError{Code: code}, nil)
				if wantErr := want == 1; runs != want || (err != nil) != wantErr {
					t.Errorf("%s: got %d runs, %v; want %d, an error: %v", code, runs, err, want, wantErr)
				}
			}
		}
		lasting := errors.New("lasting")
		if runs, err := e.DB.Write(e.Ctx, lasting, nil); runs != 1 || !errors.Is(err, lasting) {
			t.Errorf("another error: got %d runs, %v; want 1, %v", runs, err, lasting)
		}
	})
}

// TestWritesWaitForDeletion writes a task and a note of a call whose deletion is not yet committed: the write waits,
// and finds nothing.
func TestWritesWaitForDeletion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		one := model.CallSelector{Ids: []string{"c"}}
		for name, write := range map[string]func(task, note string) error{
			"completeTasks": func(task, _ string) error {
				out, err := e.DB.CompleteTasks(e.Ctx, model.TaskSelector{Ids: []string{task}}, model.BatchPolicyValidRows)
				if err != nil {
					return err
				}
				if errs := out.Results[0].Errors; len(errs) > 0 {
					return model.NotFound("id", "%s", errs[0].Message)
				}
				return nil
			},
			"updateNote": func(_, note string) error {
				_, err := e.DB.UpdateNote(e.Ctx, note, "late", nil)
				return err
			},
		} {
			if _, _, err := e.DB.SaveCall(e.Ctx, model.CreateCallInput{ID: new("c")}, nil); err != nil {
				t.Fatal(err)
			}
			task := &model.CreateTaskInput{Subject: "s", Status: model.TaskStatusWaiting}
			made, err := e.DB.CreateCallTasks(e.Ctx, one, []*model.CreateTaskInput{task}, db.Batch{})
			if err != nil {
				t.Fatal(err)
			}
			note, err := e.DB.AddNote(e.Ctx, "c", "n")
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			err = e.DB.DuringDelete(e.Ctx, "c", func() {
				go func() { done <- write(made.Tasks[0].ID, note.ID) }()
				select {
				case err := <-done:
					t.Errorf("%s: got %v before the deletion was committed, want it to wait", name, err)
					done <- err
				case <-time.After(300 * time.Millisecond):
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if errs := model.AsErrors(<-done); errs == nil || errs[0].Code != model.ErrorCodeNotFound {
				t.Errorf("%s on a deleted call: got %v, want NOT_FOUND", name, errs)
			}
		}
	})
}
