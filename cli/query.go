package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"text/tabwriter"

	"callbook/auth"
	"callbook/db"
	"callbook/graph/operation"
	"callbook/model"
	"callbook/web"
)

// queryCommand manages and runs saved queries as the local administrator of a tenant.
type queryCommand struct {
	Save   querySaveCommand   `cmd:"" help:"Save the query of a file under a name."`
	List   queryListCommand   `cmd:"" help:"List a tenant's saved queries."`
	Delete queryDeleteCommand `cmd:"" help:"Delete a saved query."`
	Run    queryRunCommand    `cmd:"" help:"Run a saved query, and print what it answers."`
}

type querySaveCommand struct {
	dbFlag
	auditFlag
	tenantFlag
	Description string `placeholder:"TEXT" help:"What it is for."`
	Name        string `arg:"" help:"Its name; one that is taken is overwritten."`
	File        string `arg:"" optional:"" help:"File with the document; - or none: standard input."`
}

// Run saves a query.
func (q querySaveCommand) Run(ctx context.Context, c Console) (err error) {
	document, err := readDocument(q.File, c.In)
	if err != nil {
		return err
	}
	input := map[string]any{"name": q.Name, "document": document}
	if q.Description != "" {
		input["description"] = q.Description
	}
	return q.auditFlag.during(func() error {
		return q.onSite(ctx, q.Tenant, func(site localSite) error {
			var data struct {
				SaveQuery struct{ Query struct{ Path string } }
			}
			const save = `mutation($input: SaveQueryInput!) { saveQuery(input: $input) { query { path } } }`
			if err := site.post(save, map[string]any{"input": input}, &data); err != nil {
				return err
			}
			_, err := fmt.Fprintln(c.Out, data.SaveQuery.Query.Path)
			return err
		})
	})
}

// readDocument reads a document from a file, or from in.
func readDocument(path string, in io.Reader) (string, error) {
	if path == "" || path == "-" {
		text, err := io.ReadAll(in)
		return string(text), err
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

type queryListCommand struct {
	dbFlag
	tenantFlag
}

// Run prints the tenant's saved queries as a table.
func (q queryListCommand) Run(ctx context.Context, c Console) error {
	return q.asAdministrator(ctx, q.Tenant, func(ctx context.Context, d *db.DB) error {
		queries, err := d.SavedQueries(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(c.Out, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tPARAMETERS\tSAVED BY\tSAVED")
		for _, query := range queries {
			parameters := make([]string, len(query.Parameters()))
			for i, p := range query.Parameters() {
				parameters[i] = p.Name + ": " + p.Type
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", query.Name, strings.Join(parameters, ", "), query.UpdatedBy,
				day(&query.UpdatedAt))
		}
		return table.Flush()
	})
}

type queryDeleteCommand struct {
	dbFlag
	auditFlag
	tenantFlag
	Name string `arg:"" help:"The query's name."`
}

// Run deletes a saved query. Error: NOT_FOUND.
func (q queryDeleteCommand) Run(ctx context.Context, c Console) error {
	return q.auditFlag.during(func() error {
		return q.onSite(ctx, q.Tenant, func(site localSite) error {
			const remove = `mutation($name: String!) { deleteQuery(name: $name) { name } }`
			if err := site.post(remove, map[string]any{"name": q.Name}, &struct{}{}); err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.Out, "The query %s is deleted.\n", q.Name)
			return err
		})
	})
}

type queryRunCommand struct {
	dbFlag
	auditFlag
	tenantFlag
	Format     string   `enum:"json,csv,ndjson" default:"json" help:"How the answer is written: ${enum}."`
	Name       string   `arg:"" help:"The query's name."`
	Parameters []string `arg:"" optional:"" help:"Its parameters, each as NAME=VALUE."`
}

// Run prints what a saved query answers, and on standard error the cursor of the next page where there is one.
func (q queryRunCommand) Run(ctx context.Context, c Console) error {
	parameters := url.Values{}
	for _, pair := range q.Parameters {
		name, value, isPair := strings.Cut(pair, "=")
		if !isPair {
			return fmt.Errorf("%s is no parameter: write NAME=VALUE", pair)
		}
		parameters.Add(name, value)
	}
	return q.auditFlag.during(func() error {
		return q.onSite(ctx, q.Tenant, func(site localSite) error {
			path := url.URL{Path: "/q/" + q.Name + "." + q.Format, RawQuery: parameters.Encode()}
			answer, err := site.do(http.MethodGet, path.String(), nil)
			if err != nil {
				return err
			}
			if next := answer.header.Get(web.NextCursorHeader); next != "" {
				fmt.Fprintln(c.Err, "There is more. The cursor of the next page:", next)
			}
			if _, err = answer.body.WriteTo(c.Out); err == nil && q.Format == "json" {
				_, err = fmt.Fprintln(c.Out)
			}
			return err
		})
	})
}

// during opens the audit log while a function runs.
func (f auditFlag) during(run func() error) error {
	closeLog, err := f.open()
	if err != nil {
		return err
	}
	return errors.Join(run(), closeLog())
}

// localSite is the site over a database, without a listener, for the local administrator of a tenant.
type localSite struct {
	ctx     context.Context
	handler http.Handler
}

// onSite opens the database and calls fn with the site over it.
func (f dbFlag) onSite(ctx context.Context, tenant tenantNumber, fn func(localSite) error) error {
	return f.asAdministrator(ctx, tenant, func(ctx context.Context, d *db.DB) error {
		handler, err := web.New(web.Options{DB: d, Auth: auth.New(auth.Options{}), Limits: operation.DefaultLimits(),
			AllowsOrigin: web.AllowedOrigins(nil, false), AllowsHost: func(string) bool { return true },
			Stopping: ctx, UnderWay: new(sync.WaitGroup), Identify: func(next http.Handler) http.Handler { return next }})
		if err != nil {
			return err
		}
		return fn(localSite{ctx, handler})
	})
}

// localAnswer is what the local site answers.
type localAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the header.
func (a *localAnswer) Header() http.Header { return a.header }

// WriteHeader keeps the status.
func (a *localAnswer) WriteHeader(status int) { a.status = status }

// Write keeps bytes of the body.
func (a *localAnswer) Write(b []byte) (int, error) { return a.body.Write(b) }

// do sends a request to the site. It returns the errors of a response of GraphQL as one error.
func (s localSite) do(method, target string, body []byte) (*localAnswer, error) {
	r, err := http.NewRequestWithContext(s.ctx, method, "http://localhost"+target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = "127.0.0.1:0"
	answer := &localAnswer{header: http.Header{}, status: http.StatusOK}
	s.handler.ServeHTTP(answer, r)
	var failed struct{ Errors []struct{ Message string } }
	if strings.HasPrefix(answer.header.Get("Content-Type"), "application/") &&
		json.Unmarshal(answer.body.Bytes(), &failed) == nil && len(failed.Errors) > 0 {
		var errs model.Errors
		for _, e := range failed.Errors {
			errs = append(errs, model.BadInput("", "%s", e.Message))
		}
		return nil, errs
	}
	if answer.status != http.StatusOK {
		return nil, fmt.Errorf("the answer has the status %d", answer.status)
	}
	return answer, nil
}

// post runs an operation and decodes its data.
func (s localSite) post(query string, variables map[string]any, data any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	answer, err := s.do(http.MethodPost, "/graphql", body)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer.body.Bytes(), &struct{ Data any }{data})
}
