package tests

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/model"
	"callbook/tests/harness"
)

// These texts mark what other tenants must not see: any text of the owner's, and its personal data.
const (
	markText      = "classified"
	markPhone     = "13987651234"
	markRecording = "https://example.com/tape.wav"
)

// secrets fills a tenant with rows whose every text contains a mark.
const secrets = `mutation Secrets {
	a: createCall(input: {id: "secret-call", name: "classified", subject: "classified", callAgenda: "classified",
		description: "classified", callPurpose: "classified", callResult: "classified", reminder: "classified",
		callerId: "13987651234", dialledNumber: "13987651234", voiceRecording: "https://example.com/tape.wav",
		ownerId: "classified", ownerType: "classified", ownerSubtype: "classified", tags: ["classified"],
		attachments: [{id: "classified", name: "classified", title: "classified", fileId: "classified"}],
		callType: OUTBOUND}) { call { id } }
	b: updateCall(id: "secret-call", input: {subject: "classified again", callerId: "13987651234 ",
		voiceRecording: "https://example.com/tape.wav?2"}) { call { id } }
	c: updateCall(id: "secret-call", input: {callerId: "13987651234",
		voiceRecording: "https://example.com/tape.wav"}) { call { id } }
	d: createCall(input: {id: "secret-deleted", name: "classified"}) { call { id } }
	e: deleteCalls(select: {ids: ["secret-deleted"]}) { written }
	f: createCallTasks(select: {ids: ["secret-call"]},
		tasks: [{subject: "classified", description: "classified", assignee: "classified"}]) { tasks { id nodeId } }
	g: addNote(callId: "secret-call", text: "classified") { note { id nodeId } }
	h: saveCallRecords(inputs: [{id: "77001", robotCallJobId: "77003", calledPhoneNumber: "13987651234",
		fullAudioUrl: "https://example.com/tape.wav", customerAudioUrl: "https://example.com/tape.wav",
		analysisBasis: "classified", customerConcern: ["classified"], attributes: ["classified"], resultStatus: ANSWERED,
		intentLevel: A, startTime: "2024-05-17T08:00:00Z", chatDuration: 7,
		customerPerson: {id: "77002", name: "classified", phoneNumber: "13987651234", wechatNumber: "13987651234",
			customerGroupId: "77004", customerGroupName: "classified", properties: [{name: "classified", value: "classified"}]},
		details: [{type: PERSON, text: "classified"}, {type: ROBOT, text: "classified too"}]}]) { results { outcome } }
	i: tagCallRecords(select: {ids: ["77001"]}, tags: ["classified"]) { written }
	j: createCallFromRecord(callRecordId: "77001") { call { id } }
	k: createApiKey(input: {name: "classified", roles: [AGENT]}) { apiKey { apiKeyId } }
	l: saveImportMapping(name: "secret-mapping", kind: CALLS, mapping: {columns: [{column: "classified", field: "id"}]}) {
		created }
	n: saveExportColumnSet(name: "secret-columns", entity: CALLS, columns: ["id"]) { created }
	m: saveQuery(input: {name: "secret", document: "{ classified: viewer { name } }", description: "classified"}) {
		created }
}`

// found is what the owner's mutations returned, so that cases can name things that only the owner knows.
type found struct{ task, taskNode, note, noteNode, key, callCursor, recordCursor string }

