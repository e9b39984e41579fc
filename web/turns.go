package web

import (
	"context"
	"strconv"

	"callbook/limiter"
	"callbook/model"
)

// share is how much may be held at once: in all, by one tenant, and by one credential.
type share struct{ all, tenant, each int64 }

// turns bounds what goes on at once in the process, for each tenant and for each credential.
type turns struct {
	tenants *limiter.Keyed
	shared  *limiter.Shared // of all and of credentials
}

// newTurns returns turns with these shares. Callers that find no room wait as the options say; their Size is not used.
func newTurns(s share, waits limiter.Options) *turns {
	of := func(size int64) limiter.Options {
		waits.Size = size
		return waits
	}
	return &turns{limiter.NewKeyed(of(s.tenant)), limiter.NewShared(of(s.all), of(s.each))}
}

// take takes a weight for an actor. release gives it back and must be called once, unless there is an error: that of
// a limiter.
func (t *turns) take(ctx context.Context, actor model.Actor, weight int64) (release func(), err error) {
	fromTenant, err := t.tenants.Acquire(ctx, tenantKey(actor), weight)
	if err != nil {
		return nil, err
	}
	fromShared, err := t.shared.Acquire(ctx, actor.CredentialKey(), weight)
	if err != nil {
		fromTenant()
		return nil, err
	}
	return func() {
		fromShared()
		fromTenant()
	}, nil
}

// tenantKey returns the key under which an actor's tenant is counted.
func tenantKey(a model.Actor) string { return strconv.FormatInt(a.TenantID, 10) }
