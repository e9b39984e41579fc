package operation

import (
	"context"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
)

// begin begins a subscription to changes of calls.
func begin(ctx context.Context, t *testing.T, p *Pipeline) *Subscription {
	t.Helper()
	result, refused := p.Execute(ctx, request("subscription{callChanged{callId kind}}"))
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	return result.Subscription
}

// checkSubscriptionRefused checks that a subscription is refused with one error, whose message contains a text.
func checkSubscriptionRefused(ctx context.Context, t *testing.T, p *Pipeline, code model.ErrorCode, message string) {
	t.Helper()
	result, refused := p.Execute(ctx, request("subscription{callChanged{callId kind}}"))
	if refused == nil {
		result.Subscription.Close()
		t.Fatalf("the subscription has begun, want %s", code)
	}
	first := refused.Errors[0]
	if refused.Status != 0 || refused.IsResult || len(refused.Errors) != 1 || first.Extensions["code"] != code ||
		!strings.Contains(first.Message, message) {
		t.Errorf("the subscription is refused with %+v, want %s: %s", refused, code, message)
	}
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
		if changed["callId"] != id || changed["kind"] != "CREATED" {
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
	checkSubscriptionRefused(ctx, t, p, model.ErrorCodeLimitExceeded, "you have 1 subscriptions open; at most 1")
	other := begin(model.WithActor(env.Ctx, asKey(env.Actor, "b")), t, p)
	other.Close()
	first.Close()
	again := begin(ctx, t, p)
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
	r := request("subscription{callChanged{callId}}")
	r.Reservation.Hold(func() { released++ })
	ctx, cancel := context.WithCancel(env.Ctx)
	defer cancel()
	result, refused := p.Execute(ctx, r)
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	defer result.Subscription.Close()
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
	p, env := newPipeline(t, func(o *Options) { o.Limits.SubscriptionsEach = 1 })
	nobody := model.NewActor(env.Actor.TenantID, "nobody", nil, nil)
	ctx := model.WithActor(env.Ctx, nobody)
	for range 3 { // a place that is not given back would be missing then
		checkSubscriptionRefused(ctx, t, p, model.ErrorCodeForbidden, "permission CALL_READ")
	}
}
