package tests

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// realRecord is a record of the real data, as far as groups go by it.
type realRecord struct {
	CallRecordID            int64
	RobotCallJobID          int64
	DialogFlowID            int64
	ResultStatus            *string
	IntentLevel             *string
	CustomerConcern         []string
	StartTime               *string
	ChatDuration, ChatRound *int
}

func realRecords(t *testing.T) (records []realRecord) {
	t.Helper()
	data, err := os.ReadFile(harness.RealData(t, "call-records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		var record realRecord
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	return records
}

func (r realRecord) start(t *testing.T) time.Time {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	if r.StartTime == nil {
		return time.Time{}
	}
	at, err := time.ParseInLocation(time.DateTime, *r.StartTime, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (r realRecord) input(t *testing.T) vars {
	return vars{"id": r.CallRecordID, "robotCallJobId": r.RobotCallJobID, "dialogFlowId": r.DialogFlowID,
		"resultStatus": r.ResultStatus, "intentLevel": r.IntentLevel, "customerConcern": r.CustomerConcern,
		"startTime": r.start(t).Format(time.RFC3339), "chatDuration": r.ChatDuration, "chatRound": r.ChatRound}
}

func (r realRecord) key(t *testing.T, field string, zone *time.Location) []any {
	text := func(s *string) []any {
		if s == nil {
			return []any{nil}
		}
		return []any{*s}
	}
	switch field {
	case "resultStatus":
		return text(r.ResultStatus)
	case "intentLevel":
		return text(r.IntentLevel)
	case "robotCallJobId":
		return []any{harness.JSON(r.RobotCallJobID)}
	case "customerConcern":
		if len(r.CustomerConcern) == 0 {
			return []any{nil}
		}
		var values []any
		for _, concern := range slices.Compact(slices.Sorted(slices.Values(r.CustomerConcern))) {
			values = append(values, concern)
		}
		return values
	}
	return []any{timeKey(field, r.start(t), zone)}
}

// TestGroupsOfRealRecords compares figures of groups of real records with what Go computes, and reads their records by
// drillDown.
func TestGroupsOfRealRecords(t *testing.T) {
	t.Parallel()
	records := realRecords(t)
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for part := range slices.Chunk(records, 100) {
			inputs := make([]any, len(part))
			for i, record := range part {
				inputs[i] = record.input(t)
			}
			response := server.Post(`mutation($inputs: [SaveCallRecordInput!]!) { saveCallRecords(inputs: $inputs) {
				results { outcome } } }`, vars{"inputs": inputs})
			if response.At("data", "saveCallRecords", "results", len(part)-1, "outcome") != "CREATED" {
				t.Fatalf("saving records: got %s", harness.JSON(response))
			}
		}
		for i, grouping := range [][]string{{"robotCallJobId", "resultStatus"}, {"customerConcern"}, {"day", "resultStatus"},
			{"weekday", "hourOfDay"}, {"intentLevel"}, {}} {
			zone, err := time.LoadLocation([]string{"Asia/Shanghai", "America/New_York", "Asia/Kathmandu"}[i%3])
			if err != nil {
				t.Fatal(err)
			}
			checkRecordGroups(t, server, records, grouping, zone)
		}
	})
}

func checkRecordGroups(t *testing.T, server *harness.Server, records []realRecord, grouping []string,
	zone *time.Location,
) {
	t.Helper()
	byName := map[string][]realRecord{}
	keysOf := map[string][]any{}
	for _, record := range records {
		for _, keys := range combinations(grouping, func(field string) []any { return record.key(t, field, zone) }) {
			name := harness.JSON(keys)
			keysOf[name] = keys
			byName[name] = append(byName[name], record)
		}
	}
	names := slices.SortedFunc(maps.Keys(keysOf), func(a, b string) int { return compareGroupKeys(keysOf[a], keysOf[b]) })
	dimensions := make([]string, len(grouping))
	for i, field := range grouping {
		dimensions[i] = dimensionOf(field)
	}
	response := server.Post(`query($by: [CallRecordDimension!], $zone: String!) { callRecordStats(groupBy: $by,
		timeZone: $zone) { groups { key { __typename `+strings.Join(grouping, " ")+` } drillDown { filter } count share
		answeredRate duration `+statsValues+` rounds `+statsValues+` } } }`, vars{"by": dimensions, "zone": zone.String()})
	groups := harness.List(response, "data", "callRecordStats", "groups")
	if len(groups) != len(names) {
		t.Fatalf("groups by %v: got %d, want %d: %.300s", grouping, len(groups), len(names), harness.JSON(response))
	}
	for i, group := range groups {
		key := vars{"__typename": "CallRecordStatsKey"}
		for n, field := range grouping {
			key[field] = keysOf[names[i]][n]
		}
		want := recordFigures(byName[names[i]], len(records))
		want["key"] = key
		if !harness.Matches(want, group) {
			t.Errorf("group %d by %v: got %s, want %s", i, grouping, harness.JSON(group), harness.JSON(want))
			return
		}
		if i%(1+len(groups)/8) == 0 {
			rows := server.Post(`query($filter: CallRecordFilter) { callRecords(filter: $filter, first: 0) { totalCount } }`,
				harness.At(group, "drillDown"))
			if got := rows.At("data", "callRecords", "totalCount"); got != want["count"] {
				t.Errorf("the records of %s: got %s, want %v", harness.JSON(group), harness.JSON(rows), want["count"])
			}
		}
	}
}

func recordFigures(records []realRecord, all int) vars {
	var seconds, rounds []float64
	answered := 0
	for _, record := range records {
		if record.ChatDuration != nil {
			seconds = append(seconds, float64(*record.ChatDuration))
		}
		if record.ChatRound != nil {
			rounds = append(rounds, float64(*record.ChatRound))
		}
		if record.ResultStatus != nil && *record.ResultStatus == "ANSWERED" {
			answered++
		}
	}
	return vars{"drillDown": "<any>", "count": float64(len(records)), "share": share(len(records), all),
		"answeredRate": share(answered, len(records)), "duration": numbersOf(seconds), "rounds": numbersOf(rounds)}
}

// fewCalls are calls of two days of May 2024, in UTC.
const fewCalls = `mutation { createCalls(inputs: [
	{id: "a", callType: INBOUND, callStartTime: "2024-05-06T08:30:00Z", callDurationInSeconds: 10, tags: ["x", "y"],
		callerId: "13900000001", callPurpose: "Demo"}
	{id: "b", callType: INBOUND, callStartTime: "2024-05-06T09:30:00Z", callDurationInSeconds: 30, tags: ["x"],
		callerId: "13900000001"}
	{id: "c", callType: MISSED, callStartTime: "2024-05-08T08:30:00Z", callerId: "13900000002"}
	{id: "d", callType: OUTBOUND, callStartTime: "2024-05-13T08:30:00Z", callDurationInSeconds: 0}
	{id: "e", callType: OUTBOUND, callStartTime: "2024-05-13T08:30:00Z", callDurationInSeconds: 61}
	{id: "f", callType: OUTBOUND}]) { written } }`

// TestGroupForms asks for groups with conditions, orders, empty groups, and comparisons.
func TestGroupForms(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(fewCalls, nil)
		for _, c := range []struct{ arguments, fields, want string }{
			{`groupBy: [CALL_TYPE], orderBy: [{measure: COUNT, direction: DESC}, {dimension: CALL_TYPE}]`,
				`key { callType } count`, `[{"key": {"callType": "OUTBOUND"}, "count": 3},
				{"key": {"callType": "INBOUND"}, "count": 2}, {"key": {"callType": "MISSED"}, "count": 1}]`},
			{`groupBy: [CALL_TYPE], having: [{measure: COUNT, gte: 2}, {measure: DURATION_AVG, lt: 25}]`,
				`key { callType } share duration { avg }`,
				`[{"key": {"callType": "INBOUND"}, "share": 0.3333333333333333, "duration": {"avg": 20}}]`},
			{`groupBy: [CALL_TYPE], first: 1, orderBy: [{measure: DURATION_P90, direction: DESC}]`,
				`key { callType } duration { p90 }`, `[{"key": {"callType": "OUTBOUND"}, "duration": {"p90": 54.9}}]`},
			{`groupBy: [DAY], filter: {callType: {ne: OUTBOUND}}, fill: {}, timeZone: "UTC"`, `key { day } count
				duration { sum }`, `[{"key": {"day": "2024-05-06"}, "count": 2, "duration": {"sum": 40}},
				{"key": {"day": "2024-05-07"}, "count": 0, "duration": {"sum": null}},
				{"key": {"day": "2024-05-08"}, "count": 1, "duration": {"sum": null}}]`},
			{`groupBy: [DAY, CALL_TYPE], filter: {callType: {eq: MISSED}}, timeZone: "UTC", fill:
				{from: "2024-05-07T00:00:00Z", to: "2024-05-09T00:00:00Z"}, orderBy: [{dimension: DAY, direction: DESC}]`,
				`key { day callType } count`, `[{"key": {"day": "2024-05-08", "callType": "MISSED"}, "count": 1},
				{"key": {"day": "2024-05-07", "callType": "MISSED"}, "count": 0}]`},
			{`groupBy: [WEEK], timeZone: "UTC", filter: {callStartTime: {gte: "2024-05-13T00:00:00Z"}}, compareTo:
				{filter: {callStartTime: {lt: "2024-05-13T00:00:00Z"}}, shift: {days: 7}}`,
				`key { week } count compared { other { count duration { max } } difference { count } ratio { count
				duration { max } } }`, `[{"key": {"week": "2024-05-13"}, "count": 2, "compared": {"other": {"count": 3,
				"duration": {"max": 30}}, "difference": {"count": -1}, "ratio": {"count": 0.6666666666666666,
				"duration": {"max": 2.033333333333333}}}}]`},
			{`groupBy: [CALL_TYPE], compareTo: {filter: {tags: {has: "x"}}}`,
				`key { callType } compared { other { count } ratio { count share } }`,
				`[{"key": {"callType": "INBOUND"}, "compared": {"other": {"count": 2}, "ratio": {"count": 1,
				"share": 0.3333333333333333}}}, {"key": {"callType": "MISSED"}, "compared": {"other": {"count": 0}, "ratio":
				{"count": null, "share": null}}}, {"key": {"callType": "OUTBOUND"}, "compared": {"other": {"count": 0},
				"ratio": {"count": null, "share": null}}}]`},
			{`groupBy: [CALL_TYPE], filter: {callType: {eq: INBOUND}}, compareTo: {}`, `compared { other { count share } }`,
				`[{"compared": {"other": {"count": 2, "share": 1}}}]`},
			{`groupBy: [CALL_TYPE], filter: {callType: {eq: INBOUND}}, compareTo: {filter: {}}`,
				`compared { other { count share } drillDown { filter } }`,
				`[{"compared": {"other": {"count": 2, "share": 0.3333333333333333}, "drillDown": {"filter":
				{"callType": {"eq": "INBOUND"}}}}}]`},
			{`groupBy: [CALL_TYPE], filter: {callType: {eq: INBOUND}}, compareTo: {filter: {callType: {eq: MISSED}}}`,
				`compared { other { count share } }`, `[{"compared": {"other": {"count": 0, "share": 0}}}]`},
			{`groupBy: [TAG, CALL_PURPOSE, SCHEDULED_IN_CRM], first: 2, orderBy: [{dimension: TAG, direction: DESC}],
				compareTo: {}`, `key { tag } compared { difference { count } }`, `[{"key": {"tag": "y"}, "compared":
				{"difference": {"count": 0}}}, {"key": {"tag": "x"}, "compared": {"difference": {"count": 0}}}]`},
			{`groupBy: [CALL_TYPE], first: 1, having: [{measure: DURATION_P50, gt: 0}], orderBy:
				[{measure: DURATION_P95, direction: DESC}]`, `count duration { p50 p95 }`,
				`[{"count": 3, "duration": {"p50": 30.5, "p95": 57.95}}]`},
			{`groupBy: [TAG]`, `key { tag } count share`, `[{"key": {"tag": "x"}, "count": 2, "share": 0.3333333333333333},
				{"key": {"tag": "y"}, "count": 1, "share": 0.16666666666666666},
				{"key": {"tag": null}, "count": 4, "share": 0.6666666666666666}]`},
			{`groupBy: [CALLER_ID]`, `key { callerId } distinctCount(of: CALLER_ID)`,
				`[{"key": {"callerId": "13900000001"}, "distinctCount": 1}, {"key": {"callerId": "13900000002"},
				"distinctCount": 1}, {"key": {"callerId": null}, "distinctCount": 0}]`},
			{`filter: {id: {eq: "nothing"}}`, `count share answeredRate duration { max p50 }`,
				`[{"count": 0, "share": null, "answeredRate": null, "duration": {"max": null, "p50": null}}]`},
			{`groupBy: [CALL_TYPE], filter: {id: {eq: "nothing"}}, fill: {}`, `count`, `[]`},
			{`groupBy: [CALL_TYPE], first: 0`, `count`, `[]`},
		} {
			response := server.Post(`{ callStats(`+c.arguments+`) { groups { `+c.fields+` } } }`, nil)
			var want any
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			if got := response.At("data", "callStats", "groups"); harness.JSON(got) != harness.JSON(want) {
				t.Errorf("groups of %s:\ngot  %s\nwant %s", c.arguments, harness.JSON(response), harness.JSON(want))
			}
		}
	})
}

