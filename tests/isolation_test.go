package tests

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"callbook/tests/harness"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// Marks of what a stranger must not see: any text of the owner's, and of it what is personal.
const (
	markText      = "classified"
	markPhone     = "13987651234"
	markRecording = "https://example.com/tape.wav"
)

// secrets fills a tenant with rows whose every text bears a mark.
const secrets = `mutation Secrets {
	a: createCall(input: {id: "secret-call", name: "classified", subject: "classified", callAgenda: "classified", description: "classified", callPurpose: "classified", callResult: "classified", reminder: "classified",
		callerId: "13987651234", dialledNumber: "13987651234", voiceRecording: "https://example.com/tape.wav", ownerId: "classified", ownerType: "classified", ownerSubtype: "classified", tags: ["classified"],
		attachments: [{id: "classified", name: "classified", title: "classified", fileId: "classified"}], callType: OUTBOUND}) { call { id } }
	b: updateCall(id: "secret-call", input: {subject: "classified again", callerId: "13987651234 ", voiceRecording: "https://example.com/tape.wav?2"}) { call { id } }
	c: updateCall(id: "secret-call", input: {callerId: "13987651234", voiceRecording: "https://example.com/tape.wav"}) { call { id } }
	d: createCall(input: {id: "secret-deleted", name: "classified"}) { call { id } }
	e: deleteCalls(select: {ids: ["secret-deleted"]}) { written }
	f: createCallTasks(select: {ids: ["secret-call"]}, tasks: [{subject: "classified", description: "classified", assignee: "classified"}]) { tasks { id nodeId } }
	g: addNote(callId: "secret-call", text: "classified") { note { id nodeId } }
	h: saveCallRecords(inputs: [{id: "77001", robotCallJobId: "77003", calledPhoneNumber: "13987651234", fullAudioUrl: "https://example.com/tape.wav", customerAudioUrl: "https://example.com/tape.wav",
		analysisBasis: "classified", customerConcern: ["classified"], attributes: ["classified"], resultStatus: ANSWERED, intentLevel: A, startTime: "2024-05-17T08:00:00Z", chatDuration: 7,
		customerPerson: {id: "77002", name: "classified", phoneNumber: "13987651234", wechatNumber: "13987651234", customerGroupId: "77004", customerGroupName: "classified", properties: [{name: "classified", value: "classified"}]},
		details: [{type: PERSON, text: "classified"}, {type: ROBOT, text: "classified too"}]}]) { results { outcome } }
	i: tagCallRecords(ids: ["77001"], tags: ["classified"]) { written }
	j: createCallFromRecord(callRecordId: "77001") { call { id } }
	k: createApiKey(input: {name: "classified", roles: [AGENT]}) { apiKey { id } }
}`

// found is what the owner was answered, by which cases name things that only the owner may know.
type found struct{ task, taskNode, note, noteNode, key, callCursor, recordCursor string }

