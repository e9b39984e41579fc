package db

import (
	"maps"
	"slices"
	"time"

	"callbook/model"
)

// object is an object as JSON.
type object = map[string]any

// drillDown returns the filter that answers the rows of a group.
func (g *grouping) drillDown(of groupRows, dimensions []dimension, keys []any) model.JSONObject {
	var all []any
	if len(of.filter) > 0 {
		all = append(all, of.filter)
	}
	for i, d := range dimensions {
		all = append(all, g.drillTo(d, keys[i]))
	}
	switch len(all) {
	case 0:
		return object{}
	case 1:
		return all[0].(object)
	}
	return object{"and": all}
}

// drillTo returns the filter that answers the rows that have a value of a dimension.
func (g *grouping) drillTo(d dimension, key any) object {
	switch {
	case d.part != "":
		return object{g.source.startField: g.drillToTime(d, key)}
	case d.list != "" && d.list != "customers" && key == nil:
		return object{d.field: object{"isEmpty": true}}
	case d.list != "" && d.list != "customers":
		return object{d.field: object{"has": key}}
	case key == nil:
		return object{d.field: object{"isNull": true}}
	case d.isBool:
		return object{d.field: object{"eq": key == int64(1)}}
	case d.status:
		return frozenStatus(d.field, []any{key}, model.Canonical(g.now))
	}
	return object{d.field: object{"eq": d.shown(key)}}
}

// localFields are the fields of LocalTimeFilter, by parts.
var localFields = map[localPart]string{minuteOfDay: "minuteOfDay", hourOfDay: "hour", weekday: "weekday"}

func (g *grouping) drillToTime(d dimension, key any) object {
	number, isNumber := key.(int64)
	switch {
	case !isNumber:
		return object{"isNull": true}
	case !d.part.isCalendar():
		return object{"local": object{"timeZone": g.query.TimeZone, localFields[d.part]: object{"eq": d.shown(key)}}}
	}
	zone, _ := cachedLocation(g.query.TimeZone) // it has been checked
	first := dayOfNumber(number)
	between := object{"isNull": false}
	for operator, day := range map[string]time.Time{"gte": first, "lt": d.part.next(first)} {
		if at := startOfDay(day, zone); model.CheckTime(at) == nil { // rows have no others
			between[operator] = written(at)
		}
	}
	if len(between) > 1 {
		delete(between, "isNull")
	}
	return between
}

// written returns an instant as JSON.
func written(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// frozen returns the filter that answers the calls of a data set that pass a filter at an instant, whenever it is
// asked: statuses that depend on the time are written out.
func frozen(dataset model.CallDataset, filter object, at time.Time) object {
	filter = frozenFilter(filter, at)
	toDo := object{"or": []any{
		object{"outgoingCallStatus": object{"in": timedStatuses}},
		object{"outgoingCallStatus": object{"isNull": true}, "callStartTime": object{"gt": written(at)},
			"callType": object{"ne": model.CallTypeMissed}},
	}}
	switch dataset {
	case model.CallDatasetNotClosed:
		return both(filter, toDo)
	case model.CallDatasetClosed:
		return both(filter, object{"not": toDo})
	}
	return filter
}

// both returns the filter that both hold.
func both(a, b object) object {
	if len(a) == 0 {
		return b
	}
	return object{"and": []any{a, b}}
}

// timedStatuses are the statuses of calls that depend on the time; together they do not.
var timedStatuses = []any{"SCHEDULED", "OVERDUE"}

// frozenFilter returns a filter of calls with the statuses written out.
func frozenFilter(filter object, at time.Time) object {
	out := object{}
	var conds []any
	for _, field := range slices.Sorted(maps.Keys(filter)) {
		value := filter[field]
		switch field {
		case "and", "or":
			if value != nil {
				out[field] = frozenFilters(value, at)
			}
		case "not":
			if not, isObject := value.(object); isObject {
				out[field] = frozenFilter(not, at)
			}
		case "outgoingCallStatus", "callStatus":
			conds = append(conds, frozenOperators(field, value, at)...)
		default:
			out[field] = value
		}
	}
	if conds == nil {
		return out
	}
	if len(out) > 0 {
		conds = append([]any{out}, conds...)
	}
	return object{"and": conds}
}

// frozenFilters is frozenFilter for a list of filters, for which one stands, too.
func frozenFilters(list any, at time.Time) []any {
	out := []any{}
	for _, element := range asList(list) {
		if filter, isObject := element.(object); isObject {
			out = append(out, frozenFilter(filter, at))
		}
	}
	return out
}

// asList returns a list, or one of the value that stands for it.
func asList(value any) []any {
	if list, isList := value.([]any); isList {
		return list
	}
	return []any{value}
}

// frozenOperators returns the filters that the operators on a status make.
func frozenOperators(field string, operators any, at time.Time) (conds []any) {
	given, _ := operators.(object)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		operand := given[name]
		switch {
		case operand == nil:
		case name == "eq" || name == "in":
			conds = append(conds, frozenStatus(field, asList(operand), at))
		case name == "ne" || name == "notIn":
			conds = append(conds, object{"not": frozenStatus(field, asList(operand), at)})
		default:
			conds = append(conds, object{field: object{name: operand}})
		}
	}
	return conds
}

// frozenStatus returns the filter of the calls whose status was one of values at an instant.
func frozenStatus(field string, values []any, at time.Time) object {
	isOverdue, isScheduled := slices.Contains(values, any("OVERDUE")), slices.Contains(values, any("SCHEDULED"))
	if isOverdue == isScheduled {
		return object{field: object{"in": values}}
	}
	timed := object{field: object{"in": timedStatuses}, "callStartTime": object{"lt": written(at)}}
	if isScheduled {
		delete(timed, "callStartTime")
		timed["or"] = []any{object{"callStartTime": object{"gte": written(at)}},
			object{"callStartTime": object{"isNull": true}}}
	}
	others := slices.DeleteFunc(slices.Clone(values), func(v any) bool { return slices.Contains(timedStatuses, v) })
	if len(others) == 0 {
		return timed
	}
	return object{"or": []any{object{field: object{"in": others}}, timed}}
}
