package model_test

import (
	"errors"
	"testing"

	"callbook/model"
)

func TestLoad(t *testing.T) {
	failure := errors.New("the database fails")
	set := &model.RowSet[model.Call]{Rows: []*model.Call{{ID: "a"}, {ID: "b"}}}
	loads := 0
	load := func(value int, err error) func([]*model.Call) (int, error) {
		return func(rows []*model.Call) (int, error) {
			loads++
			if len(rows) != 2 {
				t.Errorf("%d rows are loaded for, want 2", len(rows))
			}
			return value, err
		}
	}
	for _, c := range []struct {
		name      string
		load      func([]*model.Call) (int, error)
		want      int
		err       error
		wantLoads int
	}{
		{"a", load(2, nil), 2, nil, 1},
		{"a", load(3, nil), 2, nil, 1},
		{"b", load(4, failure), 4, failure, 2},
		{"b", load(5, nil), 4, failure, 2},
	} {
		got, err := model.Load(set, c.name, c.load)
		if got != c.want || !errors.Is(err, c.err) || loads != c.wantLoads {
			t.Errorf("Load(%q) = %d, %v after %d loads, want %d, %v, %d", c.name, got, err, loads, c.want, c.err, c.wantLoads)
		}
	}
}

// TestLoadSideBySide checks that what has one name does not wait for what has another, and that a panic while rows are
// loaded is an error for those that come after.
func TestLoadSideBySide(t *testing.T) {
	set := &model.RowSet[model.Call]{}
	got, err := model.Load(set, "outer", func([]*model.Call) (int, error) {
		inner := make(chan int)
		go func() {
			n, _ := model.Load(set, "inner", func([]*model.Call) (int, error) { return 7, nil })
			inner <- n
		}()
		return <-inner, nil
	})
	if got != 7 || err != nil {
		t.Errorf("got %d, %v, want 7 and no error", got, err)
	}
	load := func() (n int, err error) {
		return model.Load(set, "fails", func([]*model.Call) (int, error) { panic("in load") })
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = load()
	}()
	if _, err := load(); err == nil {
		t.Error("after a panic: got no error, want one")
	}
}