// isolationCases are arguments for every root field, that name the owner's things. A root field without a case fails.
func isolationCases(f found) map[string][]string {
	ids, record := `select: {ids: ["secret-call", "secret-deleted"]}, policy: VALID_ROWS`, `ids: ["77001"], policy: VALID_ROWS`
	all := `select: {where: {filter: {id: {ne: "nothing"}}, limit: 100}}, policy: VALID_ROWS`
	id, input := `id: "secret-call"`, `input: {id: "secret-call", name: "overwritten"}`
	node := func(id string) string { return `nodeId: "` + id + `"` }
	page := []string{`first: 5`, `last: 5`, `first: 5, filter: {}`}
	return map[string][]string{
		"viewer": {""}, "apiKeys": {""}, "picklists": {""},
		"node": {node((&model.Call{ID: "secret-call"}).NodeID()), node((&model.CallRecord{ID: 77001}).NodeID()), node((&model.CustomerPerson{ID: 77002}).NodeID()), node(f.taskNode), node(f.noteNode)},
		"call": {id, id + ", includeDeleted: true", `id: "secret-deleted", includeDeleted: true`},
		"calls": append([]string{`first: 5, includeDeleted: true`, `first: 5, filter: {name: {contains: "classi"}}`, `first: 5, filter: {tags: {has: "classified"}}`, `first: 5, after: "` + f.callCursor + `"`,
			`last: 5, before: "` + f.callCursor + `"`, `first: 5, orderBy: [{field: SUBJECT}]`}, page...),
		"callTags": {`prefix: "class"`, ``}, "checkCallKey": {id}, "callDraft": {input},
		"tasks":      append([]string{`first: 5, filter: {assignee: {eq: "classified"}}`}, page...),
		"callRecord": {`id: "77001"`},
		"callRecords": append([]string{`first: 5, filter: {customerPerson: {name: {eq: "classified"}}}`, `first: 5, filter: {searchWords: "classified"}`, `first: 5, filter: {searchWords: "77001"}`,
			`first: 5, after: "` + f.recordCursor + `"`}, page...),
		"customerPerson": {`id: "77002"`}, "customerPersons": append([]string{`first: 5, filter: {name: {startsWith: "class"}}`}, page...),
		"searchTranscripts": {`query: "classified", first: 5`, `query: "classified", orderBy: NEWEST`, `query: "c"`}, "jobStats": {``, `robotCallJobId: "77003"`},
		"createCall": {input}, "updateCall": {id + `, input: {name: "overwritten"}`}, "saveCall": {input}, "createCalls": {`inputs: [{id: "secret-call", name: "overwritten"}], policy: VALID_ROWS`},
		"updateCalls": {ids + `, input: {name: "overwritten"}`, all + `, input: {name: "overwritten"}`, ids + `, input: {name: "overwritten"}, dryRun: true`},
		"deleteCalls": {ids, all}, "restoreCalls": {ids, all}, "purgeCalls": {ids, all},
		"addCallTags": {ids + `, tags: ["overwritten"]`}, "removeCallTags": {ids + `, tags: ["classified"]`, all + `, tags: ["classified"]`}, "setCallTags": {ids + `, tags: []`},
		"scheduleCall": {input}, "logCall": {`input: {id: "secret-call", callType: MISSED}`}, "completeCall": {id + `, input: {callDurationInSeconds: 1}`}, "cancelCall": {id},
		"rescheduleCall": {id + `, callStartTime: "2030-01-01T00:00:00Z"`}, "createCallTasks": {ids + `, tasks: [{subject: "overwritten"}]`, all + `, tasks: [{subject: "overwritten"}]`},
		"updateTask": {`id: "` + f.task + `", input: {subject: "overwritten"}`}, "completeTasks": {`select: {ids: ["` + f.task + `"]}, policy: VALID_ROWS`},
		"addNote": {`callId: "secret-call", text: "overwritten"`}, "updateNote": {`id: "` + f.note + `", text: "overwritten"`}, "deleteNote": {`id: "` + f.note + `"`},
		"setRealIntentLevel": {record + `, realIntentLevel: F`}, "markCallRecords": {record + `, readStatus: HAS_READ`}, "tagCallRecords": {record + `, tags: ["overwritten"]`},
		"untagCallRecords": {record + `, tags: ["classified"]`}, "createCallFromRecord": {`callRecordId: "77001"`},
		"saveCallRecords": {`inputs: [{id: "77001", analysisBasis: "overwritten", customerPerson: {id: "77002", name: "overwritten"}}]`, `inputs: [{id: "88001", customerPersonId: "77002"}]`},
		"createApiKey":    {`input: {name: "overwritten", roles: [AGENT]}`}, "revokeApiKey": {`id: "` + f.key + `"`},
		"loadFile":    nil, // a file cannot be written in a document: TestUpload
		"callChanged": nil, // it answers when something happens: TestIsolationOfSubscriptions
	}
}

// everything selects all fields of a type, as deep as a type does not come twice and levels last.
func everything(t *ast.Definition, above []string, levels int) string {
	if t.Kind == ast.Interface {
		parts := "{ __typename"
		for _, possible := range harness.ParsedSchema().GetPossibleTypes(t) {
			parts += " ... on " + possible.Name + " " + fieldsOf(possible, possible.Name+"_", append(above, "<"+possible.Name+">"), levels-1)
		}
		return parts + " }"
	}
	return fieldsOf(t, "", above, levels)
}

