package graph

import (
	"context"
	"strings"
	"testing"

	"callbook/model"
)

func TestMissingPermission(t *testing.T) {
	const read, write, remove = model.PermissionCallRead, model.PermissionCallUpdate, model.PermissionCallDelete
	type list = []model.Permission
	for _, c := range []struct {
		has, allOf, anyOf list
		want              string
	}{
		{nil, nil, nil, ""},
		{list{read}, list{read}, nil, ""},
		{nil, list{read}, nil, "CALL_READ"},
		{list{read}, list{read, write}, nil, "CALL_UPDATE"},
		{list{write}, nil, list{read, write}, ""},
		{list{remove}, nil, list{read, write}, "CALL_READ or CALL_UPDATE"},
		{list{read, write}, list{read}, list{write, remove}, ""},
		{list{read}, list{read}, list{write, remove}, "CALL_UPDATE or CALL_DELETE"},
		{list{write}, list{read}, list{write}, "CALL_READ"},
	} {
		if got := missingPermission(model.Actor{Permissions: c.has}, c.allOf, c.anyOf); got != c.want {
			t.Errorf("with %v, of all %v and any of %v %q is missing, want %q", c.has, c.allOf, c.anyOf, got, c.want)
		}
	}
}

func TestPermissionDirective(t *testing.T) {
	next := func(context.Context) (any, error) { return "answer", nil }
	allOf := []model.Permission{model.PermissionCallRead}
	for _, c := range []struct {
		name string
		ctx  context.Context
		code model.ErrorCode
	}{
		{"nobody", t.Context(), model.ErrorCodeUnauthenticated},
		{"without it", model.WithActor(t.Context(), model.Actor{}), model.ErrorCodeForbidden},
		{"with it", model.WithActor(t.Context(), model.Actor{Permissions: allOf}), ""},
	} {
		got, err := permission(atField(c.ctx), nil, next, allOf, nil)
		code := model.ErrorCode("")
		if errs := model.AsErrors(err); len(errs) > 0 {
			code = errs[0].Code
		}
		if code != c.code || (got == "answer") != (c.code == "") {
			t.Errorf("%s: %v, %v, want the code %q", c.name, got, err, c.code)
		}
	}
}

// TestPermissionTexts reads what introspection says of permissions: each is described once, however often the schema is
// asked for.
func TestPermissionTexts(t *testing.T) {
	schema := Schema()
	Schema()
	described := 0
	for _, definition := range schema.Types {
		for _, field := range definition.Fields {
			want := 0
			if d := field.Directives.ForName("permission"); d != nil {
				want = 1
				described++
				needed := permissionText(d)
				if needed == "" {
					needed = "none"
				}
				if text := "Permission: " + needed + "."; !strings.HasSuffix(field.Description, text) {
					t.Errorf("%s.%s is described as %q, want it to end with %q", definition.Name, field.Name, field.Description, text)
				}
			}
			if n := strings.Count(field.Description, "Permission: "); n != want {
				t.Errorf("%s.%s names permissions %d times, want %d", definition.Name, field.Name, n, want)
			}
		}
	}
	if described == 0 {
		t.Error("no field of the schema has @permission")
	}
	if schema.Directives["defer"] != nil {
		t.Error("the schema declares @defer, which no transport serves")
	}
	for field, want := range map[string]string{"calls": "CALL_READ", "createCall": "CALL_CREATE"} {
		for _, root := range []string{"Query", "Mutation"} {
			if f := schema.Types[root].Fields.ForName(field); f != nil {
				if got := permissionText(f.Directives.ForName("permission")); got != want {
					t.Errorf("the permission of %s is %q, want %q", field, got, want)
				}
			}
		}
	}
}

func TestReadPermission(t *testing.T) {
	for typeName, want := range map[string]model.Permission{
		"Call": model.PermissionCallRead, "Task": model.PermissionCallRead, "Note": model.PermissionCallRead,
		"CallRecord": model.PermissionCallRecordRead, "CustomerPerson": model.PermissionCustomerPersonRead,
	} {
		if got := readPermission(typeName); got != want {
			t.Errorf("readPermission(%s) = %s, want %s", typeName, got, want)
		}
	}
}