// TestGroupsTotal asks for the group of all rows beside groups that are cut, in a statement each.
func TestGroupsTotal(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(fewCalls, nil)
		before := server.Statements()
		response := server.Post(`{ callStats(groupBy: [CALL_TYPE], first: 1, compareTo: {}) { asOf timeZone hasMore
			groups { count compared { difference { count } } } total { count share key { callType }
			duration(filter: {callType: {eq: INBOUND}}) { sum } compared { ratio { count } } } } }`, nil)
		want := vars{"asOf": "2024-05-17T08:00:00Z", "timeZone": "Asia/Shanghai", "hasMore": true,
			"groups": []any{vars{"count": 2.0, "compared": vars{"difference": vars{"count": 0.0}}}},
			"total": vars{"count": 6.0, "share": 1.0, "key": vars{"callType": nil}, "duration": vars{"sum": 40.0},
				"compared": vars{"ratio": vars{"count": 1.0}}}}
		if got := response.At("data", "callStats"); !harness.Matches(want, got) {
			t.Errorf("callStats: got %s, want %s", harness.JSON(response), harness.JSON(want))
		}
		if n := server.Statements() - before; n != 4 {
			t.Errorf("callStats with a total, compared: got %d statements, want 4", n)
		}
	})
}

// TestDrillDownOfFilters reads the calls of questions whose filters and data sets depend on the time, later.
func TestDrillDownOfFilters(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(fewCalls, nil)
		server.Post(`mutation { createCalls(inputs: [
			{id: "s1", callType: OUTBOUND, outgoingCallStatus: SCHEDULED, callStartTime: "2024-05-17T07:00:00Z"}
			{id: "s2", callType: OUTBOUND, outgoingCallStatus: SCHEDULED, callStartTime: "2024-05-17T09:00:00Z"}
			{id: "s3", callStartTime: "2024-05-17T09:00:00Z"}
			{id: "s4", outgoingCallStatus: CANCELLED}]) { written } }`, nil)
		for _, arguments := range []string{`dataset: NOT_CLOSED`, `dataset: CLOSED`, `groupBy: [CALL_STATUS]`,
			`groupBy: [OUTGOING_CALL_STATUS], dataset: NOT_CLOSED`, `groupBy: [WEEKDAY, DAY, TAG]`,
			`filter: {outgoingCallStatus: {eq: OVERDUE}}`, `filter: {outgoingCallStatus: {ne: SCHEDULED}}`,
			`filter: {callStatus: {in: [SCHEDULED, CANCELLED]}}`, `filter: {callStatus: {in: OVERDUE}}`,
			`filter: {not: {or: {callStatus: {notIn: [OVERDUE, MISSED]}}}}`, `filter: {callStatus: {isNull: true}}`,
			`filter: {and: [{callStatus: {in: []}}]}`, `filter: {or: [{callStatus: {eq: SCHEDULED}}, {id: {eq: "a"}}]}`,
			`filter: {outgoingCallStatus: {eq: null}}`, `filter: {callStatus: null, and: []}`} {
			e.Clock.Set(dbtest.Start)
			response := server.Post(`{ callStats(`+arguments+`) { groups { count key { callStatus } drillDown { dataset
				filter } } } }`, nil)
			e.Clock.Set(dbtest.Start.Add(24 * time.Hour))
			groups := harness.List(response, "data", "callStats", "groups")
			if len(groups) == 0 {
				t.Errorf("%s: got no groups: %s", arguments, harness.JSON(response))
			}
			for _, group := range groups {
				checkDrillDown(t, server, group)
			}
		}
	})
}

