package explorer

import (
	"encoding/json"
	"flag"
	"net/http"
	"strings"
	"testing"
	"time"

	"callbook/web/page"
	"callbook/web/page/pagetest"
)

var update = flag.Bool("update", false, "compress the files of assets and page anew")

// noon is what the clock of the tests says.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// newSite returns a site with the explorer alone.
func newSite() http.Handler {
	mux := http.NewServeMux()
	Register(mux, func() time.Time { return noon }, []page.Link{{Path: "", Name: "Explorer"}})
	return mux
}

func TestCompressedFiles(t *testing.T) { pagetest.CheckCompressed(t, *update, "assets", "page") }

func TestPage(t *testing.T) { pagetest.CheckPage(t, newSite(), "/", policy, 8) }

// TestExamples reads the examples as the page does.
func TestExamples(t *testing.T) {
	var examples []Example
	response := pagetest.Get(t, newSite(), "/explorer/examples.json")
	if err := json.Unmarshal(response.Body.Bytes(), &examples); err != nil {
		t.Fatal(err)
	}
	titles := map[string]bool{}
	for _, example := range examples {
		if titles[example.Title] = true; example.About == "" || len(example.About) > 80 {
			t.Errorf("%s: got the line %q, want 1 to 80 characters", example.Title, example.About)
		}
		for line := range strings.Lines(example.Query) {
			if len([]rune(line)) > 60 {
				t.Errorf("%s: got the line %q, want 60 columns at most", example.Title, line)
			}
		}
		const variables = `{"startTime":"2026-03-04T12:00:00Z"}`
		if got := string(example.Variables); example.Title == "Deliver record" && got != variables {
			t.Errorf("the variables of %s: got %s, want %s", example.Title, got, variables)
		}
	}
	if !titles["To do"] || !titles["Deliver record"] || len(titles) != len(examples) {
		t.Errorf("titles: got %v, want To do and Deliver record, and none twice", titles)
	}
}