// isolationCases returns arguments for every root field that name the owner's things. A root field without a case fails
// the test.
func isolationCases(f found) map[string][]string {
	const (
		ids    = `select: {ids: ["secret-call", "secret-deleted"]}, policy: VALID_ROWS`
		all    = `select: {where: {filter: {id: {ne: "nothing"}}, limit: 20}}, policy: VALID_ROWS`
		record = `select: {ids: ["77001"]}, policy: VALID_ROWS`
		found  = `select: {where: {filter: {id: {gt: "0"}}, limit: 20}}, policy: VALID_ROWS`
		id     = `id: "secret-call"`
		input  = `input: {id: "secret-call", name: "overwritten"}`
	)
	quoted := func(argument, value string) string { return argument + `: "` + value + `"` }
	nodeIDs := []string{
		(&model.Call{ID: "secret-call"}).NodeID(), (&model.CallRecord{ID: 77001}).NodeID(),
		(&model.CustomerPerson{ID: 77002}).NodeID(), f.taskNode, f.noteNode,
	}
	var nodes []string
	for _, nodeID := range nodeIDs {
		nodes = append(nodes, quoted("nodeId", nodeID))
	}
	pages := func(more ...string) []string {
		return append([]string{`first: 5`, `last: 5`, `first: 5, filter: {}`}, more...)
	}
	return map[string][]string{
		// Reading
		"viewer":    {""},
		"apiKeys":   {""},
		"picklists": {"", `fields: ["createdBy", "ownerId", "robotCallJobId", "callPurpose", "assignee"], prefix: "c"`},
		"node":      nodes,

		"callImportTemplate":       {`locale: ZH`},
		"callRecordImportTemplate": {`locale: EN`},

		"nodes": {`nodeIds: ["` + strings.Join(nodeIDs, `", "`) + `"]`},
		"task":  {quoted("id", f.task)},
		"note":  {quoted("id", f.note)},
		"call":  {id, id + ", includeDeleted: true", `id: "secret-deleted", includeDeleted: true`},
		"calls": pages(
			`first: 5, includeDeleted: true`,
			`first: 5, filter: {name: {contains: "classi"}}`,
			`first: 5, filter: {tags: {has: "classified"}}`,
			`first: 5, `+quoted("after", f.callCursor),
			`last: 5, `+quoted("before", f.callCursor),
			`first: 5, orderBy: [{field: SUBJECT}]`,
		),
		"callTags":     {`prefix: "class"`, ``},
		"checkCallKey": {id},
		"callDraft":    {input},
		"tasks":        pages(`first: 5, filter: {assignee: {eq: "classified"}}`),
		"callRecord":   {`id: "77001"`},
		"callRecords": pages(
			`first: 5, filter: {customerPerson: {name: {eq: "classified"}}}`,
			`first: 5, filter: {customerGroupId: {eq: "77004"}}`,
			`first: 5, filter: {customerGroupId: {ne: "1"}}`,
			`first: 5, filter: {searchWords: "classified"}`,
			`first: 5, filter: {searchWords: "77001"}`,
			`first: 5, `+quoted("after", f.recordCursor),
		),
		"customerPerson":    {`id: "77002"`},
		"customerPersons":   pages(`first: 5, filter: {name: {startsWith: "class"}}`),
		"searchTranscripts": {`query: "classified", first: 5`, `query: "classified", orderBy: NEWEST`, `query: "c"`},
		"jobStats":          {``, `robotCallJobId: "77003"`},
		"callStats": {`groupBy: [TAG, CALLER_ID]`, `groupBy: [OWNER_ID], filter: {ownerId: {eq: "classified"}}`,
			`groupBy: [CALL_PURPOSE], compareTo: {filter: {callPurpose: {eq: "classified"}}}`},
		"callRecordStats": {`groupBy: [CUSTOMER_GROUP_ID, TAG, CUSTOMER_CONCERN]`, `groupBy: [CALLED_PHONE_NUMBER]`,
			`filter: {customerGroupId: {eq: "77004"}}, compareTo: {filter: {robotCallJobId: {eq: "77003"}}}`},

		"callTable": {``, `filter: {name: {contains: "classi"}}, columns: ["id", "tags"]`,
			`first: 5, ` + quoted("after", f.callCursor)},
		"callRecordTable": {``, `filter: {customerGroupId: {eq: "77004"}}`, `orderBy: [{field: ID}]`},
		"statsTable": {`calls: {groupBy: [TAG, CALLER_ID]}`, `callRecords: {groupBy: [CUSTOMER_GROUP_ID, TAG]}`,
			`calls: {figures: [COUNT, DURATION_SUM]}`},

		"savedQueries": {``},
		"savedQuery":   {`name: "secret"`},
		"saveQuery":    {`input: {name: "secret", document: "{ overwritten: viewer { name } }"}`},
		"deleteQuery":  {`name: "secret"`},

		"job":         {`id: "00000000-0000-7000-8000-000000000000"`},
		"jobs":        {``, `filter: {kinds: [EXPORT], states: [WAITING, DONE]}, first: 5`},
		"exportLink":  {`input: {entity: CALLS}`, `input: {entity: CALL_RECORDS, columns: ["id"]}, validFor: 60`},
		"startExport": {`input: {entity: CALLS}`},
		"printCalls":  {`input: {ids: ["secret-call"]}`, `input: {filter: {tags: {has: "classified"}}}`},
		"callReport": {`input: {filter: {ownerId: {eq: "classified"}}, format: JSON}`,
			`input: {from: "2026-01-01", to: "2026-01-31"}, validFor: 60`},
		"callRecordReport": {`input: {filter: {customerGroupId: {eq: "77004"}}}`},
		"cancelJob":        {`id: "00000000-0000-7000-8000-000000000000"`},
		"startUpload":      {`name: "x.csv", bytes: 3`},
		"startImport":      {`input: {kind: CALLS, fileId: "00000000-0000-7000-8000-000000000000"}`},
		"undoImport":       {`jobId: "00000000-0000-7000-8000-000000000000"`},

		"deleteFile":          {`fileId: "00000000-0000-7000-8000-000000000000"`},
		"previewImport":       {`input: {fileId: "00000000-0000-7000-8000-000000000000", kind: CALLS}`},
		"importMappings":      {``, `kind: CALLS, first: 5`},
		"importMapping":       {`name: "secret-mapping", kind: CALLS`},
		"saveImportMapping":   {`name: "secret-mapping-2", kind: CALLS, mapping: {}`},
		"deleteImportMapping": {`name: "secret-mapping-3", kind: CALLS`},

		"exportColumnSets":      {``, `entity: CALLS, first: 5`},
		"exportColumnSet":       {`name: "secret-columns", entity: CALLS`},
		"saveExportColumnSet":   {`name: "secret-columns-2", entity: CALLS, columns: ["id"]`},
		"deleteExportColumnSet": {`name: "secret-columns-3", entity: CALLS`},

		// Writing calls
		"createCall":  {input},
		"saveCall":    {input},
		"createCalls": {`inputs: [{id: "secret-call", name: "overwritten"}], policy: VALID_ROWS`},
		"updateCall":  {id + `, input: {name: "overwritten"}`},
		"updateCalls": {
			ids + `, input: {name: "overwritten"}`,
			all + `, input: {name: "overwritten"}`,
			ids + `, input: {name: "overwritten"}, dryRun: true`,
		},
		"deleteCall":     {id},
		"deleteCalls":    {ids, all},
		"restoreCalls":   {ids, all},
		"purgeCalls":     {ids, all},
		"addCallTags":    {ids + `, tags: ["overwritten"]`},
		"removeCallTags": {ids + `, tags: ["classified"]`, all + `, tags: ["classified"]`},
		"setCallTags":    {ids + `, tags: []`},
		"scheduleCall":   {input},
		"logCall":        {`input: {id: "secret-call", callType: MISSED}`},
		"completeCall":   {id + `, input: {callDurationInSeconds: 1}`},
		"cancelCall":     {id},
		"rescheduleCall": {id + `, callStartTime: "2030-01-01T00:00:00Z"`},

		// Writing tasks and notes
		"createCallTasks": {ids + `, tasks: [{subject: "overwritten"}]`, all + `, tasks: [{subject: "overwritten"}]`},
		"updateTask":      {quoted("id", f.task) + `, input: {subject: "overwritten"}`},
		"completeTasks":   {`select: {ids: ["` + f.task + `"]}, policy: VALID_ROWS`},
		"deleteTasks":     {`select: {ids: ["` + f.task + `"]}, policy: VALID_ROWS`},
		"addNote":         {`callId: "secret-call", text: "overwritten"`},
		"updateNote":      {quoted("id", f.note) + `, text: "overwritten"`},
		"deleteNote":      {quoted("id", f.note)},

		// Writing call records
		"setRealIntentLevel":   {record + `, realIntentLevel: F`},
		"markCallRecords":      {record + `, readStatus: HAS_READ`},
		"tagCallRecords":       {record + `, tags: ["overwritten"]`, found + `, tags: ["overwritten"]`},
		"untagCallRecords":     {record + `, tags: ["classified"]`},
		"deleteCallRecords":    {record, found},
		"saveCustomerPerson":   {`input: {id: "77002", name: "overwritten"}`},
		"createCallFromRecord": {`callRecordId: "77001"`},
		"saveCallRecords": {
			`inputs: [{id: "77001", analysisBasis: "overwritten", customerPerson: {id: "77002", name: "overwritten"}}]`,
			`inputs: [{id: "88001", customerPersonId: "77002"}]`,
		},

		// Keys
		"createApiKey": {`input: {name: "overwritten", roles: [AGENT]}`},
		"revokeApiKey": {quoted("id", f.key)},

		// Tested elsewhere
		"importCalls":       nil, // a file cannot be written in a document: TestUpload
		"importCallRecords": nil, // as importCalls
		"uploadFile":        nil, // as importCalls: TestUploadFile
		"jobProgress":       {`id: "00000000-0000-7000-8000-000000000000"`},
		"changes":           {``, `first: 1000, entities: [CALL, CALL_RECORD, TASK, NOTE]`},
		"callRecordChanged": nil, // as callChanged
		"taskChanged":       nil, // as callChanged
		"callChanged":       nil, // events come later: TestIsolationOfSubscriptions
	}
}

