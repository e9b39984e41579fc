package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"callbook/report"
)

func longCall(n int) *report.Call {
	text := strings.Repeat("客户询问了合同续签的条件，特别是价格保证。The customer asked. ", n)
	return &report.Call{ID: "c1", Description: &text}
}

func style(t testing.TB) report.Style {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return report.Style{Locale: report.Chinese, Zone: zone, Created: time.Unix(1_800_000_000, 0), Author: "li.wei"}
}

func BenchmarkLongDescription(b *testing.B) {
	s := style(b)
	calls := []*report.Call{longCall(700)}
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if err := report.WriteCallsPDF(b.Context(), &out, calls, s); err != nil {
			b.Fatal(err)
		}
	}
}
