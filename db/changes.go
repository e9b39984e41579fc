package db

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"callbook/model"
)

// MaxChangePage is the greatest page of changes.
const MaxChangePage = 1000

// eventRights are the permissions by which an actor sees events.
var eventRights = []struct {
	entities   []model.ChangeEntity
	permission model.Permission
}{
	{ofCalls, model.PermissionCallRead},
	{[]model.ChangeEntity{model.ChangeEntityCallRecord}, model.PermissionCallRecordRead},
}

// eventTypes are the structs of the rows that events are of.
var eventTypes = map[model.ChangeEntity]reflect.Type{model.ChangeEntityCall: callType,
	model.ChangeEntityCallRecord: recordType, model.ChangeEntityTask: taskType, model.ChangeEntityNote: noteType}

// Changes returns a page of the changes of entities, or of all that the actor may read where they are nil. It returns
// BAD_USER_INPUT for a cursor that is none of these or too old, FORBIDDEN for entities that the actor may not read, and
// LIMIT_EXCEEDED for a page that is too large. It takes two statements, three where the cursor is in the middle of what
// was read before.
func (d *DB) Changes(ctx context.Context, after *string, entities []model.ChangeEntity, first int,
) (*model.ChangePage, error) {
	if err := CheckFirst(first, MaxChangePage); err != nil {
		return nil, err
	}
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	which, readers, err := s.readableEvents(entities)
	if err != nil {
		return nil, err
	}
	now, err := s.eventSnapshot(ctx)
	if err != nil {
		return nil, err
	}
	var place eventPlace
	if after != nil {
		if place, err = d.eventPlace(s, changesFeed, *after, now); err != nil {
			return nil, err
		}
	}
	page := &model.ChangePage{Events: []*model.Change{}}
	var bad error
	end, isMore, err := s.follow(ctx, place, now, which, first, func(e *model.Event, at eventPlace) {
		change, err := s.change(e, readers[e.Entity])
		if err != nil {
			bad = err
			return
		}
		change.Cursor = s.eventCursor(changesFeed, at, e.At)
		page.Events = append(page.Events, change)
	})
	if err = orError(err, bad); err != nil {
		return nil, err
	}
	at := s.now
	if isMore && len(page.Events) > 0 {
		at = page.Events[len(page.Events)-1].At
	}
	page.NextCursor, page.HasMore = s.eventCursor(changesFeed, end, at), isMore
	return page, nil
}

// readableEvents returns the condition on events of entities that the actor sees, of all that it may read where they
// are nil, and as what it reads each.
func (s scope) readableEvents(entities []model.ChangeEntity) (cond, map[model.ChangeEntity]model.Actor, error) {
	readers := map[model.ChangeEntity]model.Actor{}
	var groups []cond
	for _, rights := range eventRights {
		asked := rights.entities
		if entities != nil {
			asked = slices.DeleteFunc(slices.Clone(asked), func(e model.ChangeEntity) bool {
				return !slices.Contains(entities, e)
			})
		}
		if len(asked) == 0 {
			continue
		}
		if !s.actor.May(rights.permission) {
			if entities == nil {
				continue
			}
			return never, nil, model.Forbidden("entities", "to read changes of %s takes the permission %s, which you lack",
				asked[0], rights.permission)
		}
		reader := s
		reader.actor = s.actor.For([]model.Permission{rights.permission}, nil)
		for _, entity := range asked {
			readers[entity] = reader.actor
		}
		groups = append(groups, allOf(expr("event.entity IN (?)", bun.List(asked)), reader.ownEvents()))
	}
	if groups == nil {
		return never, readers, nil
	}
	return anyOf(groups...), readers, nil
}

// ownEvents returns the condition on events that they are of rows that the actor sees.
func (s scope) ownEvents() cond {
	if !s.actor.OwnOnly {
		return cond{}
	}
	return expr("(event.creator = ? AND (event.creator_kind IS NULL OR event.creator_kind IN (?)))", s.actor.Name,
		s.ownerKinds())
}

// change returns an event as its reader sees it.
func (s scope) change(e *model.Event, reader model.Actor) (*model.Change, error) {
	change := &model.Change{At: e.At, Entity: e.Entity, Kind: e.Kind, ChangedID: e.Key(), Operation: e.Operation,
		ChangedBy: e.Actor}
	if e.RowID != nil {
		change.CallID = &e.Subject
	}
	visibility := reader.Visibility
	if reader.SeesOwnClearer() && reader.IsCreator(model.Creator{Name: e.Creator, Kind: e.CreatorKind}) {
		visibility = reader.OwnVisibility
	}
	var err error
	if change.After, err = s.fieldsOf(e, e.AfterRow, visibility); err == nil {
		change.Before, err = s.fieldsOf(e, e.BeforeRow, visibility)
	}
	return change, err
}

// fieldsOf returns the columns of an event's row as the fields of the schema, masked; nil where there is no row.
func (s scope) fieldsOf(e *model.Event, row *string, visibility model.Visibility) (any, error) {
	if row == nil {
		return nil, nil
	}
	var values map[string]any
	decoder := json.NewDecoder(bytes.NewReader([]byte(*row)))
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil {
		return nil, err
	}
	table := s.ready.rowTable(eventTypes[e.Entity])
	fields := make(map[string]any, len(values))
	for name, value := range values {
		field := fieldName(name)
		if number, isNumber := value.(json.Number); isNumber && table.isLong(name) {
			value = number.String()
		}
		fields[field] = visibility.ShowAny(e.Entity.TypeName(), field, value)
	}
	return fields, nil
}

// isLong reports whether a column of that name has whole numbers of 64 bits.
func (t *rowTable) isLong(name string) bool {
	return slices.ContainsFunc(t.columns, func(c rowColumn) bool { return c.name == name && c.isLong })
}

// fieldName returns the name of a column in the schema: caller_id is callerId.
func fieldName(column string) string {
	parts := strings.Split(column, "_")
	for i, part := range parts[1:] {
		parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
	}
	return strings.Join(parts, "")
}
