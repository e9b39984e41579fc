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

// StylePolicy is the Content-Security-Policy under which a browser shows the HTML of this package: its styles, and
// nothing else.
var StylePolicy = "default-src 'none'; style-src " + sourceOf(callsCSS) + " " + sourceOf(reportCSS) +
	"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// sourceOf returns a style as a source of a Content-Security-Policy.
func sourceOf(css string) string {
	sum := sha256.Sum256([]byte(css))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// WriteCallsHTML writes calls as one HTML page, which prints each on a page of its own.
func WriteCallsHTML(_ context.Context, w io.Writer, calls []*Call, s Style) error {
	page := struct {
		Language, Title, Footer, Tasks, Notes, Record, Transcript string
		CSS                                                       template.CSS
		Pages                                                     []callPage
	}{
		Language: s.language(), Title: s.documentTitle(calls),
		Footer: s.of(model.Caption{En: "Made by ", Zh: "打印："}) + s.Author + " · " + s.madeAt(),
		Tasks:  s.of(tasksHeading), Notes: s.of(notesHeading), Record: s.of(recordHeading),
		Transcript: s.of(transcriptHeading),
		CSS:        template.CSS(callsCSS), //nolint:gosec // a file of ours
	}
	for _, c := range calls {
		page.Pages = append(page.Pages, s.callPage(c))
	}
	return callsTemplate.Execute(w, page)
}
