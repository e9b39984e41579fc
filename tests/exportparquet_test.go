package tests

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// readParquet returns the columns of a file with their types, and its rows as texts.
func readParquet(t *testing.T, body string) (columns, rows []string) {
	t.Helper()
	file, err := parquet.OpenFile(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatalf("%.100q: %v", body, err)
	}
	for _, field := range file.Schema().Fields() {
		columns = append(columns, field.Name()+" "+field.Type().String())
	}
	reader := parquet.NewReader(bytes.NewReader([]byte(body)))
	for range file.NumRows() {
		row := map[string]any{}
		if err := reader.Read(&row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprint(row))
	}
	return columns, rows
}

// TestExportAsParquet exports calls and records, with nulls, lists, instants and great numbers, as different callers.
func TestExportAsParquet(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		if got := server.Post(exportRows, nil); got["errors"] != nil {
			t.Fatalf("the rows: got %v, want no errors", got)
		}
		read := func(as *harness.Server, target, wantColumns, wantRows string) {
			t.Helper()
			got := as.Do("GET", target, "")
			if got.Status != 200 || got.Header.Get("Content-Type") != "application/vnd.apache.parquet" {
				t.Errorf("%s: got %d %v %.300s, want Parquet", target, got.Status, got.Header, got.Body)
				return
			}
			columns, rows := readParquet(t, got.Body)
			if fmt.Sprint(columns) != wantColumns || strings.Join(rows, "\n") != wantRows {
				t.Errorf("%s: got %v\n%s\nwant %s\n%s", target, columns, strings.Join(rows, "\n"), wantColumns, wantRows)
			}
		}
		const columns = "name,id,callStartTime,callDuration,scheduledInCrm,version,tags,description"
		read(server, "/export/calls.parquet?columns="+columns,
			"[name STRING id STRING callStartTime TIMESTAMP(isAdjustedToUTC=true,unit=MICROS) callDuration STRING "+
				"scheduledInCrm BOOLEAN version INT(64,true) tags LIST description STRING]",
			"map[callDuration:01:01 callStartTime:1715932800500000 description: id:a name:=1+1 scheduledInCrm:true "+
				"tags:[x y] version:1]\n"+
				"map[callDuration:<nil> callStartTime:1715846400000000 description:<nil> id:b name:张三 scheduledInCrm:<nil> "+
				"tags:[] version:1]\n"+
				"map[callDuration:<nil> callStartTime:<nil> description:<nil> id:c name: spaced  scheduledInCrm:<nil> "+
				"tags:[] version:1]")
		read(server, "/export/call-records.parquet?columns=id,chatDuration,customerConcern&transcript=ROWS",
			"[id INT(64,true) chatDuration INT(64,true) customerConcern JSON "+
				"details.position INT(64,true) details.type STRING details.text STRING]",
			"map[chatDuration:7 customerConcern:[price] details.position:<nil> details.text:<nil> details.type:<nil> "+
				"id:9007199254740993]")
		read(server.AsRoles("analyst", model.RoleAnalyst), "/export/calls.parquet?columns=dialledNumber&first=1",
			"[dialledNumber STRING]", "map[dialledNumber:139******34]")
		read(server, "/export/calls.parquet?columns=id&first=0", "[id STRING]", "")
	})
}
