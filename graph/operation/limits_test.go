package operation

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDefaultLimits(t *testing.T) {
	limits := DefaultLimits()
	if err := limits.Check(); err != nil {
		t.Errorf("the default limits: %v, want no error", err)
	}
	v := reflect.ValueOf(limits)
	for i := range v.NumField() {
		if n := v.Field(i).Int(); n <= 0 {
			t.Errorf("DefaultLimits has %s = %d, want a value above 0", v.Type().Field(i).Name, n)
		}
	}
}

func TestLimitsCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Limits)
		want   string // part of the error; empty where there is none
	}{
		{"the defaults", func(*Limits) {}, ""},
		{"no body", func(l *Limits) { l.Body = 0 }, "body is too little"},
		{"no upload", func(l *Limits) { l.Upload = 0 }, "upload is too little"},
		{"no cost", func(l *Limits) { l.Cost = 0 }, "cost is too little"},
		{"no refill", func(l *Limits) { l.BudgetPerSecond = 0 }, "budget per second is too little"},
		{"no deadline", func(l *Limits) { l.Deadline = 0 }, "deadline is too little"},
		{"a deadline in the past", func(l *Limits) { l.Deadline = -time.Second }, "deadline is too little"},
		{"nothing runs", func(l *Limits) { l.Running = 0 }, "running is too little"},
		{"no wait", func(l *Limits) { l.WaitTime = 0 }, ""},
		{"no connections", func(l *Limits) { l.Connections = 0 }, "connections is too little"},
		{"no sockets", func(l *Limits) { l.Sockets = 0 }, "sockets is too little"},
		{"no time to initialise", func(l *Limits) { l.InitTimeout = 0 }, "init timeout is too little"},
		{"a budget of one operation", func(l *Limits) { l.Budget = l.Cost }, ""},
		{"a budget below one operation", func(l *Limits) { l.Budget = l.Cost - 1 },
			"budget is 99999; it must be at least the cost of one operation, 100000"},
		{"memory of two uploads", func(l *Limits) { l.Memory = 2 * UploadMemory }, ""},
		{"memory below two uploads", func(l *Limits) { l.Memory = 2*UploadMemory - 1 },
			"memory is 8388607; it must be at least 8388608"},
	} {
		limits := DefaultLimits()
		c.change(&limits)
		err := limits.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
