package operation

import (
	"fmt"
	"strings"
	"testing"

	"callbook/graph"
)

// BenchmarkVariableTypes checks the variables of a delivery of 1,000 records with 17 turns each.
func BenchmarkVariableTypes(b *testing.B) {
	d := newDocuments(graph.Schema(), Options{Limits: DefaultLimits()})
	const save = `mutation($in:[SaveCallRecordInput!]!){saveCallRecords(inputs:$in){results{outcome}}}`
	document, errs := d.load(b.Context(), save)
	if errs != nil {
		b.Fatal(errs)
	}
	turns := make([]string, 17)
	for i := range turns {
		turns[i] = fmt.Sprintf(`{"callDetailId":"%d","position":%d,"type":"PERSON","text":"Hello, who is calling?"}`, i, i+1)
	}
	records := make([]string, 1000)
	for i := range records {
		records[i] = fmt.Sprintf(`{"id":"%d","robotCallJobId":"7","resultStatus":"ANSWERED","chatRound":3,`+
			`"startTime":"2024-01-01T00:00:00Z","customerConcern":["a","b"],"details":[%s]}`, i+1, strings.Join(turns, ","))
	}
	var variables map[string]any
	if err := decodeNumbers(`{"in":[`+strings.Join(records, ",")+`]}`, &variables); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := document.prepared[0].checkVariableTypes(variables); err != nil {
			b.Fatal(err)
		}
	}
}
