package jsondata

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Object is an object that is being written. First come the fields that need no resolver, then those that were delayed
// until then, as gqlgen runs them; in the JSON they stand in the order of the selection.
type Object struct {
	w         *Writer
	start     mark // before the object
	value     mark // before the value of the current field
	place     int  // of the object in the writer's places
	resolved  int  // how many of the delayed fields have been begun
	shifted   int  // bytes that delayed fields have moved others by
	isWriting bool // whether the current field is not finished
	isNull    bool // whether a field that must have a value has none
}

// delayed is a field that is written after the others.
type delayed struct {
	index int // of the field
	at    int // where it belongs in the JSON without the delayed fields
}

// Object begins an object of a type, which implements itself and its interfaces.
func (w *Writer) Object(
	operation *graphql.OperationContext, typeName string, selections ast.SelectionSet, implements []string,
) Object {
	return w.object(typeName, w.collect(operation, selections, implements))
}

func (w *Writer) object(typeName string, fields []graphql.CollectedField) Object {
	o := Object{w: w, start: w.mark(), place: len(w.places)}
	w.json = append(w.json, '{')
	w.objects++
	w.places = append(w.places, place{object: typeName, fields: fields, index: -1})
	return o
}

// isStopped reports whether the object is not written any more, because the response is too large. The root goes on, so
// that its fields become null.
func (o *Object) isStopped() bool { return o.w.isFull && o.place > 1 }

// HasNext reports whether there is a field that Next has not begun.
func (o *Object) HasNext() bool {
	if o.isStopped() {
		return false
	}
	p := &o.w.places[o.place]
	return p.index+1 < len(p.fields)
}

// Next finishes the current field and begins the next one, which it returns, nil where there is none.
func (o *Object) Next() *graphql.CollectedField {
	o.finish()
	if !o.HasNext() {
		return nil
	}
	p := &o.w.places[o.place]
	return o.begin(p, p.index+1)
}

// begin begins a field: it writes its name.
func (o *Object) begin(p *place, index int) *graphql.CollectedField {
	w := o.w
	if o.place > 1 {
		w.count()
	}
	p.index, p.ctx = index, nil
	field := &p.fields[index]
	w.json = append(w.json, '"')
	w.json = append(w.json, field.Alias...)
	w.json = append(w.json, '"', ':')
	o.value, o.isWriting = w.mark(), true
	return field
}

// finish finishes the current field, if there is one.
func (o *Object) finish() {
	if o.isWriting {
		o.w.json = append(o.w.json, ',')
		o.isWriting = false
	}
}

// Delay leaves the current field until NextDelayed begins it again.
func (o *Object) Delay() {
	w := o.w
	p := &w.places[o.place]
	w.json = w.json[:o.value.length-len(p.fields[p.index].Alias)-len(`"":`)]
	w.delayed = append(w.delayed, delayed{index: p.index, at: len(w.json)})
	o.isWriting = false
}

// HasDelayed reports whether there is a delayed field that NextDelayed has not begun.
func (o *Object) HasDelayed() bool {
	return o.start.delayed+o.resolved < len(o.w.delayed) && !o.isStopped()
}

// NextDelayed finishes the current field and begins the next one of those that were delayed, which it returns, nil
// where there is none.
func (o *Object) NextDelayed() *graphql.CollectedField {
	o.finishDelayed()
	if !o.HasDelayed() {
		return nil
	}
	next := o.w.delayed[o.start.delayed+o.resolved]
	o.resolved++
	return o.begin(&o.w.places[o.place], next.index)
}

// finishDelayed finishes the current field, and moves it to where it belongs if it was delayed.
func (o *Object) finishDelayed() {
	if !o.isWriting || o.resolved == 0 {
		o.finish()
		return
	}
	o.finish()
	field := o.w.delayed[o.start.delayed+o.resolved-1]
	fields := o.w.places[o.place].fields
	begin := o.value.length - len(fields[field.index].Alias) - len(`"":`)
	o.w.move(begin, field.at+o.shifted)
	o.shifted += len(o.w.json) - begin
}

// move moves what has been written since from to a place before it.
func (w *Writer) move(from, to int) {
	if from == to {
		return
	}
	w.moved = append(w.moved[:0], w.json[from:]...)
	copy(w.json[to+len(w.moved):], w.json[to:from])
	copy(w.json[to:], w.moved)
}

// Value ends the value of the current field. Where it has none, null is written, and passed on to the object where the
// schema allows none.
func (o *Object) Value(hasValue bool) {
	if hasValue {
		return
	}
	o.w.cut(o.value)
	o.w.json = append(o.w.json, "null"...)
	p := &o.w.places[o.place]
	if p.fields[p.index].Definition.Type.NonNull {
		o.isNull = true
	}
}

// Marshaler writes what a function of gqlgen has returned for the current field. Written is there already.
func (o *Object) Marshaler(value graphql.Marshaler) {
	if value != Written {
		o.Value(o.w.Marshal(value))
	}
}

// Recover is to be deferred by functions that write fields. After a panic it reports it at the current field and makes
// that null, and the function is to be called again for the fields that are left.
func (o *Object) Recover() {
	cause := recover()
	if cause == nil {
		return
	}
	o.w.cut(o.value)
	ctx := o.w.Context()
	operation := graphql.GetOperationContext(ctx)
	operation.Error(ctx, operation.Recover(ctx, cause))
	o.Value(false)
}

// Context returns the context of the object, for functions of gqlgen that resolve the current field.
func (o *Object) Context() context.Context { return o.w.context(o.place - 1) }

// End ends the object and returns true; where a field that must have a value has none, it takes the object back and
// returns false.
func (o *Object) End() bool {
	w := o.w
	o.finishDelayed()
	if o.isNull || o.isStopped() {
		w.cut(o.start)
		return false
	}
	w.places, w.delayed = w.places[:o.start.places], w.delayed[:o.start.delayed]
	w.close('}')
	return true
}

// close ends an object or a list, in place of the comma behind its last part.
func (w *Writer) close(bracket byte) {
	if last := len(w.json) - 1; w.json[last] == ',' {
		w.json[last] = bracket
	} else {
		w.json = append(w.json, bracket)
	}
}
