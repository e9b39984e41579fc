package jsondata

// List is a list that is being written.
type List struct {
	w        *Writer
	start    mark // before the list
	value    mark // before the current element
	required bool // whether its elements must not be null
	isNull   bool // whether one is
}

// List begins a list. required says whether its elements must not be null.
func (w *Writer) List(required bool) List {
	l := List{w: w, start: w.mark(), required: required}
	w.json = append(w.json, '[')
	w.places = append(w.places, place{})
	return l
}

// Next begins an element.
func (l *List) Next(index int) {
	p := &l.w.places[l.start.places]
	p.index, p.ctx = index, nil
	l.w.count()
	l.value = l.w.mark()
}

// Value ends the current element. Where it has no value, null is written, and passed on to the list where the schema
// allows none.
func (l *List) Value(hasValue bool) {
	if !hasValue {
		l.w.cut(l.value)
		l.w.json = append(l.w.json, "null"...)
		l.isNull = l.isNull || l.required
	}
	l.w.json = append(l.w.json, ',')
}

// End ends the list and returns true; where an element that must have a value has none, it takes the list back and
// returns false.
func (l *List) End() bool {
	if l.isNull || l.w.isFull {
		l.w.cut(l.start)
		return false
	}
	l.w.places = l.w.places[:l.start.places]
	l.w.close(']')
	return true
}
