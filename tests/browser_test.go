package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callbook/graph/explorer"
	"callbook/tests/harness"
)

// maxFirstLoad is how many bytes the first load of the explorer may take, as they are sent.
const maxFirstLoad = 700_000

const (
	editor     = `document.querySelector(".graphiql-query-editor .CodeMirror")`
	queryText  = editor + `.CodeMirror.getValue()`
	answerText = `document.querySelector(".graphiql-response .CodeMirror").CodeMirror.getValue()`
	statusText = `document.querySelector("#status").textContent`
	isReady    = statusText + `.startsWith("Ready") && ` + editor
	// isUnclipped tells that the operation needs no scrolling to the side.
	isUnclipped = editor + `.querySelector(".CodeMirror-hscrollbar").style.display !== "block"`
)

// colourSchemes returns those in which pages are opened: both where pictures are taken, as in the gate, else one.
func colourSchemes() []string {
	if os.Getenv("CALLBOOK_SCREENSHOTS") == "" {
		return []string{"light"}
	}
	return []string{"light", "dark"}
}

// TestExplorerInBrowser opens the explorer in a real browser, in three widths, and runs every example
// from its menu, with the mouse, under the page's own policy.
func TestExplorerInBrowser(t *testing.T) {
	server, _ := harness.Serve(t, "--demo")
	t.Parallel()
	browser := harness.OpenBrowser(t)
	for _, width := range []int64{1440, 1280, 390} {
		for _, colours := range colourSchemes() {
			name := fmt.Sprintf("%d-%s", width, colours)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				page := browser.Page(t, width, colours == "dark")
				page.Open(server.URL)
				page.Wait(isReady)
				page.Screenshot(name + "-start")
				if width > 1000 {
					page.Wait(isUnclipped)
				}
				for i, example := range examplesAt(width) {
					runExample(t, server.With(t), page, i, example)
					page.Screenshot(fmt.Sprintf("%s-%d", name, i+1))
				}
				page.Click("#examples > summary")
				page.Screenshot(name + "-menu")
				for _, message := range page.Messages() {
					t.Errorf("the browser's console: got %s, want nothing", message)
				}
			})
		}
	}
}

// examplesAt returns the examples that are run at a width: all of them, but at 1280 the first alone where no pictures
// are taken.
func examplesAt(width int64) []explorer.Example {
	examples := explorer.Examples(time.Time{})
	if os.Getenv("CALLBOOK_SCREENSHOTS") == "" && width == 1280 {
		return examples[:1]
	}
	return examples
}

// runExample chooses an example from the menu, by its place, and runs it; a subscription until it brings an event.
func runExample(t *testing.T, server *harness.Server, page *harness.Page, place int, example explorer.Example) {
	t.Helper()
	page.Click("#examples > summary")
	page.Click(fmt.Sprintf("#examples .items button:nth-child(%d)", place+1))
	page.Wait(queryText + " === " + harness.JSON(example.Query))
	page.Click(".graphiql-execute-button")
	if strings.Contains(example.Query, "subscription ") {
		page.Wait(statusText + `.startsWith("Waiting")`)
		harness.Eventually(t, "an event of "+example.Title, func() bool {
			server.Send(`mutation { createCall(input: {name: "watched"}) { call { id } } }`)
			return strings.Contains(page.Text(statusText), " · Cost ")
		})
		page.Click(".graphiql-execute-button")
		page.Wait(statusText + `.startsWith("Stopped. ")`)
	} else {
		page.Wait(statusText + `.startsWith("Cost ")`)
	}
	page.Wait(answerText + `.includes('"data": {') && !` + answerText + `.includes('"errors": [\n')`)
}

// TestExplorerFirstLoad counts the bytes of the first load, and of the second, for which the browser has what it keeps.
func TestExplorerFirstLoad(t *testing.T) {
	server, _ := harness.Serve(t, "--demo")
	t.Parallel()
	browser := harness.OpenBrowser(t)
	page := browser.Page(t, 1440, false)
	load := func() (bytes int64) {
		before := page.Received()
		page.Open(server.URL)
		page.Wait(isReady)
		page.Wait(`document.querySelector("[aria-label='Re-fetch GraphQL schema']:not([disabled])")`)
		return page.Received() - before
	}
	if got := load(); got > maxFirstLoad || got < 100_000 {
		t.Errorf("the first load: got %d bytes, want %d at most, and more than 100,000", got, maxFirstLoad)
	} else {
		t.Logf("the first load: %d bytes", got)
	}
	if got := load(); got > maxFirstLoad/7 {
		t.Errorf("the second load: got %d bytes, want %d at most", got, maxFirstLoad/7)
	}
}

// TestExplorerAsksForKey opens the explorer of a server that requires a credential, gives a wrong key and the right
// one, and forgets it.
func TestExplorerAsksForKey(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "keys.db")
	key := harness.CreateKey(t, dsn, "admin")
	server, _ := harness.Serve(t, "--db", dsn)
	t.Parallel()
	browser := harness.OpenBrowser(t)
	const reason = `(document.querySelector("#key").hidden || document.querySelector("#reason").textContent)`
	for _, colours := range colourSchemes() {
		page := browser.Page(t, 1280, colours == "dark")
		page.Open(server.URL)
		page.Wait(reason + `.includes?.("answers only who has an API key or a token")`)
		page.Screenshot("key-" + colours)
		page.Type("#key input", "wrong")
		page.Click("#key button")
		page.Wait(reason + `.startsWith?.("Refused: ")`)
		page.Screenshot("key-" + colours + "-refused")
		page.Type("#key input", key)
		page.Click("#key button")
		page.Wait(isReady)
		page.Click(".graphiql-execute-button")
		page.Wait(answerText + `.includes('"totalCount": 0')`)
		page.Click("#forget")
		page.Wait(reason + `.includes?.("answers only who has")`)
		if got := page.Text(`JSON.stringify([sessionStorage, localStorage])`); strings.Contains(got, key) {
			t.Errorf("what the browser keeps of the key after it is forgotten: got %s, want nothing", got)
		}
	}
}

// TestExplorerBuildsQueries opens the query builder and ticks a field.
func TestExplorerBuildsQueries(t *testing.T) {
	server, _ := harness.Serve(t, "--demo")
	t.Parallel()
	browser := harness.OpenBrowser(t)
	for _, colours := range colourSchemes() {
		page := browser.Page(t, 1440, colours == "dark")
		page.Open(server.URL)
		page.Wait(isReady)
		page.Click("[aria-label='Show Query Builder']")
		page.Wait(`document.querySelector("[data-field-name=viewer]")`)
		page.Click("[data-field-name=viewer] > span")
		page.Wait(queryText + `.includes("viewer")`)
		page.Screenshot("builder-" + colours)
		for _, message := range page.Messages() {
			if !strings.Contains(message, "arg mismatch between arg and selection") { // of a list of input objects
				t.Errorf("the browser's console: got %s, want nothing", message)
			}
		}
	}
}
