package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"callbook/model"
)

const (
	refusalWindow = time.Minute
	// maxRefusals is how many credentials of an address are refused in a window after a look at them; further ones are
	// refused without. A fleet of clients with a wrong key behind one address meets it, people who mistype do not.
	maxRefusals = 100
	// maxRefusalLines is how many refusals of an address in a window have audit lines of their own.
	maxRefusalLines = 5
	// maxRefusingAddresses is how many addresses are counted at once; those of others share one count of lines, and have
	// no limit: strangers with many addresses must not be able to shut out others.
	maxRefusingAddresses = 10000
	// maxAdmitted is how many credentials are remembered that were accepted, by 32 bytes each.
	maxAdmitted = 10000
)

// refusals count refused sign-ins by address. A window of an address begins with its first refusal.
type refusals struct {
	mu        sync.Mutex
	byAddress map[netip.Prefix]*refusal
	count     atomic.Int64 // of addresses with a window
}

// refusal is what an address was refused in its window.
type refusal struct {
	ends   time.Time
	count  int // of credentials that were looked at and refused
	lines  int
	untold int // failed sign-ins without a line
}

func newRefusals() *refusals { return &refusals{byAddress: map[netip.Prefix]*refusal{}} }

// wait returns how long an address must wait until credentials that are not known are looked at; 0 where they are.
func (r *refusals) wait(address netip.Prefix) time.Duration {
	if r.count.Load() == 0 {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.byAddress[address]
	if known == nil || known.count < maxRefusals || !address.IsValid() {
		return 0
	}
	return max(time.Until(known.ends), time.Second)
}

// note counts a failed sign-in of an address, which is a refusal where the credential was looked at, and reports
// whether it is to have a line of its own. At the end of the window tell is called with the number of those that had
// none.
func (r *refusals) note(address netip.Prefix, isRefusal bool, tell func(untold int)) (hasLine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byAddress[address] == nil && len(r.byAddress) >= maxRefusingAddresses {
		address = netip.Prefix{}
	}
	known := r.byAddress[address]
	if known == nil {
		known = &refusal{ends: time.Now().Add(refusalWindow)}
		r.byAddress[address] = known
		r.count.Store(int64(len(r.byAddress)))
		time.AfterFunc(refusalWindow, func() { r.end(address, tell) })
	}
	if isRefusal {
		known.count++
	}
	if known.lines < maxRefusalLines {
		known.lines++
		return true
	}
	known.untold++
	return false
}

// end ends the window of an address.
func (r *refusals) end(address netip.Prefix, tell func(untold int)) {
	r.mu.Lock()
	untold := r.byAddress[address].untold
	delete(r.byAddress, address)
	r.count.Store(int64(len(r.byAddress)))
	r.mu.Unlock()
	if untold > 0 {
		tell(untold)
	}
}

// TooManyRefusals says that an address has had too many credentials refused: LIMIT_EXCEEDED.
type TooManyRefusals struct {
	Wait    time.Duration // until credentials that are not known are looked at again
	refusal *model.Error
}

// Error returns the message for callers.
func (t *TooManyRefusals) Error() string { return t.refusal.Error() }

// Unwrap returns the error for callers.
func (t *TooManyRefusals) Unwrap() error { return t.refusal }

// checkRefusals returns TooManyRefusals where an address has had too many credentials refused, and this one is an API
// key that was not accepted here before: such a key takes a look-up. A token is checked without one, so that whoever
// shares the address, as all do behind a proxy, does not keep the holders of new tokens out.
func (a *Auth) checkRefusals(authorization, apiKey, from string) error {
	if a.refusals.count.Load() == 0 {
		return nil
	}
	wait := a.refusals.wait(Address(from))
	if apiKey == "" && strings.Count(bearerOf(authorization), ".") == 2 { // a JWT
		return nil
	}
	if wait == 0 || apiKey == "" && a.isAdmitted(bearerOf(authorization)) || authorization == "" && a.isAdmitted(apiKey) {
		return nil
	}
	return &TooManyRefusals{Wait: wait, refusal: model.LimitExceeded("",
		"%d credentials from your address were refused within %s; one that was not accepted here before is looked at in %s",
		maxRefusals, refusalWindow, wait.Round(time.Second))}
}

// isAdmitted reports whether a credential was accepted here before, and not refused since.
func (a *Auth) isAdmitted(credential string) bool {
	return len(credential) <= maxToken && a.admitted.Contains(sha256.Sum256([]byte(credential)))
}

// noteToken remembers a token that was accepted, and forgets one that was not.
func (a *Auth) noteToken(token string, err error) {
	switch {
	case err == nil:
		a.admit(sha256.Sum256([]byte(token)))
	case a.admitted.Len() > 0 && len(token) <= maxToken && hasCode(err, model.ErrorCodeUnauthenticated):
		a.admitted.Remove(sha256.Sum256([]byte(token)))
	}
}

// admit remembers a credential that was accepted by its hash: refusals of others with its address do not keep it out.
func (a *Auth) admit(sum [sha256.Size]byte) {
	if _, known := a.admitted.Get(sum); !known {
		a.admitted.Add(sum, struct{}{})
	}
}

// Link returns the actor of a signed link, which read reads, with its errors, of which FORBIDDEN is a refusal. Refused
// links count as refused credentials do, and have lines in the audit log as they have. It returns TooManyRefusals
// where too many were refused from the caller's address, which is from, and the link was not accepted here before.
func (a *Auth) Link(ctx context.Context, link, from string, read func() (model.Actor, error)) (model.Actor, error) {
	actor, err := model.Actor{}, a.checkRefusals("", link, from)
	if err == nil {
		actor, err = read()
	}
	if err != nil {
		a.noteRefusal(ctx, "link refused", from, actor, err)
		return actor, err
	}
	a.admit(sha256.Sum256([]byte(link)))
	return actor, nil
}

// noteRefusal counts a sign-in, or a link, that failed and writes it to the audit log as an event: of an address the
// first ones in a minute, and then how many more there were. Credentials that could not be checked have lines, but
// count for no limit.
func (a *Auth) noteRefusal(ctx context.Context, event, from string, actor model.Actor, err error) {
	address := Address(from)
	isRefusal := hasCode(err, model.ErrorCodeUnauthenticated) || hasCode(err, model.ErrorCodeForbidden)
	hasLine := a.refusals.note(address, isRefusal, func(untold int) {
		Audit(context.WithoutCancel(ctx), "sign-in refused", model.Actor{}, "reason",
			fmt.Sprintf("%d more in the last minute", untold), "from", describeAddress(address))
	})
	if hasLine {
		Audit(ctx, event, actor, "reason", err.Error(), "from", from)
	}
}

// describeAddress returns an address as audit lines have it.
func describeAddress(address netip.Prefix) string {
	switch {
	case !address.IsValid():
		return "elsewhere"
	case address.IsSingleIP():
		return address.Addr().String()
	}
	return address.String()
}

// hasCode reports whether an error for callers has a code.
func hasCode(err error, code model.ErrorCode) bool {
	refusal, ok := errors.AsType[*model.Error](err)
	return ok && refusal.Code == code
}
