package operation

import (
	"context"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
)

// begin begins a subscription to changes of calls.
func begin(ctx context.Context, t *testing.T, p *Pipeline) Results {
	t.Helper()
	x, refused := p.Prepare(ctx, request("subscription{callChanged{id kind}}"))
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	results, refused := x.Results(ctx)
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	return results
}

// createCall creates a call with an id.
func createCall(t *testing.T, env *dbtest.Env, id string) {
	t.Helper()
	if _, err := env.DB.CreateCall(env.Ctx, model.CreateCallInput{ID: &id}); err != nil {
		t.Fatal(err)
	}
}

func TestSubscription(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Limits.BudgetPerSecond = 1_000_000 })
	ctx, cancel := context.WithCancel(env.Ctx)
	defer cancel()
	results := begin(ctx, t, p)
	createCall(t, env, "one")
	createCall(t, env, "two")
	for _, id := range []string{"one", "two"} {
		body, ok := results.Next()
		if !ok {
			t.Fatalf("there is no event for %s", id)
		}
		changed, _ := decodeAnswer(t, body).Data["callChanged"].(map[string]any)
		if changed["id"] != id || changed["kind"] != "CREATED" {
			t.Errorf("the event is %s, want that %s was created", body, id)
		}
		if cost := decodeAnswer(t, body).Extensions.Cost; cost.Actual != 1 {
			t.Errorf("the event costs %+v, want 1", cost)
		}
	}
	cancel()
	if body, ok := results.Next(); ok {
		t.Errorf("after its context has ended, the subscription returns %s, want nothing", body)
	}
	if body, ok := results.Next(); ok {
		t.Errorf("after its end, the subscription returns %s, want nothing", body)
	}
	results.Close()
}

func TestSubscriptionsOfOneCredential(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Limits.SubscriptionsEach = 1 })
	ctx := model.WithActor(env.Ctx, asKey(env.Actor, "a"))
	first := begin(ctx, t, p)
	second := begin(ctx, t, p)
	body, ok := second.Next()
	if want := "you have 1 subscriptions open; at most 1"; !ok || !strings.Contains(string(body), want) {
		t.Errorf("the second subscription begins with %s, %v, want %q", body, ok, want)
	}
	if body, ok := second.Next(); ok {
		t.Errorf("then it returns %s, want nothing", body)
	}
	second.Close()
	other := begin(model.WithActor(env.Ctx, asKey(env.Actor, "b")), t, p)
	other.Close()
	first.Close()
	again := begin(ctx, t, p).(*Subscription)
	if again.isOver {
		t.Error("the place of a closed subscription is not free")
	}
	again.Close()
}

// asKey returns an actor whose credential is an API key.
func asKey(a model.Actor, id string) model.Actor {
	a.Kind, a.Credential = model.CredentialKindAPIKey, id
	return a
}

func TestSubscriptionReleases(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Limits.Running, o.Limits.Waiting = 1, 0 })
	before := p.budgets.refund(env.Actor.CredentialKey(), 0)
	released := 0
	r := request("subscription{callChanged{id}}")
	r.Reservation.Hold(func() { released++ })
	ctx, cancel := context.WithCancel(env.Ctx)
	defer cancel()
	x, refused := p.Prepare(ctx, r)
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	results, refused := x.Results(ctx)
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	defer results.Close()
	if released != 1 {
		t.Errorf("what the request reserved is released %d times, want 1", released)
	}
	if left := p.budgets.refund(env.Actor.CredentialKey(), 0); left < before {
		t.Errorf("a subscription without an event leaves %d of the budget, want %d", left, before)
	}
	if release, err := p.running.Acquire(env.Ctx, "", 1); err != nil {
		t.Error("a subscription that waits holds a turn to run")
	} else {
		release()
	}
}

func TestSubscriptionWithoutPermission(t *testing.T) {
	p, env := newPipeline(t, nil)
	nobody := model.NewActor(env.Actor.TenantID, "nobody", nil, nil)
	results := begin(model.WithActor(env.Ctx, nobody), t, p)
	defer results.Close()
	body, ok := results.Next()
	if !ok || !strings.Contains(string(body), `"FORBIDDEN"`) {
		t.Errorf("the first result is %s, %v, want FORBIDDEN", body, ok)
	}
	if body, ok := results.Next(); ok {
		t.Errorf("then it returns %s, want nothing", body)
	}
}

func TestSingleResult(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Limits.Budget, o.Limits.Cost = 100, 100 })
	for _, c := range []struct {
		name   string
		budget int
		want   string
	}{
		{"a query", 100, `{"data":{"viewer":{"name":"tester"}},`},
		{"a query that is refused", 0, `{"errors":[{"message":"the operation may cost 1, and too little is left`},
	} {
		x, refused := p.Prepare(env.Ctx, request("{viewer{name}}"))
		if refused != nil {
			t.Fatal(refused.Errors)
		}
		results, refused := x.Results(env.Ctx)
		if refused != nil {
			t.Fatal(refused.Errors)
		}
		p.budgets.perSecond = 1e-9
		p.budgets.refund(env.Actor.CredentialKey(), -200)
		p.budgets.refund(env.Actor.CredentialKey(), 100+c.budget)
		body, ok := results.Next()
		if !ok || !strings.HasPrefix(string(body), c.want) {
			t.Errorf("%s: the result is %s, %v, want %s", c.name, body, ok, c.want)
		}
		if body, ok := results.Next(); ok {
			t.Errorf("%s: there is a second result, %s", c.name, body)
		}
		results.Close()
	}
}
