package tests

import "strings"

// onceRows are the rows that each case of onceCases finds, in a tenant of its own.
const onceRows = `mutation {
	a: createCalls(inputs: [{id: "c", name: "old", tags: ["x"]}, {id: "c2", name: "old"}, {id: "d", name: "gone"},
		{id: "erased"}, {id: "planned", outgoingCallStatus: SCHEDULED, callStartTime: "2030-01-01T00:00:00Z"}]) { written }
	b: deleteCalls(select: {ids: ["d", "erased"]}) { written }
	c: createCallTasks(select: {ids: ["c"]}, tasks: [{subject: "call back"}]) { tasks { id } }
	d: addNote(callId: "c", text: "old") { note { id } }
	e: saveCallRecords(inputs: [{id: "7", calledPhoneNumber: "13987651234", resultStatus: ANSWERED,
		startTime: "2024-05-17T08:00:00Z", chatDuration: 7, customerPerson: {id: "8", name: "Mei"},
		details: [{type: PERSON, text: "hello"}]}]) { results { outcome } }
	f: createApiKey(input: {name: "old", roles: [AGENT]}) { apiKey { apiKeyId } }
	g: startExport(input: {entity: CALLS}) { job { jobId } }
	h: saveImportMapping(name: "old", kind: CALLS, mapping: {}) { created }
	j: saveExportColumnSet(name: "old", entity: CALLS, columns: ["id"]) { created }
	i: saveQuery(input: {name: "old", document: "{ viewer { name } }"}) { created }
}`

// onceCases are arguments for every mutation, which write something: TASK, NOTE and KEY stand for the keys of such
// rows. A mutation without a case fails the test, unless it takes no idempotency key.
var onceCases = map[string]string{
	"createCall":            `input: {name: "new", description: "long", tags: ["a"]}`,
	"updateCall":            `id: "c", input: {name: "new", tags: ["a"]}, expectedVersion: 1`,
	"saveCall":              `input: {id: "new", name: "new"}`,
	"createCalls":           `inputs: [{name: "new"}, {id: "c"}, {name: "newer"}], policy: VALID_ROWS`,
	"updateCalls":           `select: {where: {filter: {name: {eq: "old"}}, limit: 1}}, input: {name: "new"}`,
	"deleteCall":            `id: "c"`,
	"deleteCalls":           `select: {ids: ["c", "none"]}, policy: VALID_ROWS`,
	"restoreCalls":          `select: {ids: ["d"]}`,
	"purgeCalls":            `select: {ids: ["d"]}`,
	"addCallTags":           `select: {ids: ["c", "c2"]}, tags: ["a"]`,
	"removeCallTags":        `select: {ids: ["c"]}, tags: ["x"]`,
	"setCallTags":           `select: {ids: ["c", "none"]}, tags: ["a"], policy: VALID_ROWS`,
	"scheduleCall":          `input: {name: "new"}`,
	"logCall":               `input: {name: "new", callType: MISSED}`,
	"completeCall":          `id: "planned", input: {callDurationInSeconds: 9}, expectedVersion: 1`,
	"cancelCall":            `id: "planned", expectedVersion: 1`,
	"rescheduleCall":        `id: "planned", callStartTime: "2031-01-01T00:00:00Z", expectedVersion: 1`,
	"createCallTasks":       `select: {ids: ["c", "c2"]}, tasks: [{subject: "a"}, {subject: "b"}]`,
	"updateTask":            `id: "TASK", input: {subject: "new"}, expectedVersion: 1`,
	"completeTasks":         `select: {ids: ["TASK"]}`,
	"deleteTasks":           `select: {ids: ["TASK"]}`,
	"addNote":               `callId: "c", text: "new"`,
	"updateNote":            `id: "NOTE", text: "new", expectedVersion: 1`,
	"deleteNote":            `id: "NOTE"`,
	"setRealIntentLevel":    `select: {ids: ["7"]}, realIntentLevel: B`,
	"markCallRecords":       `select: {ids: ["7"]}, readStatus: HAS_READ`,
	"tagCallRecords":        `select: {ids: ["7"]}, tags: ["a"]`,
	"untagCallRecords":      `select: {ids: ["7"]}, tags: ["a"]`,
	"deleteCallRecords":     `select: {ids: ["7"]}`,
	"saveCustomerPerson":    `input: {id: "9", name: "new"}`,
	"createCallFromRecord":  `callRecordId: "7"`,
	"saveCallRecords":       `inputs: [{id: "7", chatRound: 3}, {id: "11", details: [{type: ROBOT, text: "hi"}]}]`,
	"revokeApiKey":          `id: "KEY"`,
	"importCalls":           `file: $file`,
	"importCallRecords":     `file: $file`,
	"startExport":           `input: {entity: CALLS}`,
	"cancelJob":             `id: "JOB"`,
	"saveImportMapping":     `name: "new", kind: CALLS, mapping: {}`,
	"deleteImportMapping":   `name: "old", kind: CALLS`,
	"saveExportColumnSet":   `name: "new", entity: CALLS, columns: ["id"]`,
	"deleteExportColumnSet": `name: "old", entity: CALLS`,
	"saveQuery":             `input: {name: "new", document: "{ viewer { name } }"}`,
	"deleteQuery":           `name: "old"`,
}

// notOnce are mutations without a case: createApiKey takes no idempotency key, and the erasure by which the test has
// kept answers go ends uploads, too, and imports of them with their undos.
var notOnce = map[string]bool{"createApiKey": true, "uploadFile": true, "startUpload": true, "startImport": true,
	"deleteFile": true, "undoImport": true}

// onceFile is the file of imports.
var onceFile = strings.Repeat(`{"id": "c", "name": "loaded"}`+"\n", 2) + `{"id": "loaded"}
{"callRecordId": 70, "callDetailList": [{"type": "ROBOT", "text": "hi"}]}
{"id": 7, "calledPhoneNumber": 7}
`