// fieldsOf selects all fields of an object; prefix, of their aliases, keeps those of several types apart.
func fieldsOf(t *ast.Definition, prefix string, above []string, levels int) string {
	var b strings.Builder
	b.WriteString("{ __typename")
	for _, field := range t.Fields {
		of := harness.ParsedSchema().Types[field.Type.Name()]
		leaf := of.IsLeafType()
		if strings.HasPrefix(field.Name, "__") || field.Name == "edges" || !leaf && (levels == 0 || strings.Contains(strings.Join(above, " "), "<"+of.Name+">")) {
			continue
		}
		b.WriteString(" ")
		if prefix != "" {
			b.WriteString(prefix + field.Name + ": ")
		}
		b.WriteString(field.Name)
		if !leaf {
			b.WriteString(" " + everything(of, append(above, "<"+of.Name+">"), levels-1))
		}
	}
	return b.String() + " }"
}

// TestIsolationOfEverything runs every query and mutation, with all fields of its answer, as every role of another tenant and as an
// agent of the same tenant who owns nothing of it: nobody sees or changes a thing. An analyst sees all but what is masked.
func TestIsolationOfEverything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		made := server.Post(secrets, nil)
		if made["errors"] != nil {
			t.Fatal(made)
		}
		text := func(path ...any) string { return fmt.Sprint(made.At(append([]any{"data"}, path...)...)) }
		cursors := server.Post(`{ a: calls(first: 1) { pageInfo { endCursor } } b: callRecords(first: 1) { pageInfo { endCursor } } }`, nil)
		f := found{text("f", "tasks", 0, "id"), text("f", "tasks", 0, "nodeId"), text("g", "note", "id"), text("g", "note", "nodeId"), text("k", "apiKey", "id"),
			fmt.Sprint(cursors.At("data", "a", "pageInfo", "endCursor")), fmt.Sprint(cursors.At("data", "b", "pageInfo", "endCursor"))}
		cases := isolationCases(f)
		before := ownersView(t, server)
		for kind, root := range map[string]*ast.Definition{"query": harness.ParsedSchema().Query, "mutation": harness.ParsedSchema().Mutation, "subscription": harness.ParsedSchema().Subscription} {
			for _, field := range root.Fields {
				arguments, known := cases[field.Name]
				if !known && !strings.HasPrefix(field.Name, "__") {
					t.Errorf("%s.%s has no case", root.Name, field.Name)
				}
				for _, argument := range arguments {
					if argument != "" {
						argument = "(" + argument + ")"
					}
					of := harness.ParsedSchema().Types[field.Type.Name()]
					query := kind + " { " + field.Name + argument + " " + everything(of, []string{"<" + of.Name + ">"}, 4) + " }"
					walkAsStrangers(t, server, query)
					if kind == "query" {
						walkAsAnalyst(t, server, query)
					}
					if after := ownersView(t, server); after != before {
						t.Fatalf("%s changes the owner's rows:\n%s\nnot\n%s", query, after, before)
					}
				}
			}
		}
	})
}

// walkAsStrangers runs an operation as everybody who may see nothing of it.
func walkAsStrangers(t *testing.T, server *harness.Server, query string) {
	t.Helper()
	elsewhere, _ := dbtest.NewTenant(context.Background())
	other, _ := model.ActorFrom(elsewhere)
	strangers := []model.Actor{server.Actor("stranger", model.RoleAgent)}
	for _, role := range model.AllRole {
		strangers = append(strangers, model.NewActor(other.TenantID, "stranger", []model.Role{role}, nil))
	}
	for _, actor := range strangers {
		response := server.As(actor).Post(query, nil)
		answer := fmt.Sprint(response)
		if code, _ := response.FirstError(); code == "GRAPHQL_VALIDATION_FAILED" || code == "LIMIT_EXCEEDED" || code == "INTERNAL" {
			t.Fatalf("%.300s: %.300s", query, answer)
		}
		if !strings.Contains(query, markText) { // what the query itself says may come back in an error
			for _, mark := range []string{markText, markPhone, markRecording} {
				if strings.Contains(answer, mark) {
					t.Errorf("%v sees %s by %.200s…: %.500s", actor.Roles, mark, query, answer)
				}
			}
		} else if strings.Contains(answer, "again") || strings.Contains(answer, "too") || strings.Contains(answer, markPhone) || strings.Contains(answer, "totalCount:1") {
			t.Errorf("%v finds something by %.200s…: %.500s", actor.Roles, query, answer)
		}
	}
}

