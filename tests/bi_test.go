package tests

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// TestBusinessIntelligence saves the queries of docs/bi.md, and sends the requests of the programs that it names, with
// an analyst's key.
func TestBusinessIntelligence(t *testing.T) {
	t.Parallel()
	page := harness.ReadFile(t, "../docs/bi.md")
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		site := harness.NewSampleServer(t, e)
		mutation := regexp.MustCompile("(?s)```graphql\n(mutation.*?)```").FindStringSubmatch(page)[1]
		if got := site.Post(mutation, nil); got["errors"] != nil {
			t.Fatalf("the page's mutation: got %v, want no errors", got)
		}
		for _, found := range regexp.MustCompile("(?s)`([a-z-]+)`, of\n`(query.*?)`").FindAllStringSubmatch(page, -1) {
			saveQuery(t, site, found[1], found[2])
		}
		server := harness.Listen(t, e, nil)
		key := []string{"Authorization", "Bearer " + server.Key("bi", model.RoleAnalyst)}
		get := func(address string) harness.Answer {
			t.Helper()
			target := strings.TrimPrefix(address, "http://localhost:8080")
			got := server.Do("GET", target, "", key...)
			if got.Status != 200 {
				t.Fatalf("%s: got %d %s, want 200", target, got.Status, got.Body)
			}
			return got
		}
		for _, address := range regexp.MustCompile(`http://localhost:8080/[^\s"]+`).FindAllString(page, -1) {
			from, to := e.Clock.Now().Add(-1000*time.Hour), e.Clock.Now()
			got := get(strings.NewReplacer(
				"${__from}", fmt.Sprint(from.UnixMilli()), "${__to}", fmt.Sprint(to.UnixMilli()),
				"${__from:date:iso}", from.Format("2006-01-02T15:04:05.000Z"),
				"${__to:date:iso}", to.Format("2006-01-02T15:04:05.000Z")).Replace(address))
			isCSV := strings.Contains(address, ".csv")
			if isCSV && !strings.HasPrefix(got.Body, "day,callStatus,count,durationAvg\n20") ||
				!isCSV && len(harness.List(got.JSON(), "calls", "nodes")) == 0 {
				t.Errorf("%s: got %.300s, want rows", address, got.Body)
			}
		}
		rows, after := 0, ""
		for {
			got := get("/q/calls.json?first=100" + after).JSON()
			rows += len(harness.List(got, "callTable", "rows"))
			cursor, hasMore := got.At("callTable", "nextCursor").(string)
			if !hasMore {
				break
			}
			after = "&after=" + url.QueryEscape(cursor)
		}
		total := site.Post(`{ calls { totalCount } }`, nil).At("data", "calls", "totalCount")
		if float64(rows) != total {
			t.Errorf("the pages of Power Query: got %d rows, want %v", rows, total)
		}
		csv := get("/q/calls.csv?first=10")
		if strings.Count(csv.Body, "\n") != 11 || csv.Header.Get(web.NextCursorHeader) == "" {
			t.Errorf("CSV: got %v %s, want ten rows and a cursor", csv.Header, csv.Body)
		}
		if got := server.Do("GET", "/q/calls.csv", "", "Authorization", "Bearer nonsense"); got.Status != 401 {
			t.Errorf("with another key: got %d, want 401", got.Status)
		}
	})
}
