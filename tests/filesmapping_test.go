package tests

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"callbook/db/dbtest"
	"callbook/files"
	"callbook/tests/harness"
)

// maxFilesLoad is how many bytes the page of files, an upload and a preview may take, as they are sent.
const maxFilesLoad = 60_000

const (
	previewText = `document.querySelector("#preview").textContent`
	isTried     = `document.querySelector("#mapping").ariaBusy === "false"`
)

// choose chooses a value of a select, as people do.
func choose(page *harness.Page, selector, value string) {
	page.Wait(`[...document.querySelector(` + harness.JSON(selector) + `)?.options ?? []].some((option) =>
		option.value === ` + harness.JSON(value) + `)`)
	page.Text(`(() => {
		const select = document.querySelector(` + harness.JSON(selector) + `);
		select.value = ` + harness.JSON(value) + `;
		select.dispatchEvent(new Event("change"));
	})()`)
}

// openMapping opens the page of files, and has it show the mapping of a file.
func openMapping(page *harness.Page, server *harness.Server, language, name, text string) {
	page.Open(server.URL + "/files?lang=" + language)
	page.Wait(isFilesReady)
	chooseFile(page, name, harness.JSON(text))
	page.Wait(isTried + ` && document.querySelector("#preview .summary")`)
}

func foreignFile(t *testing.T) string {
	t.Helper()
	return harness.ReadFile(t, filepath.Join(harness.Root(), "examples/foreign.csv"))
}

// TestFilesPageMapping maps the columns of a foreign table by the mouse and the keyboard: fields, words, a date format,
// a value of all rows. It keeps the mapping, imports, and takes the mapping again by its name.
func TestFilesPageMapping(t *testing.T) {
	browser := harness.OpenBrowser(t)
	dbtest.EachEmpty(t, func(t *testing.T, _, dsn string) {
		server, _ := harness.Serve(t, "--db", dsn)
		page := browser.Page(t, 1440, false)
		openMapping(page, server, "en", "foreign.csv", foreignFile(t))
		page.Wait(previewText + `.includes("3 at fault") && ` + previewText + `.includes("not \"out\"")`)
		choose(page, "#import-form [name=timeZone]", "Asia/Shanghai")
		mapForeign(page)
		page.Wait(isTried + ` && ` + previewText + `.includes("3 created") && !` + previewText + `.includes("at fault")`)
		page.Wait(`![...document.querySelectorAll("#mapping .problem")].some((e) => e.textContent)`)
		page.Type("#mapping-name", "shop")
		page.Press(kb.Enter)
		page.Wait(`document.querySelector("#mapping-said").textContent === "“shop” is saved, for all who import."`)
		page.Wait(`(document.querySelector("#import-form [name=go]").focus(), document.activeElement.name === "go")`)
		page.Press(kb.Enter)
		const first = `document.querySelector("#job-list li")`
		page.Wait(first + `?.dataset.state === "DONE" && ` + first + `.textContent.includes("3 created")`)
		got := server.Send(`{ calls(orderBy: [{field: ID, direction: ASC}]) { nodes {
			id createdBy callType callStartTime callDurationInSeconds callResult outgoingCallStatus } } }`).JSON()
		want := vars{"nodes": []any{
			vars{"id": "T-1001", "createdBy": "li.wei", "callType": "OUTBOUND", "callStartTime": "2026-03-07T07:04:00Z",
				"callDurationInSeconds": 125.0, "callResult": "Interested", "outgoingCallStatus": "COMPLETED"},
			vars{"id": "T-1002", "callType": "INBOUND", "callDurationInSeconds": 61.0, "callResult": "Not interested"},
			vars{"id": "T-1003", "callStartTime": "2026-03-08T01:00:00Z", "callDurationInSeconds": 0.0}}}
		if !includes(want, got.At("data", "calls")) {
			t.Errorf("the calls: got %v, want %v", got, want)
		}
		openMapping(page, server, "en", "next.csv", foreignFile(t))
		choose(page, "#import-form [name=timeZone]", "Asia/Shanghai")
		choose(page, "#saved-choice", "shop")
		page.Wait(isTried + ` && ` + previewText + `.includes("3 unchanged")`)
		checkQuiet(t, page, server.URL)
	})
}

// mapForeign says what the columns of examples/foreign.csv are.
func mapForeign(page *harness.Page) {
	for column, field := range map[string]string{
		"Ticket": "id", "Begun": "callStartTime", "Talk seconds": "callDurationInSeconds", "Agreed": "callResult",
	} {
		choose(page, fmt.Sprintf("[data-column=%q] select", column), field)
	}
	choose(page, `[aria-label^="out →"]`, "OUTBOUND")
	choose(page, `[aria-label^="in →"]`, "INBOUND")
	page.Wait(isTried + ` && document.querySelector("[data-column=Begun] .problem").textContent.includes("D2")`)
	page.Click("[data-column=Begun] .how input")
	page.Press("dd/MM/yyyy HH:mm")
	page.Wait(isTried + ` && !document.querySelector("[data-column=Begun] .problem").textContent`)
	page.Click("[data-column=Agreed] .how .small")
	page.Type(`[aria-label^="yes →"]`, "Interested")
	page.Type(`[aria-label^="no →"]`, "Not interested")
	page.Click("[data-focus=add]")
	choose(page, ".constant select", "outgoingCallStatus")
	page.Type(".constant input", "COMPLETED")
}

