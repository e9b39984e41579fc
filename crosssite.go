package main

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"callbook/graph"
	"callbook/model"
)

// sameSite refuses what pages of other sites make a browser send, unless their origin is allowed: writes by forms (CSRF), websockets,
// event streams and expensive queries. Programs, which say nothing of an origin, are no browsers and pass.
func sameSite(allowsOrigin func(string) bool, next http.Handler) http.Handler {
	writes := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin == "" || !allowsOrigin(origin) {
			if writes.Check(r) != nil || !isSameSite(r) {
				graph.Refuse(w, r, http.StatusForbidden, model.Forbidden("", "the page's origin is not allowed here; start the server with --allowed-origin to let it call"))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// isSameSite tells whether a request, by whatever method, comes from a page of this server, from the user, or from no browser.
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

// onHost refuses requests under a name that is not the server's: a page elsewhere whose name was made to point here (DNS rebinding)
// would count as one of this server. It also gives every response the headers that keep browsers from misusing it.
func onHost(allowsHost func(string) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !allowsHost(strings.Trim(host, "[]")) {
			graph.Refuse(w, r, http.StatusMisdirectedRequest, model.Forbidden("", "the server does not answer under this name; start it with --allowed-host to let it"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isAddress tells whether a host is a number, which no name can be made to be.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
