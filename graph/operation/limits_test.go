package operation

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"callbook/model"
)

func TestDefaultLimits(t *testing.T) {
	limits := DefaultLimits()
	if err := limits.Check(); err != nil {
		t.Errorf("the default limits: %v, want no error", err)
	}
	v := reflect.ValueOf(limits)
	for i := range v.NumField() {
		if n := v.Field(i).Int(); n <= 0 {
			t.Errorf("DefaultLimits has %s = %d, want a value above 0", v.Type().Field(i).Name, n)
		}
	}
}

func TestLimitsCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Limits)
		want   string // part of the error; empty where there is none
	}{
		{"the defaults", func(*Limits) {}, ""},
		{"no body", func(l *Limits) { l.Body = 0 }, "body is too little"},
		{"no upload", func(l *Limits) { l.Upload = 0 }, "upload is too little"},
		{"no cost", func(l *Limits) { l.Cost = 0 }, "cost is too little"},
		{"no refill", func(l *Limits) { l.BudgetPerSecond = 0 }, "budget per second is too little"},
		{"no deadline", func(l *Limits) { l.Deadline = 0 }, "deadline is too little"},
		{"a deadline in the past", func(l *Limits) { l.Deadline = -time.Second }, "deadline is too little"},
		{"nothing runs", func(l *Limits) { l.Running = 0 }, "running is too little"},
		{"no wait", func(l *Limits) { l.WaitTime = 0 }, ""},
		{"no connections", func(l *Limits) { l.Connections = 0 }, "connections is too little"},
		{"no sockets", func(l *Limits) { l.Sockets = 0 }, "sockets is too little"},
		{"no time to initialise", func(l *Limits) { l.InitTimeout = 0 }, "init timeout is too little"},
		{"a budget of one operation", func(l *Limits) { l.Budget = l.Cost }, ""},
		{"a budget below one operation", func(l *Limits) { l.Budget = l.Cost - 1 },
			"budget is 99999; it must be at least the cost of one operation, 100000"},
		{"memory of two uploads", func(l *Limits) { l.Memory = 2 * UploadMemory }, ""},
		{"memory below two uploads", func(l *Limits) { l.Memory = 2*UploadMemory - 1 },
			"memory is 8388607; it must be at least 8388608"},
	} {
		limits := DefaultLimits()
		c.change(&limits)
		err := limits.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestDocumentSize(t *testing.T) {
	for _, c := range []struct {
		name, source string
		want         documentSize
	}{
		{"one field", "{a}", documentSize{
			operations: []selectionSize{{depth: 1, fields: 1, rootFields: 1}}, writtenFields: 1,
		}},
		{"nested fields", "{a{b{c}}}", documentSize{
			operations: []selectionSize{{depth: 3, fields: 3, rootFields: 1}}, writtenFields: 3,
		}},
		{"an alias equal to the name is none", "{a:a x:b{y:c}}", documentSize{
			operations: []selectionSize{{depth: 2, fields: 3, aliases: 2, rootFields: 2}}, writtenFields: 3,
		}},
		{"an inline fragment is no level", "{...{a ...on T{b}}}", documentSize{
			operations: []selectionSize{{depth: 1, fields: 2, rootFields: 2}}, writtenFields: 2,
		}},
		{"a fragment counts where it is spread", "{a{...F} b{...F}} fragment F on T{x:c{d}}", documentSize{
			operations: []selectionSize{{depth: 3, fields: 6, aliases: 2, rootFields: 2}}, fragments: 1, writtenFields: 4,
		}},
		{"a fragment that nothing spreads", "{a} fragment F on T{b c}", documentSize{
			operations: []selectionSize{{depth: 1, fields: 1, rootFields: 1}}, fragments: 1, writtenFields: 3,
		}},
		{"a spread of no fragment", "{a ...F}", documentSize{
			operations: []selectionSize{{depth: 1, fields: 1, rootFields: 1}}, writtenFields: 1,
		}},
		{"a cycle counts once", "{...F} fragment F on T{a ...G} fragment G on T{b ...F}", documentSize{
			operations: []selectionSize{{depth: 1, fields: 2, rootFields: 2}}, fragments: 2, writtenFields: 2,
		}},
		{"fields of all operations", "query A{a} query B{b c}", documentSize{
			operations: []selectionSize{
				{depth: 1, fields: 1, rootFields: 1}, {depth: 1, fields: 3, rootFields: 2},
			}, writtenFields: 3,
		}},
		{
			"directives of every place",
			"query($v:Int@d)@d{a@d@d ...F@d ...@d{b}} fragment F on T@d{c}",
			documentSize{
				operations: []selectionSize{{depth: 1, fields: 3, rootFields: 3}}, fragments: 1, directives: 7, writtenFields: 3,
			},
		},
		{"an introspection is one level deep", "{__schema{types{fields{type{fields{name}}}}}}", documentSize{
			operations:    []selectionSize{{depth: 1, fields: 6, rootFields: 1, introspectionDepth: 2}},
			writtenFields: 6, introspects: true,
		}},
		{"__typename is no introspection", "{__typename}", documentSize{
			operations: []selectionSize{{depth: 1, fields: 1, rootFields: 1}}, writtenFields: 1,
		}},
	} {
		if got := sizeOf(parsed(t, c.source)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: sizeOf(%s) = %+v, want %+v", c.name, c.source, got, c.want)
		}
	}
}

// doubling returns a document whose fragments spread each other twice: n fragments have 2^n fields.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("{...F0}")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on T{...F%d ...F%d}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on T{a}", n)
	return b.String()
}

