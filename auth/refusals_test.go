package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"callbook/model"
)

func TestAddress(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:4711": "192.0.2.1/32", "192.0.2.1": "192.0.2.1/32", "[2001:db8:1:2:3:4:5:6]:4711": "2001:db8:1:2::/64",
		"2001:db8:1:2::9": "2001:db8:1:2::/64", "[::ffff:192.0.2.1]:4711": "192.0.2.1/32",
		"[fe80::1%eth0]:4711": "fe80::/64", "": "invalid Prefix", "pipe": "invalid Prefix", "@": "invalid Prefix",
	} {
		if got := Address(remote).String(); got != want {
			t.Errorf("%s: got %s, want %s", remote, got, want)
		}
	}
}

// TestRefusalWindow counts refusals of two addresses over time: lines, waits, and what is told at the end of a window.
func TestRefusalWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRefusals()
		one, other := Address("192.0.2.1"), Address("192.0.2.2")
		lines := 0
		var told atomic.Int64 // two windows end at once
		note := func(address netip.Prefix, isRefusal bool) {
			if r.note(address, isRefusal, func(untold int) { told.Add(int64(untold)) }) {
				lines++
			}
		}
		for range maxRefusals - 1 {
			note(one, true)
		}
		for range 1000 {
			note(other, false) // could not be checked
		}
		if r.wait(one) != 0 || r.wait(other) != 0 || lines != 2*maxRefusalLines {
			t.Errorf("before the last refusal: got waits of %v and %v and %d lines, want none and %d", r.wait(one),
				r.wait(other), lines, 2*maxRefusalLines)
		}
		<-time.After(20 * time.Second)
		note(one, true)
		if r.wait(one) != 40*time.Second || r.wait(other) != 0 {
			t.Errorf("after it: got waits of %v and %v, want 40s and none", r.wait(one), r.wait(other))
		}
		<-time.After(40 * time.Second)
		synctest.Wait()
		want := maxRefusals + 1000 - 2*maxRefusalLines
		if told.Load() != int64(want) || r.wait(one) != 0 || r.count.Load() != 0 {
			t.Errorf("after a minute: got %d told, a wait of %v and %d addresses, want %d, none and 0", told.Load(), r.wait(one),
				r.count.Load(), want)
		}
	})
}

// TestManyAddresses has more addresses refused than are counted: the rest share lines, and wait for nothing.
func TestManyAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRefusals()
		lines := 0
		var told atomic.Int64 // two windows end at once
		for i := range 2 * maxRefusingAddresses {
			address := Address(fmt.Sprintf("10.%d.%d.1", i/250, i%250))
			if r.note(address, true, func(untold int) { told.Add(int64(untold)) }) {
				lines++
			}
		}
		last := Address("10.79.249.1")
		for range maxRefusals {
			r.note(last, true, nil)
		}
		if len(r.byAddress) > maxRefusingAddresses+1 || lines != maxRefusingAddresses+maxRefusalLines || r.wait(last) != 0 {
			t.Errorf("got %d addresses, %d lines and a wait of %v, want %d, %d and none", len(r.byAddress), lines,
				r.wait(last), maxRefusingAddresses+1, maxRefusingAddresses+maxRefusalLines)
		}
		<-time.After(refusalWindow)
		synctest.Wait()
		if told.Load() != maxRefusingAddresses-maxRefusalLines+maxRefusals {
			t.Errorf("after a minute: got %d told, want %d", told.Load(), maxRefusingAddresses-maxRefusalLines+maxRefusals)
		}
	})
}

