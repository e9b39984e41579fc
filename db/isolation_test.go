package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// everything chooses all calls that the actor sees; secretKeys the owner's by key.
var (
	everything = model.CallSelector{Where: &model.CallSelection{Dataset: model.CallDatasetDefault, Limit: 1000,
		Filter: &model.CallFilter{ID: &model.IDFilter{IsNull: new(false)}}}}
	secretKeys    = model.CallSelector{Ids: []string{"secret-call"}}
	secretRecords = model.CallRecordSelector{Ids: []int64{77001}}
)

// owner has the context of the tenant that owns the secrets, by database.
var owner = map[*db.DB]context.Context{}

func secretTask(d *db.DB) string {
	tasks, err := d.TasksOfCalls(owner[d], []string{"secret-call"}, db.TaskQuery{})
	if err != nil || len(tasks["secret-call"].Nodes) == 0 {
		return "none"
	}
	return tasks["secret-call"].Nodes[0].ID
}

func secretNote(d *db.DB) string {
	notes, err := d.NotesOfCalls(owner[d], []string{"secret-call"}, model.PageArgs{})
	if err != nil || len(notes["secret-call"].Nodes) == 0 {
		return "none"
	}
	return notes["secret-call"].Nodes[0].ID
}

// pageOf returns the nodes and the total of the page of one parent.
func pageOf[K comparable, T any](ctx context.Context, pages map[K]model.Page[T], parent K, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	total, err := pages[parent].TotalCount(ctx)
	return []any{pages[parent].Nodes, total}, err
}

func nodesOf(page *model.TaskConnection, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return page.Nodes, nil
}

// unscoped methods read and write no tenant's rows, or are of tests alone.
var unscoped = map[string]bool{
	"Close": true, "Ready": true, "Analyze": true, "IsUnavailable": true, "HasAPIKeys": true,
	"Write": true, "DuringDelete": true, "Exec": true, "Texts": true, "TenantTables": true,
	"Now": true, "JobsChanged": true,
	"RebuildSummaries": true, "Fold": true, "Summaries": true, "CallsPlan": true, "RecordsPlan": true,
}

func named(name string) model.CallPatch {
	return model.CallPatch{Name: graphql.OmittableOf(&name)}
}

func TestIsolation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		e.Ctx = withCredential(e.Ctx, model.CredentialKindAPIKey, "key of the owner")
		writeSecrets(t, e)
		before := readSecrets(t, e)
		if strings.Count(before, "secret") < 6 {
			t.Fatalf("the owner sees %s, want at least six secrets", before)
		}
		methods := reflect.TypeFor[*db.DB]()
		for method := range methods.Methods() {
			name := method.Name
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
		who["a token of the owner's name that sees only own rows"] = withNamesake(e.Ctx, method)
	}
	return who
}

// ofTenant methods are about all rows of the tenant: whether a key is taken, and what only administrators may.
var ofTenant = map[string]bool{
	"CallKeyState": true, "APIKey": true, "APIKeys": true, "RevokeAPIKey": true, "NoteKeyUse": true,
	"PresentActor": true, "ImportMappings": true, "ImportMapping": true, "SaveImportMapping": true,
	"DeleteImportMapping": true, "ExportColumnSets": true, "ExportColumnSet": true, "SaveExportColumnSet": true,
	"DeleteExportColumnSet": true,
}

// withOwnRows returns a context of a colleague in the tenant who sees only rows of its own.
func withOwnRows(ctx context.Context, name string) context.Context {
	actor, _ := model.ActorFrom(ctx)
	actor.Name, actor.OwnOnly, actor.Credential = "colleague for "+name, true, "key of a colleague for "+name
	return model.WithActor(ctx, actor)
}

// withNamesake returns a context of a token that has the name of ctx's actor, an API key, and sees only its own rows.
func withNamesake(ctx context.Context, name string) context.Context {
	ctx = withCredential(ctx, model.CredentialKindToken, "token for "+name)
	actor, _ := model.ActorFrom(ctx)
	actor.OwnOnly = true
	return model.WithActor(ctx, actor)
}

