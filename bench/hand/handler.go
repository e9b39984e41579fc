package hand

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"callbook/model"
	"callbook/text"
)

// Store runs the SQL of the operations on an engine.
type Store interface {
	Record(ctx context.Context, id int64) (*Record, error)
	Records(ctx context.Context, q RecordsQuery) (records []*Record, total int, err error)
	Calls(ctx context.Context, status string) ([]*Call, error)
	Stats(ctx context.Context, job *int64) ([]Group, error)
	Search(ctx context.Context, term string, tokens []string) (hits []*Hit, total int, err error)
	CreateCall(ctx context.Context, c *Call) error
	SaveCalls(ctx context.Context, calls []*Call, now time.Time) (created, updated int, err error)
	AddTag(ctx context.Context, ids []string, tag string, now time.Time) (written int, err error)
	SaveRecords(ctx context.Context, records []*Delivery, now time.Time) error
	Close()
}

// RecordsQuery says which page of records is asked for.
type RecordsQuery struct {
	Job       int64  `json:"job,string"`
	Result    string `json:"result"`
	Intent    string `json:"intent"`
	WithTotal bool   `json:"-"`
}

// NewHandler returns the handler of POST /graphql.
func NewHandler(s Store) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			var answer []byte
			if answer, err = answerOf(r.Context(), s, body); err == nil {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write(answer)
				return
			}
		}
		http.Error(w, err.Error(), http.StatusInternalServerError)
	})
}

// request is a request of which the query is not read.
type request struct {
	OperationName string          `json:"operationName"`
	Variables     json.RawMessage `json:"variables"`
}

type object map[string]any

func answerOf(ctx context.Context, s Store, body []byte) ([]byte, error) {
	var r request
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	run := operations[r.OperationName]
	if run == nil {
		return nil, fmt.Errorf("there is no operation %s", r.OperationName)
	}
	data, err := run(ctx, s, r.Variables)
	if err != nil {
		return nil, err
	}
	return json.Marshal(object{"data": data})
}

// operation answers an operation with these variables.
type operation func(ctx context.Context, s Store, variables json.RawMessage) (any, error)

// operations are the operations by name.
var operations = map[string]operation{
	"Record": decoded(record), "Records": decoded(records), "RecordsWithTotal": decoded(recordsWithTotal),
	"Calls": decoded(calls), "Stats": decoded(stats), "Search": decoded(search), "CreateCall": decoded(createCall),
	"SaveCalls": decoded(saveCalls), "TagCalls": decoded(tagCalls), "Deliver": decoded(deliver),
}

// decoded returns the operation that decodes its variables and runs run.
func decoded[V any](run func(context.Context, Store, V) (any, error)) operation {
	return func(ctx context.Context, s Store, variables json.RawMessage) (any, error) {
		var v V
		if err := json.Unmarshal(variables, &v); err != nil {
			return nil, err
		}
		return run(ctx, s, v)
	}
}

func record(ctx context.Context, s Store, v struct {
	ID int64 `json:"id,string"`
}) (any, error) {
	r, err := s.Record(ctx, v.ID)
	return struct {
		CallRecord *Record `json:"callRecord"`
	}{r}, err
}

type recordsPage struct {
	CallRecords struct {
		TotalCount *int      `json:"totalCount,omitempty"`
		Nodes      []*Record `json:"nodes"`
	} `json:"callRecords"`
}

func records(ctx context.Context, s Store, q RecordsQuery) (any, error) {
	nodes, _, err := s.Records(ctx, q)
	var page recordsPage
	page.CallRecords.Nodes = nodes
	return page, err
}

func recordsWithTotal(ctx context.Context, s Store, q RecordsQuery) (any, error) {
	q.WithTotal = true
	nodes, total, err := s.Records(ctx, q)
	var page recordsPage
	page.CallRecords.Nodes, page.CallRecords.TotalCount = nodes, &total
	return page, err
}

func calls(ctx context.Context, s Store, v struct {
	Status string `json:"status"`
}) (any, error) {
	nodes, err := s.Calls(ctx, v.Status)
	for _, c := range nodes {
		c.NodeID = model.NodeID("Call", c.ID)
	}
	return object{"calls": object{"nodes": nodes}}, err
}

func search(ctx context.Context, s Store, v struct {
	Query string `json:"query"`
}) (any, error) {
	term := text.Fold(v.Query)
	tokens, _ := text.MatchTokens(term)
	hits, total, err := s.Search(ctx, term, tokens)
	return object{"searchTranscripts": object{"totalCount": total, "nodes": hits}}, err
}

func createCall(ctx context.Context, s Store, v struct {
	Input *Call `json:"input"`
}) (any, error) {
	c := v.Input
	c.stamp(time.Now())
	err := s.CreateCall(ctx, c)
	return object{"createCall": object{"call": object{"id": c.ID, "version": c.Version, "createdBy": c.CreatedBy}}}, err
}

// stamp gives a new call its version, and says who made it when.
func (c *Call) stamp(now time.Time) {
	c.Version, c.CreatedBy, c.UpdatedBy = 1, by, by
	c.CreatedAt = now.UTC().Truncate(time.Microsecond)
	c.UpdatedAt = c.CreatedAt
}

// saveCalls creates calls, or gives those that are there another subject. It takes the rows of a file, one a line.
func saveCalls(ctx context.Context, s Store, v struct {
	File string `json:"file"`
}) (any, error) {
	var list []*Call
	decoder := json.NewDecoder(strings.NewReader(v.File))
	for {
		var row wireCall
		if err := decoder.Decode(&row); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		list = append(list, row.call())
	}
	created, updated, err := s.SaveCalls(ctx, list, time.Now().UTC().Truncate(time.Microsecond))
	return object{"importCalls": object{"rows": len(list), "created": created, "updated": updated, "failed": 0}}, err
}

// wireCall is a call as files have it.
type wireCall struct {
	ID        string     `json:"id"`
	Name      *string    `json:"name"`
	Subject   *string    `json:"subject"`
	CallType  *string    `json:"call_type"`
	StartTime *time.Time `json:"call_start_time"`
	Seconds   *int       `json:"call_duration_in_seconds"`
	Purpose   *string    `json:"call_purpose"`
	Dialled   *string    `json:"dialled_number"`
	OwnerID   *string    `json:"owner_id"`
	OwnerType *string    `json:"owner_type"`
}

func (w *wireCall) call() *Call {
	return &Call{
		ID: w.ID, Name: w.Name, Subject: w.Subject, CallType: w.CallType, CallStartTime: w.StartTime,
		CallDurationInSeconds: w.Seconds, CallPurpose: w.Purpose, DialledNumber: w.Dialled, OwnerID: w.OwnerID,
		OwnerType: w.OwnerType,
	}
}

func tagCalls(ctx context.Context, s Store, v struct {
	IDs []string `json:"ids"`
	Tag string   `json:"tag"`
}) (any, error) {
	written, err := s.AddTag(ctx, v.IDs, v.Tag, time.Now().UTC().Truncate(time.Microsecond))
	return object{"addCallTags": object{"written": written}}, err
}

func deliver(ctx context.Context, s Store, v struct {
	Inputs []*Delivery `json:"inputs"`
}) (any, error) {
	for _, r := range v.Inputs {
		for i := range r.Details {
			r.Details[i].Position = i + 1
		}
	}
	err := s.SaveRecords(ctx, v.Inputs, time.Now().UTC().Truncate(time.Microsecond))
	results := make([]object, len(v.Inputs))
	for i := range results {
		results[i] = object{"outcome": "CREATED"}
	}
	return object{"saveCallRecords": object{"results": results}}, err
}
