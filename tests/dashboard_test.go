package tests

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"callbook/tests/harness"
)

// maxDashboardLoad is how many bytes the first load of the dashboard may take, as they are sent.
const maxDashboardLoad = 240_000

const (
	isDrawn     = `!document.querySelector("#view").hidden && document.querySelector("main").ariaBusy === "false"`
	totalText   = `document.querySelector("#call-tiles .value").textContent`
	rowsAbout   = `document.querySelector("#rows-about").textContent`
	rowsShown   = `document.querySelectorAll("#rows-table tbody tr").length`
	isRowsOpen  = `document.querySelector("#rows").open`
	requestURLs = `performance.getEntriesByType("resource").map((r) => r.name).join("\n")`
	fitsWidth   = `document.documentElement.scrollWidth <= innerWidth`
)

// checkQuiet checks that the page's console has said nothing, and that all it loaded is of its server.
func checkQuiet(t *testing.T, page *harness.Page, origin string) {
	t.Helper()
	for _, message := range page.Messages() {
		t.Errorf("the browser's console: got %s, want nothing", message)
	}
	for url := range strings.Lines(page.Text(requestURLs)) {
		if !strings.HasPrefix(url, origin+"/") {
			t.Errorf("requests: got one to %s, want all to %s", url, origin)
		}
	}
}

// TestDashboardInBrowser opens the dashboard of the sample, in two widths and languages: it draws every chart, fits the
// width, and every figure that is clicked opens as many rows as it says.
func TestDashboardInBrowser(t *testing.T) {
	server, _ := harness.Serve(t, "--demo")
	t.Parallel()
	browser := harness.OpenBrowser(t)
	for _, c := range []struct {
		width    int64
		language string
	}{{1440, "en"}, {390, "zh"}} {
		for _, colours := range colourSchemes() {
			name := fmt.Sprintf("dashboard-%d-%s-%s", c.width, c.language, colours)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				page := browser.Page(t, c.width, colours == "dark")
				page.Open(server.URL + "/dashboard?period=all&lang=" + c.language)
				page.Wait(isDrawn)
				if got := page.Received(); got > maxDashboardLoad || got < 100_000 {
					t.Errorf("the first load: got %d bytes, want %d at most, and more than 100,000", got, maxDashboardLoad)
				}
				for place, want := range map[string]string{"#units": "> 3", "#hours": "=== 168", "#durations": "=== 9"} {
					page.Wait(`document.querySelectorAll("` + place + ` .chart [role=button]").length ` + want)
				}
				page.Wait(fitsWidth)
				page.Screenshot(name)
				figures := []string{"#call-tiles button", "#units .legend button", "#units .chart [role=button]",
					"#durations .chart [role=button]", "#ranking .list button", "#record-tiles button",
					"#funnel li:nth-child(4) button", "#jobs button", "#results button"}
				for _, figure := range figures {
					checkFigure(t, page, figure)
				}
				checkQuiet(t, page, server.URL)
			})
		}
	}
}

// checkFigure clicks a figure, and compares its number with how many rows there are.
func checkFigure(t *testing.T, page *harness.Page, figure string) {
	t.Helper()
	said := page.Text(`(() => {
		const e = document.querySelector(` + harness.JSON(figure) + `);
		const label = e.getAttribute("aria-label"); // of a mark of a chart: what it is, its figure, others
		if (label) return label.split(/[:：]/)[1].match(/\d+/)[0];
		return (e.querySelector("b, .value") ?? e.closest("tr").querySelector("td")).textContent;
	})()`)
	page.Click(figure)
	page.Wait(isRowsOpen + ` && ` + rowsShown + ` > 0`)
	if got := page.Text(rowsAbout + `.match(/\d+/)[0]`); got != said {
		t.Errorf("%s: got %s rows, want %s", figure, got, said)
	}
	page.Press(kb.Escape)
	page.Wait(`!` + isRowsOpen)
}