func TestDocumentSizeOfDoublingFragments(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 2, 10: 1024, 29: 1 << 29, 30: maxCount, 150: maxCount} {
		size := sizeOf(parsed(t, doubling(n)))
		if got := size.operations[0].fields; got != want {
			t.Errorf("%d doubling fragments have %d fields, want %d", n, got, want)
		}
		if size.writtenFields != 1 {
			t.Errorf("%d doubling fragments have %d written fields, want 1", n, size.writtenFields)
		}
	}
}

func TestDocumentSizeCheck(t *testing.T) {
	limits := Limits{
		Depth: 3, Fields: 4, Aliases: 1, RootFields: 2, Directives: 1, Fragments: 1, IntrospectionDepth: 1,
	}
	for _, c := range []struct{ source, want string }{
		{"{a{b{c d}}}", ""},
		{"{a{b{c{d}}}}", "the document has 4 levels of fields; at most 3"},
		{"{a{b c d e}}", "the document has 5 fields; at most 4"},
		{"query A{a{b c}} query B{a{b}}", "the document has 5 fields; at most 4"},
		{"{a} fragment F on T{a b c d}", "the document has 5 fields; at most 4"},
		{"{x:a}", ""},
		{"{x:a{y:b}}", "the document has 2 aliases; at most 1"},
		{"{a b c}", "the document has 3 root fields; at most 2"},
		{"{a@d b@d}", "the document has 2 directives; at most 1"},
		{"{a} fragment F on T{b} fragment G on T{c}", "the document has 2 fragments; at most 1"},
		{"{__type{fields{fields{name}}}}", "the document has 2 nested lists of introspection; at most 1"},
	} {
		got, code := "", model.ErrorCode("")
		if err := sizeOf(parsed(t, c.source)).check(limits); err != nil {
			got, code = err.Message, err.Code
		}
		if got != c.want || c.want != "" && code != model.ErrorCodeLimitExceeded {
			t.Errorf("%s: %s %q, want %q", c.source, code, got, c.want)
		}
	}
	limits.Fragments = 200
	want := "the document has more than 1073741824 fields; at most 4"
	if err := sizeOf(parsed(t, doubling(100))).check(limits); err == nil || err.Message != want {
		t.Errorf("doubling fragments: %v, want %q", err, want)
	}
}