// everything returns a selection of all fields of a type, at most levels deep, without types that stand above.
func everything(t *ast.Definition, above []string, levels int) string {
	if t.Kind == ast.Interface {
		parts := "{ __typename"
		for _, possible := range harness.ParsedSchema().GetPossibleTypes(t) {
			parts += " ... on " + possible.Name + " " + fieldsOf(possible, possible.Name+"_",
				append(above, "<"+possible.Name+">"), levels-1)
		}
		return parts + " }"
	}
	return fieldsOf(t, "", above, levels)
}

// requiredArguments are the arguments of fields below the root that cannot do without.
var requiredArguments = map[string]string{
	"CallStatsGroup.distinctCount": "(of: OWNER_ID)", "CallStatsFigures.distinctCount": "(of: OWNER_ID)",
	"CallRecordStatsGroup.distinctCount":   "(of: CALLED_PHONE_NUMBER)",
	"CallRecordStatsFigures.distinctCount": "(of: CALLED_PHONE_NUMBER)",
	"StatsValues.percentile":               "(percent: 50)",
}

// fieldsOf returns a selection of all fields of an object type. The aliases begin with prefix, so that those of several
// types do not conflict.
func fieldsOf(t *ast.Definition, prefix string, above []string, levels int) string {
	var b strings.Builder
	b.WriteString("{ __typename")
	for _, field := range t.Fields {
		of := harness.ParsedSchema().Types[field.Type.Name()]
		leaf := of.IsLeafType()
		if strings.HasPrefix(field.Name, "__") || field.Name == "edges" ||
			!leaf && (levels == 0 || strings.Contains(strings.Join(above, " "), "<"+of.Name+">")) {
			continue
		}
		b.WriteString(" ")
		if prefix != "" {
			b.WriteString(prefix + field.Name + ": ")
		}
		b.WriteString(field.Name + requiredArguments[t.Name+"."+field.Name])
		if !leaf {
			b.WriteString(" " + everything(of, append(above, "<"+of.Name+">"), levels-1))
		}
	}
	return b.String() + " }"
}