// walkAsAnalyst reads as an analyst of the tenant: all is seen but what is masked.
func walkAsAnalyst(t *testing.T, server *harness.Server, query string) {
	t.Helper()
	answer := fmt.Sprint(server.As(server.Actor("analyst", model.RoleAnalyst)).Post(query, nil))
	for _, mark := range []string{markPhone, markRecording} {
		if strings.Contains(answer, mark) {
			t.Errorf("an analyst sees %s by %.200s…: %.500s", mark, query, answer)
		}
	}
}

// ownersView is all the owner sees.
func ownersView(t *testing.T, server *harness.Server) string {
	t.Helper()
	call, record := everything(harness.ParsedSchema().Types["Call"], []string{"<Call>"}, 3), everything(harness.ParsedSchema().Types["CallRecord"], []string{"<CallRecord>"}, 3)
	response := server.Post(`{ a: call(id: "secret-call") `+call+` b: call(id: "secret-deleted", includeDeleted: true) `+call+` c: callRecord(id: "77001") `+record+` d: callRecord(id: "77001") { call `+call+` } }`, nil)
	if response["errors"] != nil {
		t.Fatal(response["errors"])
	}
	view := fmt.Sprint(response["data"])
	for _, mark := range []string{markText, markPhone, markRecording, "classified again", "classified too"} {
		if !strings.Contains(view, mark) {
			t.Fatalf("the owner does not see %s: %s", mark, view)
		}
	}
	return view
}

// subscriptionCases say what makes each subscription speak: a write under a context, of a call with that name. A field without one fails.
var subscriptionCases = map[string]func(ctx context.Context, d *db.DB, name string) error{
	"callChanged": func(ctx context.Context, d *db.DB, name string) error {
		in := model.CreateCallInput{}
		in.Name = graphql.OmittableOf(&name)
		_, err := d.CreateCall(ctx, in)
		return err
	},
}

// TestIsolationOfSubscriptions subscribes to everything as every role of another tenant, and as an agent of the same one: the first thing
// each hears is of its own, not what the owner wrote before.
func TestIsolationOfSubscriptions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		d := harness.Listen(t, e, nil)
		for _, field := range harness.ParsedSchema().Subscription.Fields {
			write, known := subscriptionCases[field.Name]
			if !known {
				t.Errorf("Subscription.%s has no case", field.Name)
				continue
			}
			of := harness.ParsedSchema().Types[field.Type.Name()]
			query := "subscription { " + field.Name + " " + everything(of, []string{"<" + of.Name + ">"}, 3) + " }"
			elsewhere, _ := dbtest.NewTenant(context.Background())
			strangers := map[string]context.Context{}
			listen := func(ctx context.Context, name string, role model.Role) func() (string, string) {
				_, key, err := e.DB.CreateAPIKey(ctx, model.CreateAPIKeyInput{Name: name, Roles: []model.Role{role}})
				if err != nil {
					t.Fatal(err)
				}
				actor, _ := model.ActorFrom(ctx)
				actor.Name = name
				strangers[name] = model.WithActor(ctx, actor)
				return d.Events(query, "X-Api-Key", key)
			}
			ears := map[string]func() (string, string){"colleague": listen(e.Ctx, "colleague", model.RoleAgent)}
			for _, role := range model.AllRole {
				ears[string(role)] = listen(elsewhere, string(role), role)
			}
			if err := write(e.Ctx, e.DB, markText); err != nil {
				t.Fatal(err)
			}
			for name, ctx := range strangers {
				if err := write(ctx, e.DB, "own of "+name); err != nil {
					t.Fatal(err)
				}
			}
			for name, hear := range ears {
				event, data := hear()
				if event != "next" || !strings.Contains(data, "own of ") || strings.Contains(data, markText) || strings.Contains(data, `"errors"`) {
					t.Errorf("%s hears by %s: %s %.300s", name, field.Name, event, data)
				}
				if own := name == "colleague" || name == string(model.RoleAgent); own && !strings.Contains(data, "own of "+name) {
					t.Errorf("%s hears of another's: %.300s", name, data)
				}
			}
		}
	})
}
