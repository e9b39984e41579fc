package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"callbook/auth"
	"callbook/graph/transport"
	"callbook/model"
)

// HostRules say under which host names the site is served.
type HostRules struct {
	Named           []string // beside names of loopback
	NeedsCredential bool     // then any name will do where none is given: a page under a name of its own has no credential
	AllowsAddresses bool     // whether any IP address will do: no DNS entry can make it point elsewhere
}

// AllowedHosts returns a function that reports whether the site is served under a host name, or an IP address without
// brackets.
func AllowedHosts(rules HostRules) func(host string) bool {
	return func(host string) bool {
		for _, allowed := range rules.Named {
			if strings.EqualFold(allowed, host) {
				return true
			}
		}
		if rules.NeedsCredential && len(rules.Named) == 0 {
			return true
		}
		return auth.IsLoopback(host) || rules.AllowsAddresses && isAddress(host)
	}
}

// isAddress reports whether a host is an IP address.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// refuseOtherHosts refuses requests under a name that is not the site's with FORBIDDEN (421): a page elsewhere whose
// name was made to point here (DNS rebinding) would count as one of this site.
func refuseOtherHosts(allows func(host string) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if strings.IndexByte(host, ':') >= 0 {
			if name, _, err := net.SplitHostPort(host); err == nil {
				host = name
			}
		}
		if !allows(strings.Trim(host, "[]")) {
			transport.Refuse(w, r, http.StatusMisdirectedRequest, model.Forbidden("",
				"the server does not answer under this name; start it with --allowed-host to let it"))
			return
		}
		next.ServeHTTP(w, r)
	})
}
