package transport

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
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
	switch bodyTypes.get(r.Header.Get("Content-Type"), parseBodyType) {
	case multipartBody:
		return h.readMultipart(req, w, r)
	case otherBody:
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

// bodyType is what a body is, by its Content-Type.
type bodyType int

const (
	otherBody bodyType = iota
	jsonBody
	multipartBody
)

// bodyTypes are those of the headers that clients send.
var bodyTypes memo[bodyType]

func parseBodyType(contentType string) bodyType {
	mediaType, params, _ := mime.ParseMediaType(contentType)
	charset := params["charset"]
	switch {
	case mediaType == "multipart/form-data":
		return multipartBody
	case mediaType == jsonType && (charset == "" || strings.EqualFold(charset, "utf-8")):
		return jsonBody
	}
	return otherBody
}

// requestMembers are the members of a request in JSON that mean something, in just these letters: texts, then objects.
var requestMembers = [...]string{"query", "operationName", "documentId", "variables", "extensions"}

const requestTexts = 3 // how many of them are texts

const requestExample = `{"query": …, "variables": {…}}`

// parseRequest reads a request in JSON. The request's strings share the memory of the body.
func parseRequest(req *operation.Request, body string, limits operation.Limits) *problem {
	d := requestDecoder{jsonDecoder: jsonDecoder{body: body, limits: limits}}
	if err := d.document(d.member); err != nil {
		return jsonProblem(err, "the body", requestExample)
	}
	if n := d.variablesSize; n > limits.VariableSize {
		return &problem{0, model.LimitExceeded("variables", "have %d bytes; at most %d", n, limits.VariableSize)}
	}
	req.Query, req.OperationName, req.DocumentID = d.texts[0], d.texts[1], d.texts[2]
	for i, value := range d.values {
		object, isObject := value.(map[string]any)
		switch {
		case value == nil:
		case i < requestTexts:
			return &problem{http.StatusBadRequest, model.BadInput(requestMembers[i], "must be text")}
		case !isObject:
			return &problem{http.StatusBadRequest, model.BadInput(requestMembers[i], "must be an object")}
		case requestMembers[i] == "variables":
			req.Variables = object
		default:
			req.Extensions = object
		}
	}
	return checkNamesDocument(req)
}

// requestDecoder keeps the members of a request in JSON that mean something.
type requestDecoder struct {
	jsonDecoder
	given         [len(requestMembers)]bool
	texts         [requestTexts]string
	values        [len(requestMembers)]any // of members that are not in texts
	variablesSize int                      // bytes
	others        map[string]bool          // names of other members
}

func (d *requestDecoder) member(name string) (err *model.Error) {
	i := slices.Index(requestMembers[:], name)
	if i >= 0 && d.given[i] || d.others[name] {
		return nameTwice(name)
	}
	if i < 0 {
		return d.other(name)
	}
	d.given[i] = true
	isText := d.next() == '"'
	begin := d.at
	if isText && i < requestTexts {
		d.texts[i], err = d.text()
	} else {
		d.values[i], err = d.value()
	}
	if name == "variables" {
		d.variablesSize = d.at - begin
	}
	return err
}

// other passes over a member that means nothing.
func (d *requestDecoder) other(name string) *model.Error {
	if d.others == nil {
		d.others = map[string]bool{}
	}
	d.others[name] = true
	_, err := d.value()
	return err
}

// checkNamesDocument refuses a request that names no document.
func checkNamesDocument(req *operation.Request) *problem {
	_, persisted := req.Extensions["persistedQuery"]
	if req.Query == "" && req.DocumentID == "" && !persisted {
		return &problem{http.StatusBadRequest, model.BadInput("query", "is missing")}
	}
	return nil
}

// parseObject reads a JSON object and nothing behind it. what names the text in errors, which show the example.
func parseObject(body, what, example string, limits operation.Limits) (map[string]any, *problem) {
	d := jsonDecoder{body: body, limits: limits}
	object := map[string]any{}
	if err := d.document(d.into(object)); err != nil {
		return nil, jsonProblem(err, what, example)
	}
	return object, nil
}

// jsonProblem returns what is wrong with a JSON text.
func jsonProblem(err *model.Error, what, example string) *problem {
	switch {
	case err == errNotUTF8:
		return badRequest("%s is not valid UTF-8", what)
	case err == errNotObject:
		return badRequest("%s must be one JSON object: %s", what, example)
	case err.Code == model.ErrorCodeLimitExceeded:
		return &problem{0, err}
	}
	return &problem{http.StatusBadRequest, err}
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
			object, bad := parseObject(value, "the parameter "+name, `{"name": …}`, limits)
			if bad != nil {
				return bad
			}
			*into = object
		}
	}
	return checkNamesDocument(req)
}
