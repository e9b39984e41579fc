package files

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"callbook/model"
)

// lineParts are what random lines are made of: what is JSON and what is not.
var lineParts = []string{
	`{`, `}`, `[`, `]`, `,`, `:`, `1`, `"open`, `\`, `-`, ` `, "\t", `"x":`, `"" : 0`, `"n":-1.5`, `"n":1.`,
	`"id":"c1"`, `"id": "c2"`, `"name":"a"`, `"name" : "ä\u00e9\n"`, `"tag":["a","b"]`, `"tag":"x,y"`,
	`"call_duration_in_seconds":60`, `"call_duration_in_seconds":060`, `"call_duration_in_seconds":6e1`,
	`"cti_entry":true`, `"cti_entry":nul`, `"cti_entry":null`, `"data":[{"id":"d"}]`, `"content":{}`,
	`"unknown":{"a":[1,{"b":"}"}]}`, `"na\u006de":"b"`, `"attachments":[{"id":"1","name":"n"},]`, `"callRecordId":7`,
	`"callDetailList":[{"type":"ROBOT","text":"hi"}]`, `"subject":"\ud800"`, `"subject":"` + "\xff" + `"`, "\"\xff\":1",
	`"subject":"a` + "\x01" + `"`, `"subject":"\`, `"subject":"\"}"`, `"call_type":"OUTBOUND"`,
	`"call_start_time":"2026-01-05T08:30:00Z"`,
}

// TestLinesAreReadAlike compares the rows of lines that are read without a decoder with those that a document reads.
func TestLinesAreReadAlike(t *testing.T) {
	o := Options{Location: time.UTC, TenantID: 1}
	objects := newObjectReader(o)
	random := rand.New(rand.NewPCG(1, 2))
	fast := 0
	for range 40000 {
		line := randomLine(random)
		row, isRead := objects.read([]byte(line))
		if !isRead {
			continue
		}
		fast++
		row.Line = 1
		var rows []Row
		err := newDocument(strings.NewReader(line), 1, o, func(row Row) error {
			rows = append(rows, row)
			return nil
		}).read()
		if err != nil || len(rows) != 1 || !reflect.DeepEqual(sorted(rows[0]), sorted(row)) {
			t.Fatalf("%s: got %+v, want %+v (%v)", line, row, rows, err)
		}
	}
	if fast < 5000 {
		t.Errorf("got %d lines that are read without a decoder, want more", fast)
	}
}

// randomLine returns an object, most often with commas between its members, or anything.
func randomLine(random *rand.Rand) string {
	var parts []string
	for range random.IntN(6) {
		parts = append(parts, lineParts[random.IntN(len(lineParts))])
	}
	if random.IntN(8) == 0 {
		return strings.Join(parts, "")
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// sorted returns a row with its errors in an order of their own, and without the keys that attachments get.
func sorted(row Row) Row {
	for _, errs := range []model.Errors{row.Errors, row.Warnings} {
		slices.SortFunc(errs, func(a, b *model.Error) int { return cmp.Compare(fmt.Sprint(*a), fmt.Sprint(*b)) })
	}
	return row
}

// TestPlainLines checks that lines of the usual kind are read without a decoder.
func TestPlainLines(t *testing.T) {
	objects := newObjectReader(Options{Location: time.UTC})
	for _, line := range []string{
		`{"id":"c1","subject":"Round 1","call_duration_in_seconds":60,"cti_entry":true,"owner_id":null}`,
		` { "id" : "c1" , "tag" : [ "a", "b" ] } `, `{"id":"\u0041 \"quoted\"","attachments":[{"name":"}"}]}`,
	} {
		if row, isRead := objects.read([]byte(line)); !isRead || row.Call == nil || len(row.Errors) > 0 {
			t.Errorf("%s: got %+v, %v, want a call", line, row, isRead)
		}
	}
}

// TestManyMembers reads an object with many members before others: it leaves nothing to clear for each.
func TestManyMembers(t *testing.T) {
	objects := newObjectReader(Options{Location: time.UTC})
	var line strings.Builder
	line.WriteString(`{"id":"c1","name":"a"`)
	for i := range 2 * maxKeptMembers {
		fmt.Fprintf(&line, `,"m%d":1`, i)
	}
	line.WriteString("}")
	kept := reflect.ValueOf(objects.fields.raw).Pointer()
	row, isRead := objects.read([]byte(line.String()))
	if !isRead || len(row.Ignored) != 2*maxKeptMembers {
		t.Errorf("got %v and %d members that are ignored, want all", isRead, len(row.Ignored))
	}
	row, isRead = objects.read([]byte(`{"id":"c2","name":"a"}`))
	if !isRead || row.ID != "c2" || len(row.Ignored) > 0 || reflect.ValueOf(objects.fields.raw).Pointer() == kept {
		t.Errorf("got %+v, %v, want the row alone, and other memory", row, isRead)
	}
}
