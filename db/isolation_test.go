package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// isolationCases call every exported method as a tenant that owns nothing of what the arguments name, and return
// everything that it gets to see. A method without a case fails the test.
var isolationCases = map[string]func(context.Context, *db.DB) (any, error){
	"APIKey": func(ctx context.Context, d *db.DB) (any, error) {
		return d.APIKey(ctx, secretAPIKey(d))
	},
	"WatchCalls": changesSeen,
	"APIKeys": func(ctx context.Context, d *db.DB) (any, error) {
		return d.APIKeys(ctx)
	},
	"RevokeAPIKey": func(ctx context.Context, d *db.DB) (any, error) {
		return d.RevokeAPIKey(ctx, secretAPIKey(d))
	},
	"NoteKeyUse": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.NoteKeyUse(ctx, secretAPIKey(d), time.Now())
	},
	"CreateAPIKey": func(ctx context.Context, d *db.DB) (any, error) {
		_, _, err := d.CreateAPIKey(ctx, model.CreateAPIKeyInput{Name: "x", Roles: nil})
		return nil, err
	},
	"Call": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Call(ctx, "secret-call", true)
	},
	"Calls": func(ctx context.Context, d *db.DB) (any, error) {
		page, err := d.Calls(ctx, db.CallQuery{Dataset: model.CallDatasetDefault})
		if err != nil {
			return nil, err
		}
		total, err := page.TotalCount(ctx)
		return []any{page.Nodes, total}, err
	},
	"CallTags": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallTags(ctx, []string{"secret-call"})
	},
	"CallDescriptions": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallDescriptions(ctx, []string{"secret-call"})
	},
	"CreateCall": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CreateCall(ctx, model.CreateCallInput{ID: new("secret-call")})
	},
	"UpdateCall": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UpdateCall(ctx, "x", "secret-call", named("overwritten"), nil)
	},
	"SaveCall": func(ctx context.Context, d *db.DB) (any, error) {
		call, _, err := d.SaveCall(ctx, model.CreateCallInput{ID: new("secret-call"), CallPatch: named("overwritten")}, nil)
		return call, err
	},
	"ImportCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.ImportCalls(ctx, []*model.CallImport{{ID: "secret-call", CallPatch: named("overwritten")}})
	},
	"DeleteCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.DeleteCalls(ctx, everything, db.Batch{})
	},
	"RestoreCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.RestoreCalls(ctx, model.CallSelector{Ids: []string{"secret-call", "secret-deleted"}}, db.Batch{})
	},
	"PurgeCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.PurgeCalls(ctx, everything, db.Batch{})
	},
	"CreateCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CreateCalls(ctx, []*model.CreateCallInput{{ID: new("secret-call")}}, db.Batch{})
	},
	"UpdateCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UpdateCalls(ctx, "x", everything, named("overwritten"), db.Batch{})
	},
	"AddCallTags": func(ctx context.Context, d *db.DB) (any, error) {
		return d.AddCallTags(ctx, secretKeys, []string{"overwritten"}, db.Batch{})
	},
	"RemoveCallTags": func(ctx context.Context, d *db.DB) (any, error) {
		return d.RemoveCallTags(ctx, secretKeys, []string{"classified"}, db.Batch{})
	},
	"CallTagCounts": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallTagCounts(ctx, "", model.CallDatasetDefault, nil, 10)
	},
	"CallKeyState": func(ctx context.Context, d *db.DB) (any, error) {
		state, err := d.CallKeyState(ctx, "secret-call")
		if state == model.CallKeyStateTaken {
			return "classified", err
		}
		return state, err
	},
	"CallDraft": func(ctx context.Context, d *db.DB) (any, error) {
		call, errs, err := d.CallDraft(ctx, model.CreateCallInput{ID: new("secret-call")})
		return []any{call, errs}, err
	},
	"ScheduleCall": func(ctx context.Context, d *db.DB) (any, error) {
		return d.ScheduleCall(ctx, model.CreateCallInput{ID: new("secret-call")})
	},
	"LogCall": func(ctx context.Context, d *db.DB) (any, error) {
		in := model.CreateCallInput{ID: new("secret-call")}
		in.CallType = graphql.OmittableOf(new(model.CallTypeMissed))
		return d.LogCall(ctx, in)
	},
	"CallsByID": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallsByID(ctx, []string{"secret-call"})
	},
	"CallHistory": func(ctx context.Context, d *db.DB) (any, error) {
		pages, err := d.CallHistory(ctx, []string{"secret-call"}, model.PageArgs{})
		if err != nil {
			return nil, err
		}
		total, err := pages["secret-call"].TotalCount(ctx)
		return []any{pages["secret-call"].Nodes, total}, err
	},
	"RelatedCounts": func(ctx context.Context, d *db.DB) (any, error) {
		counts, err := d.RelatedCounts(ctx, []string{"secret-call"})
		if err == nil && counts["secret-call"].Notes > 0 {
			return "classified", nil
		}
		return counts, err
	},
	"Task": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Task(ctx, secretTask(d))
	},
	"Tasks": func(ctx context.Context, d *db.DB) (any, error) {
		return nodesOf(d.Tasks(ctx, db.TaskQuery{}))
	},
	"TasksOfCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.TasksOfCalls(ctx, []string{"secret-call"})
	},
	"CreateCallTasks": func(ctx context.Context, d *db.DB) (any, error) {
		task := &model.CreateTaskInput{Subject: "overwritten", Status: model.TaskStatusDone}
		return d.CreateCallTasks(ctx, secretKeys, []*model.CreateTaskInput{task}, db.Batch{})
	},
	"UpdateTask": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UpdateTask(ctx, secretTask(d), model.CompleteTaskPatch(), nil)
	},
	"CompleteTasks": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CompleteTasks(ctx, model.TaskSelector{Ids: []string{secretTask(d)}}, model.BatchPolicyValidRows)
	},
	"Note": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Note(ctx, secretNote(d))
	},
	"NotesOfCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.NotesOfCalls(ctx, []string{"secret-call"})
	},
	"AddNote": func(ctx context.Context, d *db.DB) (any, error) {
		return d.AddNote(ctx, "secret-call", "overwritten")
	},
	"UpdateNote": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UpdateNote(ctx, secretNote(d), "overwritten", nil)
	},
	"DeleteNote": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.DeleteNote(ctx, secretNote(d), nil)
	},
	"ValuesInUse": func(ctx context.Context, d *db.DB) (any, error) {
		return d.ValuesInUse(ctx, model.PicklistFields())
	},
	"ClaimKey": func(ctx context.Context, d *db.DB) (any, error) {
		response, claimed, err := d.ClaimKey(ctx, "secret-key", "hash")
		return []any{response, claimed}, err
	},
	"KeepResponse": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.KeepResponse(ctx, "secret-key", "overwritten")
	},
	"ReleaseKey": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.ReleaseKey(ctx, "secret-open-key")
	},
	"CallRecord": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallRecord(ctx, 77001)
	},
	"CallDetails": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallDetails(ctx, []int64{77001})
	},
	"CustomerPerson": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CustomerPerson(ctx, 77002)
	},
	"CustomerPersons": func(ctx context.Context, d *db.DB) (any, error) {
		page, err := d.CustomerPersons(ctx, db.CustomerQuery{})
		if err != nil {
			return nil, err
		}
		total, err := page.TotalCount(ctx)
		return []any{page.Nodes, total}, err
	},
	"CustomerPersonsByID": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CustomerPersonsByID(ctx, []int64{77002})
	},
	"LatestCallRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.LatestCallRecords(ctx, []int64{77002}, 5)
	},
	"CallRecordsByID": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallRecordsByID(ctx, []int64{77001})
	},
	"CallsOfRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallsOfRecords(ctx, []int64{77001})
	},
	"CreateCallFromRecord": func(ctx context.Context, d *db.DB) (any, error) {
		call, _, err := d.CreateCallFromRecord(ctx, 77001)
		return call, err
	},
	"SearchTranscripts": func(ctx context.Context, d *db.DB) (any, error) {
		search := db.TranscriptSearch{Query: "classified", OrderBy: model.TranscriptOrderRelevance}
		page, err := d.SearchTranscripts(ctx, search)
		if err != nil {
			return nil, err
		}
		total, err := page.TotalCount(ctx)
		if err != nil {
			return nil, err
		}
		jobs, err := page.Facets.Jobs(ctx)
		return []any{page.Nodes, total, jobs}, err
	},
	"Neighbours": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Neighbours(ctx, []*model.TranscriptHit{{CallRecordID: 77001, Position: 2}})
	},
	"JobStats": func(ctx context.Context, d *db.DB) (any, error) {
		stats, err := d.JobStats(ctx, nil, nil, "UTC")
		if err != nil {
			return nil, err
		}
		if total, err := stats.Total(ctx); err != nil || total > 0 {
			return "classified", err
		}
		return stats.TopConcerns(ctx, 10)
	},
	"RecordTags": func(ctx context.Context, d *db.DB) (any, error) {
		return d.RecordTags(ctx, []int64{77001})
	},
	"GradeRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.GradeRecords(ctx, []int64{77001}, new(model.IntentLevelA), model.BatchPolicyValidRows)
	},
	"MarkRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.MarkRecords(ctx, []int64{77001}, model.ReadStatusHasRead, model.BatchPolicyValidRows)
	},
	"TagRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.TagRecords(ctx, []int64{77001}, []string{"overwritten"}, model.BatchPolicyValidRows)
	},
	"UntagRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UntagRecords(ctx, []int64{77001}, []string{"classified"}, model.BatchPolicyValidRows)
	},
	"CallRecords": func(ctx context.Context, d *db.DB) (any, error) {
		page, err := d.CallRecords(ctx, db.RecordQuery{})
		if err != nil {
			return nil, err
		}
		total, err := page.TotalCount(ctx)
		return []any{page.Nodes, total}, err
	},
	"SaveCallRecords": func(ctx context.Context, d *db.DB) (any, error) {
		in := &model.SaveCallRecordInput{ID: 77001, CustomerPersonID: new(int64(77002)), AnalysisBasis: new("overwritten")}
		return d.SaveCallRecords(ctx, []*model.SaveCallRecordInput{in})
	},
}