// TestDashboardRows goes from a cell of the heat map to its rows by the keyboard alone, turns a page, and takes the
// rows as a file by the link that the page makes.
func TestDashboardRows(t *testing.T) {
	server, _ := harness.Serve(t, "--demo")
	t.Parallel()
	page := harness.OpenBrowser(t).Page(t, 1440, false)
	page.Open(server.URL + "/dashboard?period=all&lang=en")
	page.Wait(isDrawn)
	page.Text(`document.querySelector("#hours .chart [tabindex='0']").focus()`)
	page.Press(kb.ArrowRight)
	page.Press(kb.ArrowDown)
	page.Wait(`document.activeElement.ariaLabel.startsWith("Tuesday 1:00–2:00, Calls: ")`)
	page.Press(kb.Enter)
	page.Wait(isRowsOpen + ` && ` + rowsAbout)
	want := page.Text(`document.querySelectorAll("#hours .chart [role=button]")[25].ariaLabel.match(/Calls: (\d+)/)[1]`)
	if got := page.Text(rowsAbout); got != want+" calls" {
		t.Errorf("the rows of a cell: got %q, want %s calls", got, want)
	}
	page.Press(kb.Escape)
	page.Wait(`document.activeElement.ariaLabel?.startsWith("Tuesday 1:00")`)

	page.Click("#call-tiles button")
	page.Wait(rowsAbout + ` === "300 calls" && ` + rowsShown + ` === 25`)
	first := page.Text(`document.querySelector("#rows-table tbody tr").textContent`)
	page.Click("#rows-after")
	page.Wait(`document.querySelector("#rows-place").textContent === "26–50 of 300"`)
	if page.Text(`document.querySelector("#rows-table tbody tr").textContent`) == first {
		t.Error("the second page: got the first one's rows, want others")
	}
	page.Screenshot("dashboard-rows")
	page.Click("#rows-before")
	page.Wait(`document.querySelector("#rows-place").textContent === "1–25 of 300"`)
	page.Text(`HTMLAnchorElement.prototype.click = function () { window.exported = this.href }`)
	page.Click("#rows-export [data-format=CSV]")
	page.Wait(`window.exported`)
	file := server.Do("GET", strings.TrimPrefix(page.Text("window.exported"), server.URL), "")
	if got := file.Header.Get("X-Row-Count"); file.Status != 200 || got != "300" {
		t.Errorf("the exported file: got %d and %s rows, want 200 and 300", file.Status, got)
	}
	checkQuiet(t, page, server.URL)
}

// TestDashboardFilters chooses filters, which stand in the address, and compares the figure with the API's.
func TestDashboardFilters(t *testing.T) {
	server, _ := harness.Serve(t, "--demo")
	t.Parallel()
	page := harness.OpenBrowser(t).Page(t, 1440, false)
	page.Open(server.URL + "/dashboard?lang=en")
	page.Wait(isDrawn)
	page.Click(`#periods [data-name=all]`)
	page.Wait(totalText + ` === "300"`)
	choose := func(name, value string) {
		page.Text(`(() => { const e = document.querySelector("#selects [name=` + name + `]"); e.value = ` +
			harness.JSON(value) + `; e.dispatchEvent(new Event("change")) })()`)
	}
	choose("type", "INBOUND")
	choose("tag", "加急")
	const filter = `callType: {eq: INBOUND}, tags: {has: "加急"}`
	want := server.Send(`{ calls(filter: {`+filter+`}) { totalCount } }`).JSON().At("data", "calls", "totalCount")
	page.Wait(totalText + fmt.Sprintf(` === "%v"`, want))
	address := page.Text("location.search")
	if !strings.Contains(address, "type=INBOUND") || !strings.Contains(address, "period=all") {
		t.Errorf("the address: got %s, want the filters in it", address)
	}
	page.Open(server.URL + "/dashboard" + address)
	page.Wait(isDrawn + ` && ` + totalText + fmt.Sprintf(` === "%v"`, want))
	page.Click("#reset")
	page.Wait(totalText + ` === "300"`)
	page.Text("history.back()")
	page.Wait(totalText + fmt.Sprintf(` === "%v"`, want))
	page.Click(`#ranking .switch [data-name=tag]`)
	page.Wait(`document.querySelector("#ranking .list .label").textContent === "加急"`)
	page.Click("#language")
	page.Wait(`document.querySelector("#calls-title").textContent.startsWith("通话")`)
	page.Click(`#periods [data-name=custom]`)
	page.Wait(`location.search.includes("from=") && document.querySelector("#compared").textContent.startsWith("对比")`)
	page.Open(server.URL + "/dashboard?period=90d&by=nothing&job=x&from=y&type=%22")
	page.Wait(isDrawn)
	checkQuiet(t, page, server.URL)
}

