package tests

import (
	"encoding/csv"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// groupedCall is a call as the tests of groups know it.
type groupedCall struct {
	callType, status, purpose, result string // empty for null
	start                             time.Time
	seconds                           int // -1 for null
	inCrm                             any // a truth value or nil
	tags                              []string
	owner                             string
}

// bankCalls are the real calls of a bank with times around changes of the clock in Berlin and New York, and what else
// the file has not.
func bankCalls(t *testing.T) (calls []groupedCall) {
	t.Helper()
	file, err := os.Open(harness.RealData(t, "bank-calls.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	reader := csv.NewReader(file)
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	base := time.Date(2023, 10, 20, 22, 13, 0, 0, time.UTC)
	for i, row := range rows[1:] {
		seconds, _ := strconv.Atoi(row[at["duration"]])
		call := groupedCall{callType: "OUTBOUND", status: "COMPLETED", purpose: row[at["job"]], result: row[at["y"]],
			seconds: seconds, start: base.Add(time.Duration(i) * 61 * time.Minute), owner: row[at["education"]],
			tags: []string{row[at["month"]], row[at["day_of_week"]]}, inCrm: row[at["marital"]] == "married"}
		switch {
		case row[at["previous"]] != "0": // planned, some of them in the future
			call.status, call.seconds = "SCHEDULED", -1
		case row[at["contact"]] == "telephone":
			call.callType, call.status, call.inCrm = "INBOUND", "", nil
		case i%11 == 0:
			call.callType, call.status, call.tags = "MISSED", "", nil
		case i%13 == 0:
			call.status, call.seconds = "CANCELLED", -1
		case i%37 == 0:
			call.start, call.seconds = time.Time{}, 0
		}
		if call.purpose == "unknown" {
			call.purpose = ""
		}
		calls = append(calls, call)
	}
	return calls
}

func (c groupedCall) input() vars {
	in := vars{"callType": c.callType, "tags": c.tags, "ownerId": c.owner, "callResult": c.result,
		"scheduledInCrm": c.inCrm}
	if c.status != "" {
		in["outgoingCallStatus"] = c.status
	}
	if c.purpose != "" {
		in["callPurpose"] = c.purpose
	}
	if c.seconds >= 0 {
		in["callDurationInSeconds"] = c.seconds
	}
	if !c.start.IsZero() {
		in["callStartTime"] = c.start.Format(time.RFC3339)
	}
	return in
}

func createGroupedCalls(t *testing.T, server *harness.Server, calls []groupedCall) {
	t.Helper()
	for part := range slices.Chunk(calls, 500) {
		inputs := make([]any, len(part))
		for i, call := range part {
			inputs[i] = call.input()
		}
		response := server.Post(`mutation($inputs: [CreateCallInput!]!) { createCalls(inputs: $inputs) { written } }`,
			vars{"inputs": inputs})
		if response.At("data", "createCalls", "written") != float64(len(part)) {
			t.Fatalf("creating %d calls: got %v", len(part), response)
		}
	}
}

// callKeys are the fields of keys as Go computes them: a value for each group that a call is in.
func (c groupedCall) key(field string, zone *time.Location, now time.Time) []any {
	text := func(s string) []any {
		if s == "" {
			return []any{nil}
		}
		return []any{s}
	}
	isLate := c.status == "SCHEDULED" && c.start.Before(now)
	switch field {
	case "callType":
		return text(c.callType)
	case "callPurpose":
		return text(c.purpose)
	case "callResult":
		return text(c.result)
	case "ownerId":
		return text(c.owner)
	case "scheduledInCrm":
		return []any{c.inCrm}
	case "outgoingCallStatus":
		if isLate {
			return text("OVERDUE")
		}
		return text(c.status)
	case "callStatus":
		return text(c.callStatus(isLate))
	case "tag":
		if len(c.tags) == 0 {
			return []any{nil}
		}
		var tags []any
		for _, tag := range slices.Compact(slices.Sorted(slices.Values(c.tags))) {
			tags = append(tags, tag)
		}
		return tags
	}
	return []any{timeKey(field, c.start, zone)}
}

func (c groupedCall) callStatus(isLate bool) string {
	switch {
	case c.callType == "MISSED":
		return "MISSED"
	case isLate:
		return "OVERDUE"
	case c.status == "SCHEDULED" || c.status == "CANCELLED":
		return c.status
	case c.callType == "INBOUND":
		return "RECEIVED"
	case c.seconds > 0:
		return "ATTENDED_DIALLED"
	}
	return "UNATTENDED_DIALLED"
}

const statsValues = `{ sum avg min max p50 p90 p95 p99 odd: percentile(percent: 12.5) }`

// TestGroupsOfRealCalls compares every figure of groups of real calls with what Go computes, in zones east and west of
// UTC, over changes of the clock, and reads the calls of groups by drillDown, when the time has gone on.
func TestGroupsOfRealCalls(t *testing.T) {
	t.Parallel()
	calls := bankCalls(t)
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		now := time.Date(2024, 3, 30, 12, 0, 0, 0, time.UTC)
		e.Clock.Set(now)
		server := harness.NewServer(t, e)
		createGroupedCalls(t, server, calls)
		groupings := [][]string{{"weekday", "hourOfDay"}, {"day"}, {"week", "callType"}, {"month", "outgoingCallStatus"},
			{"quarter"}, {"year"}, {"callStatus"}, {"tag"}, {"callPurpose", "callResult"}, {"scheduledInCrm"},
			{"minuteOfDay"}, {}}
		zones := []string{"Europe/Berlin", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu"}
		for i, grouping := range groupings {
			askedZones := zones
			if i > 2 {
				askedZones = zones[i%4 : i%4+1]
			}
			for _, name := range askedZones {
				zone, err := time.LoadLocation(name)
				if err != nil {
					t.Fatal(err)
				}
				e.Clock.Set(now)
				groups := checkGroups(t, server, calls, grouping, zone, now)
				e.Clock.Set(now.Add(10 * 24 * time.Hour))
				for n := 0; n < len(groups); n += 1 + len(groups)/6 {
					checkDrillDown(t, server, groups[n])
				}
				if len(groups) > 0 {
					checkDrillDown(t, server, groups[len(groups)-1])
				}
			}
		}
	})
}

// checkGroups compares groups with what Go computes, and returns them.
func checkGroups(t *testing.T, server *harness.Server, calls []groupedCall, grouping []string, zone *time.Location,
	now time.Time,
) []any {
	t.Helper()
	type keyed struct {
		keys  []any
		calls groupedCalls
	}
	byName := map[string]*keyed{}
	for _, call := range calls {
		for _, keys := range combinations(grouping, func(field string) []any { return call.key(field, zone, now) }) {
			name := harness.JSON(keys)
			if byName[name] == nil {
				byName[name] = &keyed{keys: keys}
			}
			byName[name].calls = append(byName[name].calls, call)
		}
	}
	want := slices.SortedFunc(maps.Values(byName), func(a, b *keyed) int { return compareGroupKeys(a.keys, b.keys) })
	dimensions := make([]string, len(grouping))
	for i, field := range grouping {
		dimensions[i] = dimensionOf(field)
	}
	before := server.Statements()
	response := server.Post(`query($by: [CallDimension!], $zone: String!) { callStats(groupBy: $by, timeZone: $zone,
		first: 2000) { hasMore groups { key { __typename `+strings.Join(grouping, " ")+` } drillDown { dataset filter }
		count outbound: count(filter: {callType: {eq: OUTBOUND}}) share answeredRate owners: distinctCount(of: OWNER_ID)
		duration `+statsValues+` } } }`, vars{"by": dimensions, "zone": zone.String()})
	if n := server.Statements() - before; n != 1 {
		t.Errorf("groups by %v: got %d statements, want 1", grouping, n)
	}
	groups := harness.List(response, "data", "callStats", "groups")
	if len(groups) != len(want) {
		t.Fatalf("groups by %v in %s: got %d, want %d: %.500s", grouping, zone, len(groups), len(want),
			harness.JSON(response))
	}
	for i, group := range groups {
		expected := want[i].calls.figures(len(calls))
		key := vars{"__typename": "CallStatsKey"}
		for n, field := range grouping {
			key[field] = want[i].keys[n]
		}
		expected["key"] = key
		if !harness.Matches(expected, group) {
			t.Errorf("group %d by %v in %s: got %s, want %s", i, grouping, zone, harness.JSON(group), harness.JSON(expected))
			return groups
		}
	}
	return groups
}

// combinations returns the keys of the groups that a row is in.
func combinations(grouping []string, valuesOf func(string) []any) [][]any {
	all := [][]any{{}}
	for _, field := range grouping {
		var next [][]any
		for _, keys := range all {
			for _, value := range valuesOf(field) {
				next = append(next, append(slices.Clone(keys), value))
			}
		}
		all = next
	}
	return all
}

// checkDrillDown sends the way back to the calls of a group, and compares how many there are with its count.
func checkDrillDown(t *testing.T, server *harness.Server, group any) {
	t.Helper()
	drillDown := harness.At(group, "drillDown")
	response := server.Post(`query($dataset: CallDataset!, $filter: CallFilter) {
		calls(dataset: $dataset, filter: $filter, first: 0) { totalCount } }`, drillDown)
	if got, want := response.At("data", "calls", "totalCount"), harness.At(group, "count"); got != want {
		t.Errorf("the calls of %s: got %v, want %v", harness.JSON(group), harness.JSON(response), want)
	}
}
