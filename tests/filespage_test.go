package tests

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"callbook/tests/harness"
)

const isFilesReady = `!document.querySelector("#view").hidden`

// chooseFile gives the page's field a file of a name with a text, which an expression of JavaScript makes.
func chooseFile(page *harness.Page, name, text string) {
	page.Text(`(() => {
		const chosen = new DataTransfer();
		chosen.items.add(new File([` + text + `], ` + harness.JSON(name) + `));
		const input = document.querySelector("#file");
		input.files = chosen.files;
		input.dispatchEvent(new Event("change"));
	})()`)
}

// TestFilesPageExports starts an export on the page of files, in two widths and languages, and fetches what it made.
func TestFilesPageExports(t *testing.T) {
	server, _ := harness.Serve(t, "--demo")
	t.Parallel()
	browser := harness.OpenBrowser(t)
	started := 0
	for i, width := range []int64{1440, 390} {
		for _, colours := range colourSchemes() {
			started++
			page := browser.Page(t, width, colours == "dark")
			page.Open(server.URL + "/files?lang=" + []string{"en", "zh"}[i])
			page.Wait(isFilesReady)
			page.Text(`document.querySelector("#export-form [name=format]").value = "CSV"`)
			page.Click("#export-form .main")
			page.Wait(fmt.Sprintf(`document.querySelectorAll("#job-list li[data-state=DONE] a").length === %d`, started))
			page.Wait(`document.documentElement.scrollWidth <= innerWidth`)
			page.Screenshot(fmt.Sprintf("files-%d-%s", width, colours))
			address := page.Text(`document.querySelector("#job-list a").href`)
			file := server.Do("GET", strings.TrimPrefix(address, server.URL), "")
			if lines := strings.Count(file.Body, "\n"); file.Status != 200 || lines != 301 {
				t.Errorf("the exported file: got %d with %d lines, want 200 and 301", file.Status, lines)
			}
			checkQuiet(t, page, server.URL)
		}
	}
}

// TestFilesPageUploads uploads a file in pieces, of which the second fails: the page goes on where the server is.
func TestFilesPageUploads(t *testing.T) {
	server, _ := harness.Serve(t, "--demo")
	t.Parallel()
	page := harness.OpenBrowser(t).Page(t, 1440, false)
	page.Open(server.URL + "/files?lang=en")
	page.Wait(isFilesReady)
	page.Text(`(() => {
		const send = window.fetch;
		window.pieces = [];
		window.fetch = async (address, options = {}) => {
			if (options.method === "PUT") {
				window.pieces.push(options.headers["Upload-Offset"]);
				window.file = address;
				if (window.pieces.length === 2) throw new TypeError("the connection is lost");
			}
			return send(address, options);
		};
	})()`)
	chooseFile(page, "calls.csv", `"A".repeat(9_000_000)`)
	const words = `document.querySelector("#upload p").textContent`
	page.Wait(words + `.startsWith("The connection was lost at 4.2 MB of 9 MB.")`)
	page.Text(`[...document.querySelectorAll("#upload button")].find((b) => b.textContent === "Go on").click()`)
	page.Wait(words + ` === "9 MB, stored for seven days"`)
	if got := page.Text("window.pieces.join()"); got != "0,4194304,4194304,8388608" {
		t.Errorf("where pieces began: got %s, want the lost one again", got)
	}
	path := strings.TrimPrefix(page.Text("window.file"), server.URL)
	if file := server.Do("GET", path, ""); file.Status != 200 || len(file.Body) != 9_000_000 {
		t.Errorf("the uploaded file: got %d with %d bytes, want all", file.Status, len(file.Body))
	}
	checkQuiet(t, page, server.URL)
}

// TestFilesPagePermissions opens the page by keys: of those who may neither import nor export, and of who may export.
func TestFilesPagePermissions(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "keys.db")
	admin := harness.CreateKey(t, dsn, "admin")
	server, _ := harness.Serve(t, "--db", dsn)
	t.Parallel()
	page := harness.OpenBrowser(t).Page(t, 1280, false)
	page.Open(server.URL + "/files?lang=en")
	give := func(key string) {
		page.Wait(`!document.querySelector("#key").hidden`)
		page.Type("#key input", key)
		page.Click("#key button")
		page.Wait(`document.querySelector("#tools").hidden === false`)
	}
	give(keyWith(t, server, admin, "CALL_READ"))
	page.Wait(`document.querySelector("#wait").textContent === "Your key may neither import nor export."`)
	page.Click("#forget")
	give(keyWith(t, server, admin, "EXPORT"))
	page.Wait(isFilesReady + ` && document.querySelector("#import").hidden && !document.querySelector("#export").hidden`)
	page.Wait(`!document.querySelector("#no-jobs").hidden`)
}

// TestFilesPageImports uploads a table with a row at fault, checks it, which writes nothing, reads what is wrong and
// takes the table with its errors, and imports it.
func TestFilesPageImports(t *testing.T) {
	server, _ := harness.Serve(t, "--db", "sqlite:"+filepath.Join(t.TempDir(), "imports.db"))
	t.Parallel()
	page := harness.OpenBrowser(t).Page(t, 1440, false)
	page.Open(server.URL + "/files?lang=en")
	page.Wait(isFilesReady)
	const table = "id,callType,callDurationInSeconds\na,INBOUND,60\nb,SIDEWAYS,1\nc,OUTBOUND,0\n"
	chooseFile(page, "calls.csv", harness.JSON(table))
	page.Wait(isTried + ` && !document.querySelector("#import-form [name=check]").disabled`)
	const done = `document.querySelectorAll("#job-list li[data-state=DONE]").length`
	const first = `document.querySelector("#job-list li").textContent`
	count := func() string {
		return fmt.Sprint(server.Send(`{ calls { totalCount } }`).JSON().At("data", "calls", "totalCount"))
	}
	page.Click("#import-form [name=check]")
	page.Wait(done + ` === 1 && ` + first + `.includes("1 at fault") && ` + first + `.includes("A check")`)
	if got := count(); got != "0" {
		t.Errorf("calls after a check: got %v, want none", got)
	}
	page.Click("#import-form [name=go]")
	page.Wait(done + ` === 2 && ` + first + `.includes("2 created")`)
	if got := count(); got != "2" {
		t.Errorf("calls after the import: got %v, want 2", got)
	}
	page.Click("#job-list li:first-child .small")
	page.Wait(`document.querySelector("#job-list .problems td")?.textContent === "B3"`)
	page.Screenshot("files-problems")
	address := page.Text(`document.querySelector("#job-list li:first-child .problems + .made a").href`)
	file := server.Do("GET", strings.TrimPrefix(address, server.URL), "")
	if file.Status != 200 || !strings.Contains(file.Body, "SIDEWAYS") {
		t.Errorf("the table with its errors: got %d %q, want the bad row", file.Status, file.Body)
	}
	page.Click("#import-form [name=go]")
	page.Wait(`document.querySelector("#import-said").textContent.startsWith("This file was imported so before")`)
	checkQuiet(t, page, server.URL)
}