// TestDashboardFollows opens the dashboard of an empty database, and writes a call: it appears by itself.
func TestDashboardFollows(t *testing.T) {
	server, _ := harness.Serve(t, "--db", "sqlite:"+filepath.Join(t.TempDir(), "empty.db"))
	t.Parallel()
	page := harness.OpenBrowser(t).Page(t, 1440, false)
	page.Open(server.URL + "/dashboard?period=all&lang=en")
	page.Wait(isDrawn)
	page.Wait(`document.querySelector("#calls .refusal").textContent.startsWith("There is nothing here yet.")`)
	page.Screenshot("dashboard-empty")
	page.Wait(`document.querySelector("#live").textContent === "Live"`)
	start := time.Now().UTC().Format(time.RFC3339)
	server.Send(`mutation { createCall(input: {name: "n", callType: INBOUND, callStartTime: "` + start +
		`", callDurationInSeconds: 70}) { call { id } } }`)
	page.Wait(totalText + ` === "1"`)
	checkQuiet(t, page, server.URL)
}

// keyWith makes a key that has one permission alone.
func keyWith(t *testing.T, server *harness.Server, admin, permission string) string {
	t.Helper()
	input := `{name: "` + permission + `", roles: [ADMIN], permissions: [` + permission + `]}`
	made := server.Send(`mutation { createApiKey(input: `+input+`) { key } }`, "Authorization", "Bearer "+admin)
	key, isThere := made.JSON().At("data", "createApiKey", "key").(string)
	if !isThere {
		t.Fatalf("createApiKey: got %s, want a key", made.Body)
	}
	return key
}

// TestDashboardAsksForKey opens the dashboard with keys of several permissions: each sees what its key may read.
func TestDashboardAsksForKey(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "keys.db")
	admin := harness.CreateKey(t, dsn, "admin")
	server, _ := harness.Serve(t, "--db", dsn)
	t.Parallel()
	records, none := keyWith(t, server, admin, "CALL_RECORD_READ"), keyWith(t, server, admin, "EXPORT")
	page := harness.OpenBrowser(t).Page(t, 1280, true)
	page.Open(server.URL + "/dashboard?lang=en")
	const reason = `document.querySelector("#reason").textContent`
	page.Wait(`!document.querySelector("#key").hidden && ` + reason + `.includes("answers only who has")`)
	page.Screenshot("dashboard-key")
	give := func(key, calls, records string) {
		t.Helper()
		page.Wait(`!document.querySelector("#key").hidden`)
		page.Type("#key input", key)
		page.Click("#key button")
		page.Wait(isDrawn)
		for section, want := range map[string]string{"calls": calls, "records": records} {
			got := page.Text(`document.querySelector("#` + section + ` > .refusal").textContent`)
			if !strings.HasPrefix(got, want) {
				t.Errorf("%s with a key: got %q, want %q", section, got, want)
			}
		}
		page.Click("#forget")
	}
	page.Type("#key input", "wrong")
	page.Click("#key button")
	page.Wait(reason + `.startsWith("Refused: ")`)
	give(admin, "No calls in this period.", "No calls in this period.")
	give(records, "Your key may not read calls.", "No calls in this period.")
	give(none, "Your key may not read calls.", "Your key may not read call records.")
	page.Wait(`!document.querySelector("#key").hidden`)
	if got := page.Text(`JSON.stringify([sessionStorage, localStorage])`); strings.Contains(got, none) {
		t.Errorf("what the browser keeps of the key after it is forgotten: got %s, want nothing", got)
	}
}
