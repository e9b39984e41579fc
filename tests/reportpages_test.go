package tests

import (
	"fmt"
	"testing"

	"callbook/tests/harness"
)

const clippedTexts = `[...document.querySelectorAll(".figure, h1, h2, .change *")].filter(text =>
	text.scrollWidth > Math.ceil(text.getBoundingClientRect().width)).length`

const thinCharts = `[...document.querySelectorAll("svg:not(.axis)")].filter(svg =>
	svg.getBoundingClientRect().width < 8).length`

// TestReportPages opens reports in a browser, on wide and narrow pages, in light and dark: nothing is wider than the
// page, the charts have a size, and its console is silent, so the Content-Security-Policy lets all of it be shown.
// CALLBOOK_SCREENSHOTS has pictures of them.
func TestReportPages(t *testing.T) {
	server, _ := harness.Serve(t, "--demo")
	t.Parallel()
	browser := harness.OpenBrowser(t)
	for _, width := range []int64{1440, 1130, 390} {
		for _, colours := range colourSchemes() {
			page := browser.Page(t, width, colours == "dark")
			for _, address := range []string{"calls.html?locale=en", "call-records.html?locale=zh",
				"calls.html?locale=zh&from=1999-01-01&to=1999-12-31&groupBy=MONTH"} {
				page.Open(server.URL + "/report/" + address)
				page.Wait(`document.readyState === "complete" && document.querySelectorAll(".tile").length === 6`)
				if got := page.Text("document.documentElement.scrollWidth"); got != fmt.Sprint(width) {
					t.Errorf("%s at %d: got %s pixels, want no more", address, width, got)
				}
				if got := page.Text(clippedTexts); got != "0" {
					t.Errorf("%s at %d: got %s texts that are clipped, want none", address, width, got)
				}
				if got := page.Text(thinCharts); got != "0" {
					t.Errorf("%s at %d: got %s charts without a width, want none", address, width, got)
				}
				page.Screenshot(fmt.Sprintf("report-%.12s-%d-%s", address, width, colours))
			}
			if messages := page.Messages(); len(messages) > 0 {
				t.Errorf("at %d: got %q in the console, want nothing", width, messages)
			}
		}
	}
}
