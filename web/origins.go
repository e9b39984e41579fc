package web

import (
	"net/http"
	"net/url"
	"strings"

	"callbook/auth"
	"callbook/graph/transport"
	"callbook/model"
)

// AllowedOrigins returns a function that reports whether pages of an origin may call: those named, such as
// https://app.example.com, and where loopback is true, those of this machine.
func AllowedOrigins(named []string, loopback bool) func(origin string) bool {
	return func(origin string) bool {
		for _, allowed := range named {
			if strings.EqualFold(strings.TrimSuffix(allowed, "/"), origin) {
				return true
			}
		}
		if !loopback {
			return false
		}
		u, err := url.Parse(origin)
		return err == nil && auth.IsLoopback(u.Hostname())
	}
}

// refuseOtherSites refuses, with FORBIDDEN (403), what pages of other sites make a browser send, unless their origin is
// allowed: writes by forms (CSRF), websockets, event streams and expensive queries. Programs that are no browsers send
// no origin, and pass.
func refuseOtherSites(allows func(origin string) bool, next http.Handler) http.Handler {
	writes := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		isAllowed := origin != "" && allows(origin)
		if !isAllowed && (writes.Check(r) != nil || !isSameSite(r)) {
			transport.Refuse(w, r, http.StatusForbidden, model.Forbidden("",
				"the page's origin is not allowed here; start the server with --allowed-origin to let it call"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isSameSite reports whether a request, by whatever method, comes from a page of this site, from the user, or from no
// browser.
func isSameSite(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		return err == nil && strings.EqualFold(u.Host, r.Host)
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	return false
}