// TestRefusedWork sends wrong credentials from one address: after a hundred none is looked at any more, but a key and a
// token that were accepted before go on from the same address, and all from others.
func TestRefusedWork(t *testing.T) {
	store, key := newKeyStore(t)
	log := logged(t)
	verified := 0
	options := store.options()
	options.Tokens = func(_ context.Context, token string) (model.Actor, error) {
		verified++
		if strings.HasPrefix(token, "good") {
			return model.Actor{Name: token, Kind: model.CredentialKindToken, Credential: "token of " + token}, nil
		}
		return model.Actor{}, model.Unauthenticated("the token is not accepted")
	}
	a := New(options)
	const here, elsewhere = "192.0.2.1:1", "192.0.2.2:1"
	try := func(authorization, apiKey, from string) error {
		_, err := a.Actor(t.Context(), authorization, apiKey, from)
		return err
	}
	for _, err := range []error{try("Bearer "+key, "", here), try("bearer good", "", elsewhere)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	store.reads = 0
	for i := range 10 * maxRefusals {
		unknown := fmt.Sprintf("cbk_7_%016d_%s", i, strings.Repeat("A", 26))
		err := try("", unknown, here)
		if limited := new(TooManyRefusals); errors.As(err, &limited) != (i >= maxRefusals) {
			t.Fatalf("refusal %d: got %v, want TooManyRefusals from %d on", i, err, maxRefusals)
		}
	}
	if store.reads != maxRefusals {
		t.Errorf("got %d keys read, want %d", store.reads, maxRefusals)
	}
	verified, store.reads = 0, 0
	for _, c := range []struct {
		what                        string
		authorization, apiKey, from string
		limited                     bool
	}{
		{"the key", "Bearer " + key, "", here, false}, {"the key in the other header", "", key, here, false},
		{"the token", "Bearer good", "", here, false}, {"a token not seen before", "Bearer good too", "", here, true},
		{"another token", "Bearer bad", "", here, true}, {"both", "Bearer good", key, here, true},
		{"no credential's form", "Basic x", "", here, true}, {"a long text", strings.Repeat("x", 1<<20), "", here, true},
		{"a token not seen before elsewhere", "Bearer good too", "", elsewhere, false},
	} {
		if err := try(c.authorization, c.apiKey, c.from); (err != nil) != c.limited {
			t.Errorf("%s: got %v, want it refused %v", c.what, err, c.limited)
		}
	}
	if verified != 2 {
		t.Errorf("got %d tokens verified, want 2", verified)
	}
	if n := strings.Count(log(), "sign-in refused"); n != maxRefusalLines {
		t.Errorf("got %d lines of refusals, want %d", n, maxRefusalLines)
	}
}

// TestUnknownKeyIsReadOnce asks for an unknown key again and again, from many addresses.
func TestUnknownKeyIsReadOnce(t *testing.T) {
	store, _ := newKeyStore(t)
	a := New(store.options())
	for i := range 50 {
		from := fmt.Sprintf("192.0.2.%d:1", i)
		if _, err := a.Actor(t.Context(), "", "cbk_7_0000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAA", from); err == nil {
			t.Fatal("got an actor, want none")
		}
	}
	if store.reads > 2 { // a slow machine may take longer than keyMaxAge
		t.Errorf("got %d reads of an unknown key, want 1", store.reads)
	}
}

// TestStrangersTakeTurns looks up keys that were not used before while the database does not answer: few at a time, so
// that a key that was used before still is read.
func TestStrangersTakeTurns(t *testing.T) {
	store, key := newKeyStore(t)
	options := store.options()
	begun, goOn := make(chan string, 100), make(chan struct{})
	options.Key = func(ctx context.Context, id string) (*model.APIKey, error) {
		if id != store.key.ID {
			begun <- id
			<-goOn
		}
		return store.read(ctx, id)
	}
	a := New(options)
	if _, err := a.Actor(t.Context(), "", key, "192.0.2.1:1"); err != nil {
		t.Fatal(err)
	}
	a.keys.Purge() // as after two seconds
	ended := make(chan error, 100)
	for i := range 10 {
		go func() {
			unknown := fmt.Sprintf("cbk_7_%016d_%s", i, strings.Repeat("A", 26))
			_, err := a.Actor(t.Context(), "", unknown, fmt.Sprintf("192.0.2.%d:1", i))
			ended <- err
		}()
	}
	for range maxStrangers {
		<-begun
	}
	if _, err := a.Actor(t.Context(), "", key, "192.0.2.1:1"); err != nil {
		t.Errorf("the key that was used before: got %v, want it accepted", err)
	}
	select {
	case id := <-begun:
		t.Errorf("got %s read, too, want %d at once", id, maxStrangers)
	default:
	}
	close(goOn)
	for range 10 {
		if err := <-ended; err == nil {
			t.Error("an unknown key: got no error, want one")
		}
	}
}