// everything chooses all calls that the actor sees; secretKeys the owner's by key.
var (
	everything = model.CallSelector{Where: &model.CallSelection{Dataset: model.CallDatasetDefault, Limit: 1000,
		Filter: &model.CallFilter{ID: &model.IDFilter{IsNull: new(false)}}}}
	secretKeys = model.CallSelector{Ids: []string{"secret-call"}}
)

// owner has the context of the tenant that owns the secrets, by database.
var owner = map[*db.DB]context.Context{}

func secretTask(d *db.DB) string {
	tasks, err := d.TasksOfCalls(owner[d], []string{"secret-call"})
	if err != nil || len(tasks["secret-call"]) == 0 {
		return "none"
	}
	return tasks["secret-call"][0].ID
}

func secretNote(d *db.DB) string {
	notes, err := d.NotesOfCalls(owner[d], []string{"secret-call"})
	if err != nil || len(notes["secret-call"]) == 0 {
		return "none"
	}
	return notes["secret-call"][0].ID
}

func nodesOf(page *model.TaskConnection, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return page.Nodes, nil
}

// unscoped methods read and write no tenant's rows, or are of tests alone.
var unscoped = map[string]bool{
	"Close": true, "Ping": true, "Analyze": true, "IsUnavailable": true, "HasAPIKeys": true,
	"Write": true, "DuringDelete": true, "Exec": true, "Texts": true, "TenantTables": true,
}

