package operation

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestBudgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudgets(Limits{Budget: 100, BudgetPerSecond: 10})
		spend := func(credential string, cost int, want time.Duration) {
			t.Helper()
			if got := b.spend(credential, cost); got != want {
				t.Errorf("spend(%s, %d) waits %s, want %s", credential, cost, got, want)
			}
		}
		refund := func(credential string, cost, want int) {
			t.Helper()
			if got := b.refund(credential, cost); got != want {
				t.Errorf("refund(%s, %d) leaves %d, want %d", credential, cost, got, want)
			}
		}
		spend("a", 100, 0)
		spend("a", 5, 500*time.Millisecond)
		spend("b", 100, 0)
		<-time.After(500 * time.Millisecond)
		spend("a", 6, 100*time.Millisecond)
		spend("a", 5, 0)
		refund("a", 30, 30)
		refund("a", 1000, 100)
		refund("a", -150, 0)
		spend("a", 1, 5100*time.Millisecond)
		refund("a", -1000, 0)
		spend("a", 0, 100*time.Second) // overdrawn by no more than ten times what it holds
		<-time.After(time.Hour)
		refund("a", 0, 100)
	})
}

// TestFreeShare has a credential take the database's time in many small operations: no more of it is free than of one
// client that sends one after the other.
func TestFreeShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudgets(Limits{Budget: 100, BudgetPerSecond: 10})
		takeAll := func(credential string) (free share) {
			for range 1000 {
				got := b.takeFree(credential, share{100 << 10, 10 * time.Millisecond})
				free.bytes, free.time = free.bytes+got.bytes, free.time+got.time
			}
			return free
		}
		all := share{sharedBytes, sharedTime}
		if got := takeAll("a"); got != all {
			t.Errorf("1,000 operations at once: %+v is free, want %+v", got, all)
		}
		<-time.After(time.Second / 2)
		if got, want := takeAll("a"), (share{sharedBytes / 2, sharedTime / 2}); got != want {
			t.Errorf("half a second later: %+v is free, want %+v", got, want)
		}
		if got := takeAll("b"); got != all {
			t.Errorf("another credential: %+v is free, want %+v", got, all)
		}
		large := share{32 << 20, 20 * time.Second}
		if got := large.costBeyond(share{freeBytes, freeTime}); got != (32<<20-freeBytes)/bytesPerCost+987_500 {
			t.Errorf("a large operation costs %d", got)
		}
	})
}

func TestWaitForCredit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudgets(Limits{Budget: 100, BudgetPerSecond: 10})
		for _, c := range []struct {
			debt int
			want time.Duration
		}{{0, 0}, {20, 2 * time.Second}} {
			b.refund("a", 200)
			b.refund("a", -100-c.debt)
			began := time.Now()
			if ok := b.waitForCredit(t.Context(), "a"); !ok || time.Since(began) != c.want {
				t.Errorf("a debt of %d: %v after %s, want true after %s", c.debt, ok, time.Since(began), c.want)
			}
		}
		b.refund("a", -100)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if b.waitForCredit(ctx, "a") {
			t.Error("waitForCredit = true although its context ended first")
		}
	})
}

func TestFullBudgetsAreForgotten(t *testing.T) {
	b := newBudgets(Limits{Budget: 100, BudgetPerSecond: 1})
	b.spend("debtor", 90)
	for i := range maxBudgets {
		b.refund(fmt.Sprint(i), 0)
	}
	if n := len(b.byCredential); n != 2 {
		t.Errorf("there are %d budgets, want 2: the full ones are forgotten", n)
	}
	if left := b.refund("debtor", 0); left > 20 {
		t.Errorf("a budget that is not full has %d left, want about 10", left)
	}
}
