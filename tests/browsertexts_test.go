package tests

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"callbook/tests/harness"
)

// awkward is an operation with everything that one of the texts for other programs must escape.
const awkward = `query First { __typename }
# It's "awkward": $HOME, ` + "`back`" + `, ${x}, \u0041, #(lf), 价格 😀
query Second($name: String = "a\\b \"c\" 'd' #(lf) $e ${f} %g% ` + "`h`" + `") {
	echo: callDraft(input: {name: $name}) { call { name } }
}
`

// awkwardName is the variable name of the operation awkward.
const awkwardName = `O'Brien "the \ $HOME ${x} #(lf) ` + "`id`" + ` %d
价格 😀`

// openAwkward opens the operation awkward in an explorer that wants a key, by a link that was shared, and gives the
// key. The test is parallel from then on.
func openAwkward(t *testing.T) (page *harness.Page, key string) {
	t.Helper()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "keys.db")
	key = harness.CreateKey(t, dsn, "admin")
	server, _ := harness.Serve(t, "--db", dsn)
	t.Parallel()
	browser := harness.OpenBrowser(t)
	page = browser.Page(t, 1280, false)
	fragment := `new URLSearchParams({query: ` + harness.JSON(awkward) + `, variables: JSON.stringify({name: ` +
		harness.JSON(awkwardName) + `})})`
	page.Open(server.URL + "/#" + page.Text(fragment))
	page.Wait(`!document.querySelector("#key").hidden`)
	page.Type("#key input", key)
	page.Click("#key button")
	page.Wait(isReady)
	page.Wait(queryText + ` === ` + harness.JSON(awkward))
	page.Text(editor + `.CodeMirror.setCursor(3, 0)`) // in Second
	return page, key
}

// copyAs returns what the menu "Copy as" copies, and checks that the key is not in it.
func copyAs(t *testing.T, page *harness.Page, name, key string) string {
	t.Helper()
	page.Click("#copy > summary")
	text := page.Copied(func() {
		page.Text(`[...document.querySelectorAll("#copy .items button")].find((b) => b.textContent === ` +
			harness.JSON(name) + `).click()`)
		page.Wait(statusText + ` === "Copied as ` + name + `."`)
	})
	if strings.Contains(text, key) {
		t.Errorf("%s: got the key in %s, want a placeholder", name, text)
	}
	return text
}

// checkEcho checks what the operation Second answers.
func checkEcho(t *testing.T, name, answer string) {
	t.Helper()
	var got struct {
		Data struct {
			Echo struct{ Call struct{ Name string } }
		}
	}
	if err := json.Unmarshal([]byte(answer), &got); err != nil || got.Data.Echo.Call.Name != awkwardName {
		t.Errorf("%s: got %s (%v), want the name %q", name, answer, err, awkwardName)
	}
}

