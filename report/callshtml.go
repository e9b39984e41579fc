package report

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"

	"callbook/model"
)

//go:embed calls.html
var callsPage string

//go:embed calls.css
var callsCSS string

var callsTemplate = template.Must(template.New("calls").Parse(callsPage))

// StylePolicy is the Content-Security-Policy under which a browser shows the HTML: its one style, and nothing else.
var StylePolicy = func() string {
	sum := sha256.Sum256([]byte(callsCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// WriteCallsHTML writes calls as one HTML page, which prints each on a page of its own.
func WriteCallsHTML(_ context.Context, w io.Writer, calls []*Call, s Style) error {
	page := struct {
		Language, Title, Footer, Tasks, Notes, Record, Transcript string
		CSS                                                       template.CSS
		Sheets                                                    []callSheet
	}{
		Language: s.language(), Title: s.documentTitle(calls),
		Footer: s.of(model.Caption{En: "Made by ", Zh: "打印："}) + s.Author + " · " + s.madeAt(),
		Tasks:  s.of(tasksHeading), Notes: s.of(notesHeading), Record: s.of(recordHeading),
		Transcript: s.of(transcriptHeading),
		CSS:        template.CSS(callsCSS), //nolint:gosec // a file of ours
	}
	for _, c := range calls {
		page.Sheets = append(page.Sheets, s.sheet(c))
	}
	return callsTemplate.Execute(w, page)
}