// TestFilesPageRealCalls maps real calls under headers of their own: every row goes in, with its duration and result.
func TestFilesPageRealCalls(t *testing.T) {
	path := harness.RealData(t, "bank-calls.csv")
	rows := readCSV(t, path)
	seconds, agreed := 0, 0
	for _, row := range rows {
		n, err := strconv.Atoi(row[7])
		if err != nil {
			t.Fatal(err)
		}
		seconds += n
		if row[11] == "yes" {
			agreed++
		}
	}
	browser := harness.OpenBrowser(t)
	dbtest.EachEmpty(t, func(t *testing.T, _, dsn string) {
		server, _ := harness.Serve(t, "--db", dsn)
		page := browser.Page(t, 1440, false)
		openMapping(page, server, "en", "bank-calls.csv", harness.ReadFile(t, path))
		page.Wait(previewText + `.includes("` + commas(len(rows)) + ` created")`)
		choose(page, "[data-column=y] select", "callResult")
		page.Click("[data-column=y] .how .small")
		page.Type(`[aria-label^="no →"]`, "Not interested")
		page.Type("[data-focus^=other]", "yes")
		page.Press(kb.Enter)
		page.Wait(`document.querySelector("[aria-label^='yes →']")`)
		page.Type(`[aria-label^="yes →"]`, "Interested")
		choose(page, "[data-column=job] select", "ownerSubtype")
		page.Wait(isTried + ` && ` + previewText + `.includes("housemaid") && ` + previewText + `.includes("Not interested")`)
		page.Wait(`(document.querySelector("#import-form [name=go]").focus(), document.activeElement.name === "go")`)
		page.Press(kb.Enter)
		const first = `document.querySelector("#job-list li")`
		page.Wait(first + `?.dataset.state === "DONE" && ` + first + `.textContent.includes("` + commas(len(rows)) +
			` created")`)
		got := server.Send(`{ callStats { total { count duration { sum } } }
			agreed: calls(filter: {callResult: {eq: "Interested"}}) { totalCount } }`).JSON()
		want := vars{"callStats": vars{"total": vars{"count": float64(len(rows)),
			"duration": vars{"sum": float64(seconds)}}},
			"agreed": vars{"totalCount": float64(agreed)}}
		if !includes(want, got["data"]) {
			t.Errorf("the calls: got %v, want %v", got, want)
		}
		checkQuiet(t, page, server.URL)
	})
}

// TestFilesPageMappingLooks opens the mapping in two widths and languages: it fits the width, says what is wrong with
// rows, and its fields are those that imports write.
func TestFilesPageMappingLooks(t *testing.T) {
	server, _ := harness.Serve(t, "--db", "sqlite:"+filepath.Join(t.TempDir(), "looks.db"))
	t.Parallel()
	browser := harness.OpenBrowser(t)
	for i, width := range []int64{1440, 390} {
		for _, colours := range colourSchemes() {
			page := browser.Page(t, width, colours == "dark")
			openMapping(page, server, []string{"en", "zh"}[i], "foreign.csv", foreignFile(t))
			if got := page.Received(); got > maxFilesLoad {
				t.Errorf("the page with a preview: got %d bytes, want %d at most", got, maxFilesLoad)
			}
			choose(page, "[data-column=Begun] select", "callStartTime")
			page.Wait(isTried + ` && ` + previewText + `.includes("D2")`)
			page.Wait(fitsWidth)
			for _, place := range []string{"#import", "#mapping fieldset", "#save"} {
				page.Text(`document.querySelector("` + place + `").scrollIntoView()`)
				words := strings.Fields(place)
				part := strings.TrimPrefix(words[len(words)-1], "#")
				page.Screenshot(fmt.Sprintf("files-mapping-%d-%s-%s", width, colours, part))
			}
			for kind, name := range map[files.Kind]string{files.CallKind: "CALLS", files.RecordKind: "CALL_RECORDS"} {
				checkFields(t, page, kind, name)
			}
			checkQuiet(t, page, server.URL)
		}
	}
}

// checkFields compares what the page knows of a kind's fields with the columns of files.
func checkFields(t *testing.T, page *harness.Page, kind files.Kind, name string) {
	t.Helper()
	got := page.Text(`import(new URL("fields.js", document.querySelector("script[type=module]").src)).then((fields) =>
		fields.writable.` + name + `.map((field) => field + (fields.isTime(field) ? " time" : "") +
			(fields.isClosed("` + name + `", field) ? " closed" : "")).join("\n"))`)
	var want []string
	for _, c := range files.Columns(kind) {
		if c.IsOutput {
			continue
		}
		line := c.Field
		if c.Type == files.TimeColumn {
			line += " time"
		}
		if c.IsClosed || c.Type == files.BoolColumn {
			line += " closed"
		}
		want = append(want, line)
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("the fields of %s: got %s, want %s", name, got, want)
	}
}
