package main

import (
	"encoding/json"

	"callbook/bench/fill"
)

// operation is one kind of request that is measured.
type operation struct {
	id, title string // as the report names it
	name      string // operationName
	query     string // of Callbook; Apollo's schema answers the same text
	clients   int    // connections, where fewer than those of the command line
	depth     int    // of 100 calls, how many are before the page that is asked for
	isAlone   bool   // whether Callbook is compared with no other

	variables func(i inputs, n int64) any    // of the request number n
	upload    func(i inputs, n int64) string // the file of a request that uploads one

	apollo            bool   // whether Apollo is compared
	apolloQuery       string // where it is another than query
	graphile          string // PostGraphile's query; empty where it is not compared
	graphileVariables func(i inputs, n int64) any

	writes   bool
	readBack string                                     // a query of Callbook for a row that the request wrote, by $id
	written  func(i inputs, n int64, isNew bool) string // its key: of one that was not there, where there is a choice
}

const recordFields = `{ id version robotCallJobId resultStatus intentLevel startTime endTime chatDuration chatRound
 readStatus calledPhoneNumber customerConcern fullAudioUrl
 customerPerson { id name phoneNumber gender customerGroupName }
 details { position type text } }`

const callFields = `{ nodeId id version name subject callType outgoingCallStatus callStartTime callDurationInSeconds
 callPurpose callResult callAgenda reminder scheduledInCrm ctiEntry callerId dialledNumber voiceRecording ownerId
 ownerType ownerSubtype createdBy createdAt updatedBy updatedAt }`

const recordsArgs = `($job: ID!, $result: ResultStatus!, $intent: IntentLevel!) {
 callRecords(filter: {robotCallJobId: {eq: $job}, resultStatus: {eq: $result}, intentLevel: {eq: $intent}}, first: 20)`

// PostGraphile's names of the same fields. Its lists are connections.
const (
	graphileRecord = `{ id: rowId version robotCallJobId resultStatus intentLevel startTime endTime chatDuration chatRound
 readStatus calledPhoneNumber customerConcern fullAudioUrl
 customerPerson: customerPersonByTenantIdAndCustomerPersonId { id: rowId name phoneNumber gender customerGroupName }
 details: callDetailsByTenantIdAndCallRecordId(orderBy: [POSITION_ASC]) { nodes { position type text } } }`
	graphileCall = `{ nodeId: id id: rowId version name subject callType outgoingCallStatus callStartTime
 callDurationInSeconds callPurpose callResult callAgenda reminder scheduledInCrm ctiEntry callerId dialledNumber
 voiceRecording ownerId ownerType ownerSubtype createdBy createdAt updatedBy updatedAt }`
	graphileRecords = `($job: BigInt!, $result: String!, $intent: String!) {
 callRecords: allCallRecords(
 condition: {tenantId: "1", robotCallJobId: $job, resultStatus: $result, intentLevel: $intent},
 first: 20, orderBy: [START_TIME_DESC, ROW_ID_ASC])`
)

const callBack = `query Back($id: ID!) { call(id: $id) { version name subject callType outgoingCallStatus callStartTime
 callDurationInSeconds callPurpose dialledNumber ownerId ownerType tags
 history { nodes { version operation changes { field from to } } } } }`

const recordBack = `query Back($id: ID!) { callRecord(id: $id) { version robotCallJobId resultStatus intentLevel
 chatDuration chatRound readStatus customerConcern
 customerPerson { gender lastIntentLevel lastDialStatus lastChatDuration }
 details { position callDetailId type text } } }`

const statsFields = `total answered results { resultStatus count } intentLevels { intentLevel count }
 daily { date total answered }`

