package auth

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"callbook/model"
)

// An audit line of an operation is bounded, whatever the operation does.
const (
	maxActs      = 30
	maxActIDs    = 50
	maxActFields = 60
	maxActText   = 200 // characters of a reason or a path
)

// Act is something that an operation, a command or a job did and the audit log tells.
type Act struct {
	Event     string   `json:"event"` // listed, searched, changed, loaded, exported, erased, refused
	What      string   `json:"what"`  // kind of rows, or field of the schema
	Times     int      `json:"times,omitempty"`
	Rows      int      `json:"rows"`
	Bytes     int64    `json:"bytes,omitempty"`     // of an export
	Failed    int      `json:"failed,omitempty"`    // rows that were at fault
	Filter    []string `json:"filter,omitempty"`    // fields and operators, without values: see FilterShape
	IDs       []string `json:"ids,omitempty"`       // of rows that were erased
	MoreIDs   int      `json:"moreIds,omitempty"`   // how many further ones there were
	Reason    string   `json:"reason,omitempty"`    // of a refusal
	Uncertain bool     `json:"uncertain,omitempty"` // whether it was done is not known
}

// isLike reports whether an act is another one of the same kind.
func (a *Act) isLike(b *Act) bool {
	return a.Event == b.Event && a.What == b.What && a.Reason == b.Reason && a.Uncertain == b.Uncertain &&
		slices.Equal(a.Filter, b.Filter)
}

// Acts are what one operation did. It may be used concurrently. The zero value is empty.
type Acts struct {
	mu      sync.Mutex
	list    []*Act
	omitted int
	ids     int // in list
	fields  int
}

// ActsKey is the key under which a context has the *Acts of its operation.
type ActsKey struct{}

// NoteAct adds an act to those of the context's operation, which are told in one line, and reports whether it has one.
func NoteAct(ctx context.Context, act Act) bool {
	acts, ok := ctx.Value(ActsKey{}).(*Acts)
	if ok {
		acts.Add(act)
	}
	return ok
}

// Add adds an act, to one of the same kind where there is one.
func (a *Acts) Add(act Act) {
	a.mu.Lock()
	defer a.mu.Unlock()
	act.Reason, act.What = cutText(act.Reason), cutText(act.What)
	act.Filter = act.Filter[:min(len(act.Filter), max(maxActFields-a.fields, 0))]
	kept := min(len(act.IDs), maxActIDs-a.ids)
	act.MoreIDs += len(act.IDs) - kept
	act.IDs = act.IDs[:kept]
	a.ids += kept
	for _, known := range a.list {
		if known.isLike(&act) {
			known.Times = max(known.Times, 1) + 1
			known.Rows, known.Bytes, known.Failed = known.Rows+act.Rows, known.Bytes+act.Bytes, known.Failed+act.Failed
			known.IDs, known.MoreIDs = append(known.IDs, act.IDs...), known.MoreIDs+act.MoreIDs
			return
		}
	}
	if len(a.list) >= maxActs {
		a.omitted++
		return
	}
	a.fields += len(act.Filter)
	a.list = append(a.list, &act)
}

// Write writes what was done to the audit log, in one line; nothing where nothing was. details are as of Audit.
func (a *Acts) Write(ctx context.Context, actor model.Actor, details ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.list) == 0 {
		return
	}
	slices.SortStableFunc(a.list, func(x, y *Act) int { // fields of a query run at the same time
		return cmp.Or(cmp.Compare(x.Event, y.Event), cmp.Compare(x.What, y.What))
	})
	var events []string
	for _, act := range a.list {
		if !slices.Contains(events, act.Event) {
			events = append(events, act.Event)
		}
	}
	attributes := []any{"acts", actList(a.list)}
	if a.omitted > 0 {
		attributes = append(attributes, "omitted", a.omitted)
	}
	Audit(ctx, strings.Join(events, "+"), actor, append(attributes, details...)...)
}

// actList is a list of acts as a log in text has them.
type actList []*Act

// String returns the acts in words.
func (l actList) String() string {
	words := make([]string, len(l))
	for i, act := range l {
		word := []string{act.Event, act.What, fmt.Sprint("rows=", act.Rows)}
		for _, named := range [][2]string{{"filter", strings.Join(act.Filter, ",")}, {"reason", act.Reason},
			{"ids", strings.Join(act.IDs, ",")}} {
			if named[1] != "" {
				word = append(word, named[0]+"="+named[1])
			}
		}
		if act.MoreIDs > 0 {
			word = append(word, fmt.Sprintf("and %d more", act.MoreIDs))
		}
		words[i] = strings.Join(word, " ")
	}
	return strings.Join(words, "; ")
}

// AuditExport tells the audit log of an export, in a line of its own: of what, how many rows and bytes, and by which
// fields and operators it was filtered. filter is an input of the schema; may be nil.
func AuditExport(ctx context.Context, actor model.Actor, what string, rows int, bytes int64, filter any,
	details ...any,
) {
	acts := &Acts{}
	acts.Add(Act{Event: "exported", What: what, Rows: rows, Bytes: bytes, Filter: FilterShape(filter)})
	acts.Write(ctx, actor, details...)
}

// FilterShape returns the fields and operators of a filter of the schema, such as callStatus.in, sorted, each once, and
// none of its values.
func FilterShape(filter any) []string {
	shape := map[string]bool{}
	addShape(shape, "", reflect.ValueOf(filter))
	names := make([]string, 0, len(shape))
	for name := range shape {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// addShape adds what is set in an input, under the path of its field.
func addShape(shape map[string]bool, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Invalid:
	case reflect.Pointer:
		if !v.IsNil() {
			addShape(shape, path, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			addField(shape, path, v.Type().Field(i), v.Field(i))
		}
	default:
		shape[path] = true
	}
}

func addField(shape map[string]bool, path string, field reflect.StructField, v reflect.Value) {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	isSet := v.Kind() != reflect.Pointer && v.Kind() != reflect.Slice || !v.IsNil()
	switch {
	case name == "" || !isSet:
	case (name == "and" || name == "or") && v.Kind() == reflect.Slice:
		for i := range v.Len() {
			addShape(shape, path, v.Index(i))
		}
	case name == "not" && v.Kind() == reflect.Pointer:
		addShape(shape, path, v)
	case isInput(v):
		addShape(shape, strings.TrimPrefix(path+"."+name, "."), v)
	default:
		shape[strings.TrimPrefix(path+"."+name, ".")] = true
	}
}

// isInput reports whether a value is an input of the schema: a pointer to a struct whose fields have names.
func isInput(v reflect.Value) bool {
	return v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct && v.Elem().NumField() > 0 &&
		v.Elem().Type().Field(0).Tag.Get("json") != ""
}

func cutText(s string) string {
	if characters := []rune(s); len(characters) > maxActText {
		return string(characters[:maxActText]) + "…"
	}
	return s
}