func named(name string) model.CallPatch {
	return model.CallPatch{Name: graphql.OmittableOf(&name)}
}

func TestIsolation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		writeSecrets(t, e)
		before := readSecrets(t, e)
		if strings.Count(before, "secret") < 6 {
			t.Fatalf("the owner sees %s, want at least six secrets", before)
		}
		methods := reflect.TypeFor[*db.DB]()
		for i := range methods.NumMethod() {
			name := methods.Method(i).Name
			walk, ok := isolationCases[name]
			if unscoped[name] {
				continue
			}
			if !ok {
				t.Errorf("%s has no case in isolationCases, want one", name)
				continue
			}
			if _, err := walk(context.Background(), e.DB); !errors.Is(err, db.ErrNoActor) {
				t.Errorf("%s without an actor: got %v, want %v", name, err, db.ErrNoActor)
			}
			for who, ctx := range strangers(e, name) {
				seen, err := walk(ctx, e.DB)
				if err != nil && model.AsErrors(err) == nil {
					t.Errorf("%s as %s: got %v, want an error for callers or none", name, who, err)
				}
				if text := dump(t, seen) + dump(t, err); strings.Contains(text, "classified") {
					t.Errorf("%s as %s: got %s, want nothing classified", name, who, text)
				}
				if after := readSecrets(t, e); after != before {
					t.Errorf("%s as %s: the owner's rows are %s, want %s", name, who, after, before)
					before = after
				}
			}
		}
	})
}

// strangers returns those who must not see the owner's rows: another tenant and a colleague, new ones for each
// method, so that none finds what another wrote.
func strangers(e *dbtest.Env, method string) map[string]context.Context {
	otherTenant, _ := dbtest.NewTenant(context.Background())
	who := map[string]context.Context{"another tenant": otherTenant}
	if !ofTenant[method] {
		who["a colleague who sees only own rows"] = withOwnRows(e.Ctx, method)
	}
	return who
}

// ofTenant methods are about all rows of the tenant: whether a key is taken, and what only administrators may.
var ofTenant = map[string]bool{
	"CallKeyState": true, "APIKey": true, "APIKeys": true, "RevokeAPIKey": true, "NoteKeyUse": true,
}

// withOwnRows returns a context of a colleague in the tenant who sees only rows of its own.
func withOwnRows(ctx context.Context, name string) context.Context {
	actor, _ := model.ActorFrom(ctx)
	actor.Name, actor.OwnOnly = "colleague for "+name, true
	return model.WithActor(ctx, actor)
}