// TestExplorerCopiesAs copies an operation as texts for other programs. Those for curl and fetch are run; of the others
// the operation and its variables are read back, and run.
func TestExplorerCopiesAs(t *testing.T) {
	page, key := openAwkward(t)
	endpoint := page.Text(`new URL("graphql", location).href`)

	curl := exec.Command("sh", "-c", copyAs(t, page, "curl", key))
	curl.Env = append(os.Environ(), "CALLBOOK_KEY="+key)
	if out, err := curl.Output(); err != nil {
		t.Errorf("curl: got %v, want no error", err)
	} else {
		checkEcho(t, "curl", string(out))
	}

	script := strings.ReplaceAll(copyAs(t, page, "JavaScript fetch", key), "YOUR_KEY", key)
	checkEcho(t, "fetch", page.Text(`(async () => { `+script+`; return JSON.stringify({data, errors}) })()`))

	authorized := []string{"Authorization", "Bearer " + key, "Content-Type", "application/json"}
	server := harness.Connect(t, strings.TrimSuffix(endpoint, "/graphql"))

	var panel struct {
		URL          string
		RootSelector string `json:"root_selector"`
		Options      struct {
			Query     string `json:"body_graphql_query"`
			Variables string `json:"body_graphql_variables"`
			Headers   []struct{ Key, Value string }
		} `json:"url_options"`
	}
	if err := json.Unmarshal([]byte(copyAs(t, page, "Grafana Infinity", key)), &panel); err != nil {
		t.Fatalf("Grafana Infinity: got %v, want JSON", err)
	}
	if h := panel.Options.Headers; len(h) != 1 || h[0].Key != "Authorization" || h[0].Value != "Bearer YOUR_KEY" ||
		panel.URL != endpoint || panel.RootSelector != "data.echo" {
		t.Errorf("Grafana Infinity: got %+v, want %s, data.echo, and a header for the key", panel, endpoint)
	}
	body := `{"query":` + harness.JSON(panel.Options.Query) + `,"variables":` + panel.Options.Variables + `}`
	checkEcho(t, "Grafana Infinity", server.Do("POST", "/graphql", body, authorized...).Body)

	m := copyAs(t, page, "Power Query M", key)
	for _, want := range []string{strconv.Quote(endpoint), `Authorization = "Bearer YOUR_KEY"`} {
		if !strings.Contains(m, want) {
			t.Errorf("Power Query: got %s, want %s in it", m, want)
		}
	}
	body = `{"query":` + harness.JSON(combinedText(t, m, "Query = Text.Combine({")) + `,"variables":` +
		combinedText(t, m, "Variables = Json.Document(Text.Combine({") + `,"operationName":"Second"}`
	checkEcho(t, "Power Query", server.Do("POST", "/graphql", body, authorized...).Body)
}

// combinedText returns the text that Power Query M makes of a list of texts, which follows a beginning.
func combinedText(t *testing.T, m, beginning string) string {
	t.Helper()
	_, list, found := strings.Cut(m, beginning)
	list, _, ends := strings.Cut(list, "\n    }, \"#(lf)\")")
	if !found || !ends {
		t.Fatalf("Power Query: got %s, want %s", m, beginning)
	}
	var lines []string
	for _, literal := range regexp.MustCompile(`"(?:[^"]|"")*"`).FindAllString(list, -1) {
		text := strings.ReplaceAll(literal[1:len(literal)-1], `""`, `"`)
		if strings.Contains(strings.ReplaceAll(text, "#(#)(", ""), "#(") {
			t.Errorf("Power Query: got %s, want #( escaped", literal)
		}
		lines = append(lines, strings.ReplaceAll(text, "#(#)(", "#("))
	}
	return strings.Join(lines, "\n")
}

// TestExplorerShares opens a link that was shared: it fills the editors, runs nothing, and carries no key.
func TestExplorerShares(t *testing.T) {
	page, key := openAwkward(t)
	link := page.Copied(func() {
		page.Click("#share")
		page.Wait(statusText + `.startsWith("Copied a link")`)
	})
	if strings.Contains(link, key) || !strings.Contains(link, "/#query=") {
		t.Errorf("the link: got %s, want an operation in its fragment, and no key", link)
	}
	for _, step := range []string{"in a page that is open", "in a new one"} {
		if step == "in a new one" {
			page.Open("about:blank")
		}
		page.Open(link)
		page.Wait(`document.querySelector("#tools")?.hidden === false`)
		page.Wait(queryText + ` === ` + harness.JSON(awkward))
		const variables = `document.querySelectorAll(".graphiql-editor-tool .CodeMirror")[0].CodeMirror.getValue()`
		page.Wait(`JSON.parse(` + variables + `).name === ` + harness.JSON(awkwardName))
		answer, address := page.Text(answerText), page.Text("location.href")
		if answer != "" || strings.Contains(address, "#") {
			t.Errorf("a shared link %s: got the answer %q at %s, want none, and no fragment", step, answer, address)
		}
	}
}
