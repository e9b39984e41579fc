package main

import (
	_ "embed"
	"fmt"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

// writers is the plug-in of gqlgen that generates the writers, beside the file that gqlgen generates.
type writers struct{}

// Name returns the plug-in's name, for errors.
func (writers) Name() string { return "writers" }

//go:embed writers.gotpl
var writersTemplate string

// GenerateCode writes writers.go. It returns an error where the schema or the models have something that the writers
// cannot do.
func (writers) GenerateCode(data *codegen.Data) error {
	objects := slices.DeleteFunc(slices.Clone(data.Objects), func(o *codegen.Object) bool {
		return o.IsReserved() || o.Stream
	})
	for _, o := range objects {
		if err := checkObject(o); err != nil {
			return err
		}
	}
	references, err := outputTypes(objects)
	if err != nil {
		return err
	}
	return templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        filepath.Join(data.Config.Exec.Dir(), "writers.go"),
		Template:        writersTemplate,
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
		Funcs: template.FuncMap{
			"writer":     writerName,
			"scalar":     scalarMethod,
			"resolved":   isResolved,
			"delayed":    func(o *codegen.Object) bool { return slices.ContainsFunc(o.Fields, (*codegen.Field).IsConcurrent) },
			"concurrent": isConcurrent,
		},
		Data: struct {
			*codegen.Data
			Objects    []*codegen.Object
			Types      []*config.TypeReference
			Interfaces []*codegen.Interface
		}{data, objects, references, interfacesOf(data)},
	})
}

// checkObject returns an error for an object that could have a field twice, or that has a kind of field which has no
// case in the template.
func checkObject(o *codegen.Object) error {
	if len(o.Implements) > 1 {
		return fmt.Errorf("%s has several interfaces: fragments may then select a field twice, and the second must be "+
			"left out", o.Name)
	}
	for _, f := range o.Fields {
		if f.IsMap() || f.VOkFunc || f.HasHaser || f.IsBatch() {
			return fmt.Errorf("%s.%s is bound in a way that has no case", o.Name, f.Name)
		}
		if types.IsInterface(f.TypeReference.GO) && f.TypeReference.GQL.NonNull {
			return fmt.Errorf("%s.%s is an interface of Go that must not be null, which has no case", o.Name, f.Name)
		}
	}
	return nil
}

// isResolved reports whether gqlgen's function resolves a field, for it has arguments or directives.
func isResolved(f *codegen.Field) bool { return f.Object.Root || len(f.Args) > 0 || f.HasDirectives() }

// hasCase reports whether the template can write values of a type.
func hasCase(t *config.TypeReference) bool {
	takesPointer := t.Marshaler != nil && t.IsTargetNilable() && !t.IsNilable()
	return !t.IsPtrToPtr() && !t.IsContext && !t.IsRoot && !t.HasEnumValues() && !takesPointer
}

// isConcurrent reports whether the fields of an object run at once: where several are methods with a context, each of
// which takes a statement, as those of statistics. Those of rows share what they read, and run one after the other.
func isConcurrent(o *codegen.Object) bool {
	methods := 0
	for _, f := range o.Fields {
		if f.IsMethod() && f.MethodHasContext {
			methods++
		}
	}
	return methods > 1
}

// outputTypes returns the types of the fields, and of their elements, each once.
func outputTypes(objects []*codegen.Object) ([]*config.TypeReference, error) {
	byName := map[string]*config.TypeReference{}
	for _, o := range objects {
		for _, f := range o.Fields {
			for t := f.TypeReference; t != nil && !strings.HasPrefix(t.Definition.Name, "__"); {
				if !hasCase(t) {
					return nil, fmt.Errorf("%s.%s has the type %s, which has no case", o.Name, f.Name, t.GO)
				}
				byName[writerName(t)] = t
				if !t.IsSlice() && !t.IsPtrToSlice() && !t.IsPtrToIntf() {
					break
				}
				t = t.Elem()
			}
		}
	}
	references := make([]*config.TypeReference, 0, len(byName))
	for _, t := range byName {
		references = append(references, t)
	}
	slices.SortFunc(references, func(a, b *config.TypeReference) int {
		return strings.Compare(writerName(a), writerName(b))
	})
	return references, nil
}

// interfacesOf returns the interfaces and unions of the schema, by name.
func interfacesOf(data *codegen.Data) []*codegen.Interface {
	var all []*codegen.Interface
	for _, i := range data.Interfaces {
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b *codegen.Interface) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// writerName returns the name of the function that writes values of a type, after gqlgen's function for it.
func writerName(t *config.TypeReference) string {
	return "write" + strings.TrimPrefix(t.MarshalFunc(), "marshal")
}

// scalarMethods are the methods of jsondata.Writer that write what a function of package model does.
var scalarMethods = map[string]string{
	"MarshalString": "String", "MarshalID": "String", "MarshalURL": "String", "MarshalDate": "String",
	"MarshalLong": "Long", "MarshalInt": "Int", "MarshalBoolean": "Bool", "MarshalDateTime": "Time",
}

// scalarMethod returns the method that writes values of a type; empty where its marshaler must.
func scalarMethod(t *config.TypeReference) string {
	if t.Definition.Kind == ast.Enum && t.IsMarshaler {
		return "Enum"
	}
	if t.Marshaler == nil || t.Marshaler.Pkg().Path() != "callbook/model" {
		return ""
	}
	return scalarMethods[t.Marshaler.Name()]
}
