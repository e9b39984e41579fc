package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"callbook/db"
	"callbook/graph"
	"callbook/graph/operation"
	"callbook/jobs"
	"callbook/model"
)

// openAPI serves a description of the addresses that answer without GraphQL, in OpenAPI 3.1: GET /openapi.json. It has
// the saved queries of the caller's tenant, in the formats that have a place for what they answer.
type openAPI struct {
	db       *db.DB
	pipeline *operation.Pipeline
}

// object is a JSON object.
type object map[string]any

// ServeHTTP answers the description. It takes one statement.
func (o openAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	queries, err := o.db.SavedQueries(r.Context())
	if err != nil {
		refuseFile(w, r, o.db, err)
		return
	}
	paths := object{}
	for _, query := range queries {
		asked := &askedQuery{SavedQuery: query}
		if asked.operation, err = o.pipeline.CheckQuery(r.Context(), query.Document); err != nil {
			continue // it does not fit the schema, which has changed since
		}
		_, err = asked.layout()
		for format, mediaType := range queryTypes {
			if err != nil && format != "json" {
				continue
			}
			paths["/q/"+query.Name+"."+format] = object{"get": queryOperation(query, format, mediaType)}
		}
	}
	for _, name := range jobs.ExportNames() {
		paths["/export/"+name] = object{"get": exportDescription(name)}
	}
	paths["/print/calls"] = object{"get": printDescription()}
	for format, mediaType := range documentTypes {
		for _, kind := range []string{"calls", "call-records"} {
			name := kind + "." + strings.ToLower(string(format))
			paths["/report/"+name] = object{"get": reportDescription(name, mediaType)}
		}
	}
	text, err := json.Marshal(object{
		"openapi": "3.1.0",
		"info": object{"title": "Callbook", "version": "0.1.0",
			"description": "Saved queries, exports and documents by address. All else is GraphQL at /graphql."},
		"paths":    paths,
		"security": []any{object{"bearer": []any{}}, object{}},
		"components": object{
			"securitySchemes": object{"bearer": object{"type": "http", "scheme": "bearer"}},
			"schemas":         object{"Errors": errorsSchema},
			"responses": object{"Error": object{"description": "It is refused, with the HTTP status of the first error's code.",
				"content": object{"application/json": object{"schema": object{"$ref": "#/components/schemas/Errors"}}}}},
		},
	})
	if err != nil {
		refuseFile(w, r, o.db, err)
		return
	}
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(text) // else the client is gone
}

// errorsSchema describes what a request that is refused is answered.
var errorsSchema = object{"type": "object", "required": []string{"errors"}, "properties": object{
	"errors": object{"type": "array", "items": object{"type": "object", "required": []string{"message"},
		"properties": object{"message": object{"type": "string"}, "extensions": object{"type": "object",
			"properties": object{"code": object{"type": "string"}, "field": object{"type": "string"}}}}}},
}}

// operationOf describes an operation that answers bytes of some media types.
func operationOf(id, summary string, parameters []any, mediaTypes ...string) object {
	content := object{}
	for _, mediaType := range mediaTypes {
		mediaType, _, _ = strings.Cut(mediaType, ";")
		content[mediaType] = object{}
	}
	return object{"operationId": id, "summary": summary, "parameters": parameters, "responses": object{
		"200":     object{"description": "The answer.", "content": content},
		"default": object{"$ref": "#/components/responses/Error"},
	}}
}

// parameterOf describes a parameter.
func parameterOf(name, description string, schema object) object {
	return object{"name": name, "in": "query", "description": description, "schema": schema}
}

// queryOperation describes a saved query in a format.
func queryOperation(query *model.SavedQuery, format, mediaType string) object {
	parameters := []any{}
	for _, p := range query.Parameters() {
		parameter := parameterOf(p.Name, "A "+p.Type+".", object{})
		if schema, isText := variableSchema(p); isText {
			parameter["schema"] = schema
		} else { // JSON
			delete(parameter, "schema")
			parameter["content"] = object{"application/json": object{"schema": object{}}}
		}
		if p.Required {
			parameter["required"] = true
		}
		if p.Default != nil {
			parameter["description"] = "A " + p.Type + "; " + *p.Default + " where left out."
		}
		parameters = append(parameters, parameter)
	}
	summary := query.Name
	if query.Description != nil {
		summary = *query.Description
	}
	described := operationOf("q."+query.Name+"."+format, summary, parameters, mediaType)
	responses := described["responses"].(object)
	responses["200"].(object)["headers"] = object{
		"ETag":           object{"schema": object{"type": "string"}, "description": "For If-None-Match."},
		NextCursorHeader: object{"schema": object{"type": "string"}, "description": "The cursor of the next page."},
		"Link":           object{"schema": object{"type": "string"}, "description": "The address of the next page."},
	}
	responses["304"] = object{"description": "The answer is the one of the tag."}
	return described
}

// variableSchema describes the values of a parameter of a saved query, and returns false where they are JSON.
func variableSchema(p *model.QueryParameter) (object, bool) {
	document, err := parser.ParseQuery(&ast.Source{Input: "query($v: " + p.Type + ") { v }"})
	if err != nil {
		return object{}, true // it was read of a document
	}
	typ := document.Operations[0].VariableDefinitions[0].Type
	schema, isText := scalarSchema(typ.Name())
	if typ.Elem != nil {
		schema = object{"type": "array", "items": schema}
	}
	return schema, isText
}