// operations are what is measured, reads first.
var operations = []operation{
	{
		id: "Q1", title: "a record by id with turns and customer", name: "Record", apollo: true,
		query: "query Record($id: ID!) { callRecord(id: $id) " + recordFields + " }", variables: inputs.record,
		graphile: `query Record($id: BigInt!) { callRecord: callRecordByTenantIdAndRowId(tenantId: "1", rowId: $id) ` +
			graphileRecord + " }",
	},
	{
		id: "Q2", title: "20 records by job, result and intent", name: "Records", apollo: true,
		query: "query Records" + recordsArgs + " { nodes " + recordFields + " } }", variables: inputs.records,
		graphile: "query Records" + graphileRecords + " { nodes " + graphileRecord + " } }",
	},
	{
		id: "Q2 total", title: "the same with totalCount", name: "RecordsWithTotal", apollo: true,
		query:     "query RecordsWithTotal" + recordsArgs + " { totalCount nodes " + recordFields + " } }",
		variables: inputs.records,
		graphile:  "query RecordsWithTotal" + graphileRecords + " { totalCount nodes " + graphileRecord + " } }",
	},
	{
		id: "Q3", title: "100 calls with 25 fields by status", name: "Calls", apollo: true,
		query: `query Calls($status: OutgoingCallStatus!) {
 calls(filter: {outgoingCallStatus: {eq: $status}}, first: 100) { nodes ` + callFields + " } }",
		variables: inputs.status,
		graphile: `query Calls($status: String!) { calls: allCalls(condition: {tenantId: "1", outgoingCallStatus: $status,
 deletedAt: null}, first: 100, orderBy: [CALL_START_TIME_DESC, ROW_ID_ASC]) { nodes ` + graphileCall + " } }",
	},
	{
		id: "Q4", title: "statistics of a job", name: "Stats",
		query:     `query Stats($job: ID) { jobStats(robotCallJobId: $job) { ` + statsFields + " } }",
		variables: inputs.job, clients: 4,
	},
	{
		id: "Q4 all", title: "statistics of all jobs", name: "Stats",
		query:     `query Stats($job: ID) { jobStats(robotCallJobId: $job) { ` + statsFields + " } }",
		variables: func(inputs, int64) any { return map[string]any{"job": nil} }, clients: 2,
	},
	{
		id: "Q5", title: "transcripts that say something, few hits", name: "Search", query: searchQuery,
		variables: inputs.rareWord,
	},
	{
		id: "Q5 many", title: "transcripts that say something, many hits", name: "Search", query: searchQuery,
		variables: inputs.commonWord, clients: 4,
	},
	{
		id: "Q6", title: "100 calls behind a cursor at the front", name: "Page", isAlone: true, query: pageQuery, depth: 1,
	},
	{
		id: "Q6 deep", title: "100 calls behind a cursor near the end", name: "Page", isAlone: true, query: pageQuery,
		depth: 90,
	},
	{
		id: "M1", title: "create a call", name: "CreateCall", apollo: true, writes: true,
		query: `mutation CreateCall($input: CreateCallInput!) { createCall(input: $input) {
 call { id version createdBy } } }`,
		graphile: `mutation CreateCall($input: CallInput!) { createCall(input: {call: $input}) {
 call { id: rowId version createdBy } } }`,
		variables: inputs.newCall, graphileVariables: inputs.newGraphileCall, readBack: callBack, written: inputs.createdID,
	},
	{
		id: "M2", title: "upsert 100 calls, half of them new", name: "SaveCalls", apollo: true, writes: true,
		query:       `mutation SaveCalls($file: Upload!) { importCalls(file: $file) { rows created updated failed } }`,
		apolloQuery: `mutation SaveCalls($file: String!) { importCalls(file: $file) { rows created updated failed } }`,
		upload:      inputs.callsFile, readBack: callBack, written: inputs.savedID,
		variables: func(i inputs, n int64) any { return map[string]any{"file": i.callsFile(n)} },
	},
	{
		id: "M3", title: "tag 100 calls", name: "TagCalls", apollo: true, writes: true,
		query: `mutation TagCalls($ids: [ID!]!, $tag: String!) {
 addCallTags(select: {ids: $ids}, tags: [$tag]) { written } }`,
		variables: inputs.tagging, readBack: callBack, written: inputs.taggedID,
	},
	{
		id: "I1", title: "deliver 100 records, 25 of them with 8 turns", name: "Deliver", writes: true,
		query: `mutation Deliver($inputs: [SaveCallRecordInput!]!) { saveCallRecords(inputs: $inputs) {
 results { outcome } } }`,
		variables: inputs.delivery, readBack: recordBack, written: inputs.deliveredID,
	},
}

const pageQuery = "query Page($after: String) { calls(first: 100, after: $after) { nodes " + callFields + " } }"

const searchQuery = `query Search($query: String!) { searchTranscripts(query: $query, orderBy: NEWEST, first: 20) {
 totalCount nodes { callRecord { id startTime } turn { position type text } } } }`

// body returns the JSON of a request.
func body(name, query string, variables any) []byte {
	text, err := json.Marshal(map[string]any{"operationName": name, "query": query, "variables": variables})
	if err != nil {
		panic(err) // the variables are made of texts and numbers
	}
	return text
}

// inputs makes the variables of requests: each is a function of the request's number, so that every server gets the
// same requests.
type inputs struct{ fill.Size }
