package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// compare sends some requests of an operation to every server, and returns an error where one does not answer the rows
// that Callbook answers, or leaves other rows than Callbook.
func (r *run) compare(ctx context.Context, o operation) error {
	for n := range int64(4) {
		var want string
		for _, s := range r.servers {
			number := n
			if o.writes {
				number = r.next.Add(1)
			}
			made, isCompared := s.requests(o, r.inputs, number)
			if !isCompared {
				continue
			}
			got, err := r.outcome(ctx, s, o, made, func() string { return o.written(r.inputs, number, n%2 == 0) })
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if s.name == callbook {
				want = got
			} else if got != want {
				return fmt.Errorf("%s answers to\n%.600s\n%.3000s\nand Callbook\n%.3000s", s.name, made.body, got, want)
			}
		}
	}
	return nil
}

// outcome returns what a request answers, and what it changed, without what differs between equal requests.
func (r *run) outcome(ctx context.Context, s *server, o operation, made request, key func() string) (string, error) {
	before, err := r.readBack(ctx, o, key)
	if err != nil {
		return "", err
	}
	c, err := dial(ctx, s.address)
	if err != nil {
		return "", err
	}
	defer c.close()
	answer, err := c.send(made)
	if err != nil {
		return "", err
	}
	data, err := dataOf(answer)
	if err != nil {
		return "", err
	}
	after, err := r.readBack(ctx, o, key)
	if err != nil {
		return "", err
	}
	text := canonical(data) + canonical(change(before, after))
	if o.writes {
		text = numbers.ReplaceAllString(writers.Replace(text), "N")
	}
	return text, nil
}

// Keys of rows and numbers of requests differ from request to request, who writes from server to server.
var (
	numbers = regexp.MustCompile(`\d{3,}`)
	writers = strings.NewReplacer(`"local"`, "BY", `"hand"`, "BY", `"apollo"`, "BY", `"postgraphile"`, "BY")
)

// readBack reads a row that a request writes, or nil where the operation writes none, or there is none yet.
func (r *run) readBack(ctx context.Context, o operation, key func() string) (map[string]any, error) {
	if o.readBack == "" {
		return nil, nil
	}
	c, err := dial(ctx, r.server(callbook).address)
	if err != nil {
		return nil, err
	}
	defer c.close()
	answer, err := c.send(request{jsonType, body("Back", o.readBack, vars{"id": key()})})
	if err != nil {
		return nil, err
	}
	data, err := dataOf(answer)
	if err != nil {
		return nil, err
	}
	for _, row := range data {
		row, _ := row.(map[string]any)
		return row, nil
	}
	return nil, nil
}

func dataOf(answer []byte) (map[string]any, error) {
	var got struct{ Data map[string]any }
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.UseNumber()
	return got.Data, decoder.Decode(&got)
}

// change returns what differs between a row before and after: the new row where there was none; else the fields that
// changed, what was added to the tags, and of new entries of the history whether they say so.
func change(before, after map[string]any) any {
	if before == nil || after == nil {
		return after
	}
	changes := map[string]any{}
	for field, value := range after {
		if !reflect.DeepEqual(before[field], value) {
			changes[field] = value
		}
	}
	if tags, isChanged := changes["tags"].([]any); isChanged {
		old := before["tags"].([]any)
		changes["tags"] = slices.DeleteFunc(slices.Clone(tags), func(tag any) bool { return slices.Contains(old, tag) })
	}
	if _, isChanged := changes["history"]; isChanged {
		changes["history"] = historyChange(before, after)
	}
	if _, isChanged := changes["version"]; isChanged {
		changes["version"] = "another"
	}
	return changes
}

// historyChange returns what the entries of a history say that were not there before. Both histories are pages of the
// latest entries, so entries are told by their version, not by how many there are.
func historyChange(before, after map[string]any) (entries []any) {
	nodes := func(row map[string]any) []any { return row["history"].(map[string]any)["nodes"].([]any) }
	for _, entry := range nodes(after) {
		entry := entry.(map[string]any)
		isOld := func(old any) bool { return reflect.DeepEqual(old.(map[string]any)["version"], entry["version"]) }
		if slices.ContainsFunc(nodes(before), isOld) {
			continue
		}
		said := []any{entry["operation"], reflect.DeepEqual(entry["version"], after["version"])}
		for _, c := range entry["changes"].([]any) {
			c := c.(map[string]any)
			field := c["field"].(string)
			said = append(said, field, reflect.DeepEqual(c["from"], before[field]), reflect.DeepEqual(c["to"], after[field]))
		}
		entries = append(entries, said)
	}
	return entries
}

// canonical returns a value as text in which lists are lists, whether they came as a connection or not, scalars are
// texts, times are in UTC, and nodeIds, which every server makes in its own way, are left out.
func canonical(value any) string {
	switch v := value.(type) {
	case map[string]any:
		delete(v, "nodeId")
		if nodes, isList := v["nodes"]; isList && len(v) == 1 {
			return canonical(nodes)
		}
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, name+": "+canonical(v[name]))
		}
		return "{" + strings.Join(fields, ", ") + "}\n"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, canonical(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
		return fmt.Sprintf("%q", v)
	case json.Number:
		return fmt.Sprintf("%q", v)
	default:
		return fmt.Sprint(v)
	}
}