// withCredential returns a context whose actor has another credential.
func withCredential(ctx context.Context, kind model.CredentialKind, credential string) context.Context {
	actor, _ := model.ActorFrom(ctx)
	actor.Kind, actor.Credential = kind, credential
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
	saved := model.SaveQueryInput{Name: "secret", Document: "classified", Description: new("classified")}
	if _, _, err := e.DB.SaveQuery(e.Ctx, saved, nil); err != nil {
		t.Fatal(err)
	}
	apiKey := model.CreateAPIKeyInput{Name: "classified", Roles: []model.Role{model.RoleAgent}}
	if _, _, err := e.DB.CreateAPIKey(e.Ctx, apiKey); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"secret-key", "secret-open-key"} {
		c := db.NewClaim(key, "hash")
		_, err := e.DB.ClaimKey(e.Ctx, c)
		if err == nil && key == "secret-key" {
			err = e.DB.KeepAnswer(e.Ctx, c, new("classified"))
		}
		if err != nil {
			t.Fatal(err)
		}
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
	if _, err := e.DB.TagRecords(e.Ctx, secretRecords, tags, db.Batch{}); err != nil {
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
		"CallsOfRecords", "SearchTranscripts", "Neighbours", "APIKeys", "TasksOfCalls", "CallRecordsOfCustomers", "NotesByID",
		"File", "Job", "ImportMapping", "ExportColumnSets",
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
	watcher, err := d.WatchCalls(ctx, db.CallWatch{})
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
	if len(changes) != 1 || changes[0].CallID != own.ID {
		return []any{"classified", changes}, err
	}
	return changes, remove(ctx, d, own.ID)
}

// remove deletes a call and its row, without a purge, which erases answers that are kept, too.
func remove(ctx context.Context, d *db.DB, id string) error {
	if _, err := d.DeleteCalls(ctx, model.CallSelector{Ids: []string{id}}, db.Batch{}); err != nil {
		return err
	}
	return d.Exec(db.CrossTenant(ctx), "DELETE FROM calls WHERE id = '"+id+"'")
}

// secretFile returns the owner's file, secretUpload one that is still open, and secretJob the owner's job.
func secretFile(d *db.DB) *model.StoredFile { return ownersFile(d, "classified.csv") }

func secretUpload(d *db.DB) *model.StoredFile { return ownersFile(d, "classified-upload.csv") }

var ownersFiles = map[*db.DB]map[string]*model.StoredFile{}

func ownersFile(d *db.DB, name string) *model.StoredFile {
	if ownersFiles[d] == nil {
		ownersFiles[d] = map[string]*model.StoredFile{}
	}
	if file := ownersFiles[d][name]; file != nil {
		copied := *file
		return &copied
	}
	file, err := d.BeginFile(owner[d], db.NewFile{Kind: model.FileKindUpload, Name: name})
	if err == nil && name == "classified.csv" {
		if err = d.Receive(owner[d], file, strings.NewReader("classified")); err == nil {
			err = d.FinishFile(owner[d], file)
		}
	}
	if err != nil {
		panic(err)
	}
	ownersFiles[d][name] = file
	return file
}

var ownersJobs = map[*db.DB]*model.Job{}

func secretJob(d *db.DB) *model.Job {
	if ownersJobs[d] == nil {
		job, err := d.StartJob(owner[d], model.JobKindExport, "classified")
		if err != nil {
			panic(err)
		}
		ownersJobs[d] = job
	}
	return ownersJobs[d]
}

// isOtherTenant reports whether a context is not the owner's tenant's.
func isOtherTenant(ctx context.Context, d *db.DB) bool {
	a, _ := model.ActorFrom(ctx)
	b, _ := model.ActorFrom(owner[d])
	return a.TenantID != b.TenantID
}

// notTaken returns an error, and for one that says that a job is not the caller's, none.
func notTaken(err error) error {
	if errors.Is(err, db.ErrJobTaken) {
		return nil
	}
	return err
}