// scalarSchema describes the values of a type of the schema.
func scalarSchema(typeName string) (schema object, isText bool) {
	definition := graph.Schema().Types[typeName]
	switch {
	case typeName == "Int":
		return object{"type": "integer"}, true
	case typeName == "Float":
		return object{"type": "number"}, true
	case typeName == "Boolean":
		return object{"type": "boolean"}, true
	case typeName == "DateTime":
		return object{"oneOf": []any{object{"type": "string", "format": "date-time"},
			object{"type": "integer", "description": "Milliseconds since 1970."}}}, true
	case typeName == "Date":
		return object{"type": "string", "format": "date"}, true
	case definition != nil && definition.Kind == ast.Enum:
		names := make([]string, len(definition.EnumValues))
		for i, value := range definition.EnumValues {
			names[i] = value.Name
		}
		return object{"type": "string", "enum": names}, true
	}
	return object{"type": "string"}, typeName != "JSON" && (definition == nil || definition.Kind != ast.InputObject)
}

// rowParameters are the parameters by which exports and prints choose rows.
var rowParameters = map[string]object{
	"filter":   {"content": object{"application/json": object{"schema": object{"type": "object"}}}},
	"orderBy":  {"content": object{"application/json": object{"schema": object{"type": "array"}}}},
	"dataset":  {"schema": object{"type": "string", "enum": model.AllCallDataset}},
	"locale":   {"schema": object{"type": "string", "enum": model.AllLocale}},
	"timeZone": {"schema": object{"type": "string", "default": "Asia/Shanghai"}},
}

// sharedParameter describes one of rowParameters.
func sharedParameter(name, description string) object {
	parameter := object{"name": name, "in": "query", "description": description}
	maps.Copy(parameter, rowParameters[name])
	return parameter
}

// exportDescription describes an export.
func exportDescription(name string) object {
	isCalls := strings.HasPrefix(name, "calls.")
	filter, order := "A CallRecordFilter.", "A list of CallRecordOrder."
	if isCalls {
		filter, order = "A CallFilter.", "A list of CallOrder."
	}
	parameters := []any{
		sharedParameter("filter", filter), sharedParameter("orderBy", order),
		parameterOf("first", "How many rows at the most.", object{"type": "integer", "minimum": 0}),
		parameterOf("offset", "How many rows are left out at the front.", object{"type": "integer", "minimum": 0}),
		parameterOf("columns", "Names of fields, with commas between.", object{"type": "string"}),
		parameterOf("columnSet", "In place of columns: the name under which they are kept.", object{"type": "string"}),
		sharedParameter("locale", "The language of captions."), sharedParameter("timeZone", "The zone of times."),
		parameterOf("spreadsheetSafe", "Whether formulas are defused.", object{"type": "boolean", "default": true}),
	}
	switch isBook := strings.HasSuffix(name, ".xlsx"); {
	case isCalls && isBook:
		sheets := parameterOf("sheets", "Further sheets, with commas between.", object{"type": "array",
			"items": object{"type": "string", "enum": model.AllExportSheet}})
		sheets["style"], sheets["explode"] = "form", false
		parameters = append(parameters, sheets)
		fallthrough
	case isCalls:
		parameters = append(parameters, sharedParameter("dataset", "Which of the CRM's data sets."))
	default:
		parameters = append(parameters, parameterOf("transcript", "How transcripts are written.",
			object{"type": "string", "enum": model.AllExportTranscript}))
	}
	return operationOf("export."+name, "All rows that a filter chooses, as a file.", parameters, jobs.ExportType(name))
}

// printDescription describes calls on paper.
func printDescription() object {
	parameters := []any{
		parameterOf("ids", "Keys of calls, with commas between.", object{"type": "string"}),
		parameterOf("id", "Keys of calls.", object{"type": "array", "items": object{"type": "string"}}),
		sharedParameter("filter", "A CallFilter."), sharedParameter("orderBy", "A list of CallOrder."),
		sharedParameter("dataset", "Which of the CRM's data sets."), sharedParameter("locale", "The language."),
		sharedParameter("timeZone", "The zone of times."),
		parameterOf("format", "What it is written as.", object{"type": "string", "enum": []string{"pdf", "html"}}),
	}
	return operationOf("print.calls", "Calls on paper: some, by key or by filter.", parameters, "application/pdf",
		"text/html")
}

// reportDescription describes a report.
func reportDescription(name, mediaType string) object {
	filter, isCalls := "A CallRecordFilter.", strings.HasPrefix(name, "calls.")
	if isCalls {
		filter = "A CallFilter."
	}
	day := object{"type": "string", "format": "date"}
	parameters := []any{
		sharedParameter("filter", filter), parameterOf("from", "The first day.", day),
		parameterOf("to", "The last day.", day),
		parameterOf("groupBy", "What a column of time is.", object{"type": "string", "enum": model.AllReportInterval}),
		sharedParameter("timeZone", "The zone of days and hours."), sharedParameter("locale", "The language."),
	}
	if isCalls {
		parameters = append(parameters, sharedParameter("dataset", "Which of the CRM's data sets."))
	}
	return operationOf("report."+name, "Figures of a period beside the one before, with charts.", parameters, mediaType)
}
