package db

import (
	"context"
	"testing"

	"callbook/model"
)

// TestConnectionQuota lets one credential use its share of the connections: then it waits, but not in transactions,
// and other credentials do not.
func TestConnectionQuota(t *testing.T) {
	shares := &pools{readShare: shareToRead(DefaultReadConnections), writeShare: shareToWrite(DefaultWriteConnections)}
	quota := newConnectionQuota(shares)
	as := func(credential string) context.Context {
		return model.WithActor(t.Context(), model.Actor{TenantID: 1, Credential: credential})
	}
	// begin begins a statement whose context has ended, so that it does not wait, and reports whether it holds a
	// connection.
	begin := func(ctx context.Context) (held context.Context, holds bool) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		held = quota.BeforeQuery(ended, nil)
		return held, held.Value(quotaReleaseKey{}) != nil
	}
	var held []context.Context
	for i := range shares.readShare {
		ctx, holds := begin(as("busy"))
		if !holds {
			t.Fatalf("statement %d: got no connection, want one", i)
		}
		held = append(held, ctx)
	}
	if _, holds := begin(as("busy")); holds {
		t.Errorf("statement %d: got a connection, want none", shares.readShare)
	}
	if _, holds := begin(as("other")); !holds {
		t.Error("another credential: got no connection, want one")
	}
	for name, ctx := range map[string]context.Context{
		"in a transaction": withTransaction(as("busy")),
		"no actor":         t.Context(),
	} {
		if got := quota.BeforeQuery(ctx, nil); got != ctx {
			t.Errorf("%s: got another context, want the same: nothing is counted", name)
		}
	}
	for i := range shares.writeShare {
		if release := quota.acquireToWrite(as("busy")); release == nil {
			t.Fatalf("transaction %d: got no connection, want one", i)
		}
	}
	ended, cancel := context.WithCancel(as("busy"))
	cancel()
	if _, err := quota.admitTransaction(ended); err == nil {
		t.Errorf("transaction %d: got a turn, want an error", shares.writeShare)
	}
	if _, err := quota.admitTransaction(as("other")); err != nil {
		t.Errorf("a transaction of another credential: got %v, want a turn", err)
	}
	quota.AfterQuery(held[0], nil)
	if _, holds := begin(as("busy")); !holds {
		t.Error("after a statement has ended: got no connection, want one")
	}
}
