package randomops

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// responseCheck holds a response against the schema and the operation that was sent, as the GraphQL specification has
// it (Response, Executing Selection Sets). It shares no code with the executor but the parser.
type responseCheck struct {
	schema    *ast.Schema
	document  *ast.QueryDocument
	operation *ast.OperationDefinition
	variables vars // with their defaults
	errors    []responseError
	problems  []string
	seen      []func(*pool) // what the pool may learn from it
	told      []string      // what every engine must answer alike: all but keys and cursors the server makes

	rootFields, rootNulls int
}

// responseError is one of a response's errors.
type responseError struct {
	message, code string
	path          []any
}

func newResponseCheck(schema *ast.Schema, r request) (*responseCheck, error) {
	document, err := parser.ParseQuery(&ast.Source{Input: r.parsable()})
	if err != nil {
		return nil, err
	}
	c := &responseCheck{schema: schema, document: document, variables: vars{}}
	if c.operation = document.Operations.ForName(r.operationName); c.operation == nil {
		return nil, fmt.Errorf("no operation %q", r.operationName)
	}
	for _, v := range c.operation.VariableDefinitions {
		if value, ok := r.variables[v.Variable]; ok {
			c.variables[v.Variable] = value
		} else if v.DefaultValue != nil {
			c.variables[v.Variable], _ = v.DefaultValue.Value(nil)
		}
	}
	return c, nil
}

var codePoints = regexp.MustCompile(`\\u\{([0-9a-f]+)\}`)

// parsable is the document without the escapes \u{…}, which gqlparser does not know.
func (r request) parsable() string {
	return codePoints.ReplaceAllStringFunc(r.document, func(escape string) string {
		n, _ := strconv.ParseInt(escape[3:len(escape)-1], 16, 32)
		return string(rune(n))
	})
}

func (c *responseCheck) say(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// body checks a whole response.
func (c *responseCheck) body(text []byte) {
	if !utf8.Valid(text) {
		c.say("invalid UTF-8")
	}
	parsed, err := readOrdered(text)
	response, ok := parsed.(orderedObject)
	if err != nil || !ok {
		c.say("no JSON object: %v", err)
		return
	}
	for _, key := range response.keys {
		if key != "data" && key != "errors" && key != "extensions" {
			c.say("the response has %q", key)
		}
	}
	data, hasData := response.values["data"]
	if list, ok := response.values["errors"]; ok {
		c.errorList(list, data, hasData)
	} else if !hasData {
		c.say("neither data nor errors")
	}
	if root, ok := data.(orderedObject); ok {
		c.rootFields = len(root.keys)
		for _, v := range root.values {
			if v == nil {
				c.rootNulls++
			}
		}
		c.object(root, c.rootType(), []ast.SelectionSet{c.operation.SelectionSet}, nil, nil)
	} else if hasData {
		c.say("data is %v, but no root field is non-null", data)
	}
}

func (c *responseCheck) rootType() *ast.Definition {
	if c.operation.Operation == ast.Mutation {
		return c.schema.Mutation
	}
	return c.schema.Query
}

// errorList checks the errors. A request without data may have failed as a whole; else each error has the path of its
// field.
func (c *responseCheck) errorList(v, data any, hasData bool) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		c.say("errors is no list, or an empty one: %v", v)
	}
	for i, element := range list {
		if e, ok := element.(orderedObject); ok {
			c.error(fmt.Sprintf("errors.%d", i), e, data, hasData)
		} else {
			c.say("errors.%d is no object", i)
		}
	}
}

func (c *responseCheck) error(at string, e orderedObject, data any, hasData bool) {
	message, _ := e.values["message"].(string)
	if message == "" {
		c.say("%s has no message", at)
	}
	for _, key := range e.keys {
		if !slices.Contains([]string{"message", "locations", "path", "extensions"}, key) {
			c.say("%s has %q", at, key)
		}
	}
	c.locations(at, e)
	extensions, _ := e.values["extensions"].(orderedObject)
	code, _ := extensions.values["code"].(string)
	if c.schema.Types["ErrorCode"].EnumValues.ForName(code) == nil {
		c.say("%s has the code %q", at, code)
	}
	if id, _ := extensions.values["requestId"].(string); id == "" {
		c.say("%s has no request id", at)
	}
	path, hasPath := e.values["path"].([]any)
	if hasPath != hasData {
		c.say("%s has a path: %v; the response has data: %v", at, hasPath, hasData)
	}
	if hasPath {
		c.pathLeads(at, path, data)
	}
	c.errors = append(c.errors, responseError{message, code, path})
	c.told = append(c.told, fmt.Sprint(path, " ", code, " ", extensions.values["field"]))
}

func (c *responseCheck) locations(at string, e orderedObject) {
	v, given := e.values["locations"]
	list, ok := v.([]any)
	if given && (!ok || len(list) == 0) {
		c.say("%s.locations is %v", at, v)
	}
	for _, l := range list {
		location, _ := l.(orderedObject)
		for _, key := range []string{"line", "column"} {
			if n, ok := intOf(location.values[key]); !ok || n < 1 || len(location.keys) != 2 {
				c.say("%s.locations: %v", at, l)
			}
		}
	}
}

// pathLeads checks that a path leads to a null in the data, or to one above it.
func (c *responseCheck) pathLeads(at string, path []any, data any) {
	for i, step := range path {
		switch v := data.(type) {
		case nil:
			return
		case orderedObject:
			key, _ := step.(string)
			next, ok := v.values[key]
			if !ok {
				c.say("%s: the path %v leads nowhere at %d", at, path, i)
				return
			}
			data = next
		case []any:
			n, ok := intOf(step)
			if !ok || n < 0 || n >= int64(len(v)) {
				c.say("%s: the path %v leads out of a list at %d", at, path, i)
				return
			}
			data = v[n]
		default:
			c.say("%s: the path %v goes into a leaf at %d", at, path, i)
			return
		}
	}
	if data != nil {
		c.say("%s: the path %v leads to a value that is not null", at, path)
	}
}

func intOf(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	return i, err == nil
}