// writeSecrets writes rows of every table as the owner.
func writeSecrets(t *testing.T, e *dbtest.Env) {
	owner[e.DB] = e.Ctx
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	in := model.CreateCallInput{ID: new("secret-call"), CallPatch: named("classified")}
	in.Description = graphql.OmittableOf(new("classified"))
	in.Tags = graphql.OmittableOf([]string{"classified"})
	must(e.DB.CreateCall(e.Ctx, in))
	must(e.DB.CreateCall(e.Ctx, model.CreateCallInput{ID: new("secret-deleted"), CallPatch: named("classified")}))
	must(e.DB.DeleteCalls(e.Ctx, model.CallSelector{Ids: []string{"secret-deleted"}}, db.Batch{}))
	tags := model.TagsPatch([]string{"classified", "classified 2"})
	must(e.DB.UpdateCall(e.Ctx, "updateCall", "secret-call", tags, nil))
	task := &model.CreateTaskInput{
		Subject: "classified", Assignee: new("classified"), Status: model.TaskStatusWaiting,
	}
	must(e.DB.CreateCallTasks(e.Ctx, secretKeys, []*model.CreateTaskInput{task}, db.Batch{}))
	must(e.DB.AddNote(e.Ctx, "secret-call", "classified"))
	writeSecretKeys(t, e)
	writeSecretRecord(t, e)
}

func writeSecretKeys(t *testing.T, e *dbtest.Env) {
	apiKey := model.CreateAPIKeyInput{Name: "classified", Roles: []model.Role{model.RoleAgent}}
	if _, _, err := e.DB.CreateAPIKey(e.Ctx, apiKey); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"secret-key", "secret-open-key"} {
		if _, _, err := e.DB.ClaimKey(e.Ctx, key, "hash"); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.DB.KeepResponse(e.Ctx, "secret-key", "classified"); err != nil {
		t.Fatal(err)
	}
}

func writeSecretRecord(t *testing.T, e *dbtest.Env) {
	out, err := e.DB.SaveCallRecords(e.Ctx, []*model.SaveCallRecordInput{{ID: 77001, AnalysisBasis: new("classified"),
		CustomerPerson: &model.CustomerPersonInput{ID: 77002, Name: new("classified")},
		Details:        []*model.CallDetailInput{{Type: model.CallDetailTypePerson, Text: "classified"}}}})
	if err != nil || out[0].Errors != nil {
		t.Fatalf("SaveCallRecords: got %v, %v; want no errors", out, err)
	}
	tags := []string{"classified"}
	if _, err := e.DB.TagRecords(e.Ctx, []int64{77001}, tags, model.BatchPolicyAllOrNothing); err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.DB.CreateCallFromRecord(e.Ctx, 77001); err != nil {
		t.Fatal(err)
	}
}

// readSecrets returns everything that the owner sees.
func readSecrets(t *testing.T, e *dbtest.Env) string {
	var all []any
	for _, name := range []string{
		"Call", "Calls", "CallTags", "CallDescriptions", "CallRecord", "CallDetails", "CustomerPerson", "CallRecords",
		"CallHistory", "Tasks", "NotesOfCalls", "RelatedCounts", "ClaimKey", "CustomerPersons", "RecordTags",
		"CallsOfRecords", "SearchTranscripts", "Neighbours", "APIKeys",
	} {
		seen, err := isolationCases[name](e.Ctx, e.DB)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, seen)
	}
	return strings.ReplaceAll(dump(t, all), "classified", "secret")
}

// dump returns v as JSON.
func dump(t *testing.T, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func secretAPIKey(d *db.DB) string {
	keys, err := d.APIKeys(owner[d])
	if err != nil || len(keys) == 0 {
		return "none"
	}
	return keys[0].ID
}

// changesSeen returns the changes that ctx's actor receives while the owner writes.
func changesSeen(ctx context.Context, d *db.DB) (any, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watcher, err := d.WatchCalls(ctx)
	if err != nil {
		return nil, err
	}
	secret, err := d.CreateCall(owner[d], model.CreateCallInput{CallPatch: named("classified")})
	if err != nil {
		return nil, err
	}
	if err := remove(owner[d], d, secret.ID); err != nil {
		return nil, err
	}
	own, err := d.CreateCall(ctx, model.CreateCallInput{})
	if err != nil {
		return nil, err
	}
	changes, err := watcher.Next(ctx)
	if len(changes) != 1 || changes[0].ID != own.ID {
		return []any{"classified", changes}, err
	}
	return changes, remove(ctx, d, own.ID)
}

// remove deletes and purges a call.
func remove(ctx context.Context, d *db.DB, id string) error {
	one := model.CallSelector{Ids: []string{id}}
	if _, err := d.DeleteCalls(ctx, one, db.Batch{}); err != nil {
		return err
	}
	_, err := d.PurgeCalls(ctx, one, db.Batch{})
	return err
}