// TestBadGroups sends questions about groups that are refused.
func TestBadGroups(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(fewCalls, nil)
		ids := make([]any, 1100)
		for i := range ids {
			ids[i] = vars{"callType": "OUTBOUND", "ownerId": harness.JSON(i)}
		}
		for part := range slices.Chunk(ids, 550) {
			server.Post(`mutation($in: [CreateCallInput!]!) { createCalls(inputs: $in) { written } }`, vars{"in": part})
		}
		for _, c := range []struct{ arguments, fields, code, field string }{
			{`timeZone: "Moon"`, `count`, "BAD_USER_INPUT", "timeZone"},
			{`groupBy: [OWNER_ID]`, `count`, "LIMIT_EXCEEDED", "groupBy"},
			{`groupBy: [DAY, DAY]`, `count`, "BAD_USER_INPUT", "groupBy"},
			{`groupBy: [DAY], first: 10001`, `count`, "BAD_USER_INPUT", "first"},
			{`groupBy: [DAY], first: -1`, `count`, "BAD_USER_INPUT", "first"},
			{``, `duration { percentile(percent: 101) }`, "BAD_USER_INPUT", "groups.duration.percentile.percent"},
			{``, `duration { percentile(percent: -0.5) }`, "BAD_USER_INPUT",
				"groups.duration.percentile.percent"},
			{`groupBy: [CALL_TYPE]`, `compared { ratio { duration { p: percentile(percent: 101) } } }`, "BAD_USER_INPUT",
				"groups.compared.ratio.duration.p.percent"},
			{``, `odd: count(filter: {callStartTime: {local: {timeZone: "Moon", hour: {eq: 1}}}})`, "BAD_USER_INPUT",
				"groups.odd.filter.callStartTime.local.timeZone"},
			{`orderBy: [{dimension: DAY}]`, `count`, "BAD_USER_INPUT", "orderBy"},
			{`orderBy: [{}]`, `count`, "BAD_USER_INPUT", "orderBy"},
			{`groupBy: [DAY], orderBy: [{dimension: DAY, measure: COUNT}]`, `count`, "BAD_USER_INPUT", "orderBy"},
			{`groupBy: [DAY], fill: {}, first: 5`, `count`, "BAD_USER_INPUT", "fill"},
			{`groupBy: [DAY, WEEK], fill: {}`, `count`, "BAD_USER_INPUT", "fill"},
			{`groupBy: [DAY, OWNER_ID], fill: {from: "1970-01-01T00:00:00Z"}`, `count`, "LIMIT_EXCEEDED", "fill"},
			{`groupBy: [DAY], fill: {from: "0001-01-01T00:00:00Z", to: "9999-12-31T00:00:00Z"}`, `count`, "LIMIT_EXCEEDED",
				"fill"},
			{`groupBy: [WEEK], compareTo: {shift: {days: 3}}`, `count`, "BAD_USER_INPUT", "compareTo.shift"},
			{`groupBy: [CALL_TYPE], compareTo: {shift: {days: 7}}`, `count`, "BAD_USER_INPUT", "compareTo.shift"},
			{`filter: {callStartTime: {local: {timeZone: "Moon", hour: {eq: 1}}}}`, `count`, "BAD_USER_INPUT",
				"filter.callStartTime.local.timeZone"},
		} {
			response := server.Post(`{ callStats(`+strings.TrimSuffix("dataset: DEFAULT, "+c.arguments, ", ")+`) { groups { `+
				c.fields+` } } }`, nil)
			if code, field := response.FirstError(); code != c.code || field != c.field {
				t.Errorf("%s %s: got %v about %v, want %s about %s", c.arguments, c.fields, code, field, c.code, c.field)
			}
			if n := len(harness.List(response, "errors")); n != 1 {
				t.Errorf("%s %s: got %d errors, want 1", c.arguments, c.fields, n)
			}
		}
	})
}
