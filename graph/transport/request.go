package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"callbook/graph/operation"
	"callbook/model"
	"callbook/text"
)

// problem says why bytes are no GraphQL request, or are not read.
type problem struct {
	status int // 0 for request errors, as in operation.Refusal
	err    *model.Error
}

func badRequest(format string, args ...any) *problem {
	return &problem{http.StatusBadRequest, model.BadInput("", format, args...)}
}

// read reads a request from its body or its address. Refusals have the statuses 400, 403, 405, 413, 415 and 503, or 0
// where a limit of the request is exceeded.
func (h *handler) read(w http.ResponseWriter, r *http.Request) (*operation.Request, *operation.Refusal) {
	req := &operation.Request{}
	if bad := h.readInto(req, w, r); bad != nil {
		req.Reservation.Release()
		return nil, operation.Refuse(r.Context(), bad.status, bad.err)
	}
	return req, nil
}

func (h *handler) readInto(req *operation.Request, w http.ResponseWriter, r *http.Request) *problem {
	switch r.Method {
	case http.MethodGet:
		return parseAddress(req, r.URL.RawQuery, h.limits)
	case http.MethodPost:
		return h.readPost(req, w, r)
	}
	w.Header().Set("Allow", "GET, POST")
	return &problem{
		http.StatusMethodNotAllowed,
		model.BadInput("", "GraphQL is answered to GET and POST, not to %s", text.Quote(r.Method)),
	}
}

func (h *handler) readPost(req *operation.Request, w http.ResponseWriter, r *http.Request) *problem {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return &problem{http.StatusUnsupportedMediaType, model.BadInput("", "the body must not be compressed")}
	}
	mediaType, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType == "multipart/form-data" {
		return h.readMultipart(req, w, r)
	}
	if charset := params["charset"]; mediaType != jsonType || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return &problem{
			http.StatusUnsupportedMediaType,
			model.BadInput("", "the body must be application/json in UTF-8, or multipart/form-data with files"),
		}
	}
	body, bad := h.readBody(req, w, r)
	if bad != nil {
		return bad
	}
	return parseRequest(req, body, h.limits)
}

// parseRequest reads a request in JSON: query, operationName, variables, extensions and documentId, in just these
// letters.
func parseRequest(req *operation.Request, body []byte, limits operation.Limits) *problem {
	var fields map[string]json.RawMessage
	if bad := parseObject(body, "the body", limits, &fields); bad != nil {
		return bad
	}
	if n := len(fields["variables"]); n > limits.VariableSize {
		return &problem{0, model.LimitExceeded("variables", "have %d bytes; at most %d", n, limits.VariableSize)}
	}
	for _, field := range []struct {
		name string
		into any
		kind string
	}{
		{"query", &req.Query, "text"},
		{"operationName", &req.OperationName, "text"},
		{"documentId", &req.DocumentID, "text"},
		{"variables", &req.Variables, "an object"},
		{"extensions", &req.Extensions, "an object"},
	} {
		value, given := fields[field.name]
		if !given || string(value) == "null" {
			continue
		}
		if decode(value, field.into) != nil {
			return &problem{http.StatusBadRequest, model.BadInput(field.name, "must be %s", field.kind)}
		}
	}
	return checkNamesDocument(req)
}

// checkNamesDocument refuses a request that names no document.
func checkNamesDocument(req *operation.Request) *problem {
	_, persisted := req.Extensions["persistedQuery"]
	if req.Query == "" && req.DocumentID == "" && !persisted {
		return &problem{http.StatusBadRequest, model.BadInput("query", "is missing")}
	}
	return nil
}

// parseObject reads a JSON object and nothing behind it. what names the text in errors.
func parseObject(body []byte, what string, limits operation.Limits, into any) *problem {
	if !utf8.Valid(body) {
		return badRequest("%s is not valid UTF-8", what)
	}
	if err := checkJSON(body, limits); err != nil {
		if err.Code == model.ErrorCodeLimitExceeded {
			return &problem{0, err}
		}
		return &problem{http.StatusBadRequest, err}
	}
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' || decode(body, into) != nil {
		return badRequest("%s must be one JSON object: {\"query\": …, \"variables\": {…}}", what)
	}
	return nil
}

var errTrailingText = errors.New("something follows")

// decode decodes JSON, and nothing behind it, with numbers as they are written.
func decode(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errTrailingText
	}
	return nil
}

// parseAddress reads a request from the parameters of an address.
func parseAddress(req *operation.Request, rawQuery string, limits operation.Limits) *problem {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return badRequest("the address is not encoded properly")
	}
	for name, given := range values {
		if len(given) > 1 {
			return badRequest("the address has the parameter %s twice", text.Quote(name))
		}
		if !utf8.ValidString(given[0]) {
			return badRequest("the parameter %s is not valid UTF-8", text.Quote(name))
		}
	}
	req.Query, req.OperationName = values.Get("query"), values.Get("operationName")
	req.DocumentID = values.Get("documentId")
	for name, into := range map[string]*map[string]any{"variables": &req.Variables, "extensions": &req.Extensions} {
		if value := values.Get(name); value != "" && value != "null" {
			if bad := parseObject([]byte(value), "the parameter "+name, limits, into); bad != nil {
				return bad
			}
		}
	}
	return checkNamesDocument(req)
}
