package forward

import (
	"net/http"
	"net/url"
	"strings"
)

// contracts is THE table of what kinds of proxies say, by the name in the address that they ask. Each reads the
// headers that its proxies set, whatever else a client sent, and says why it believes nothing; "" where it does.
var contracts = map[string]func(*http.Request) (question, string){
	"nginx": fromNginx,
	"caddy": fromCaddy,
	"envoy": fromEnvoy,
}

// What a contract does not believe.
const (
	headerMissing = "a header of the contract is missing, or stands twice"
	headersDiffer = "two headers name different addresses"
)

// one returns the value of a header that has to be there once. Proxies join what they find twice with commas.
func one(r *http.Request, name string) (string, bool) {
	values := r.Header[name]
	if len(values) != 1 || values[0] == "" || strings.ContainsAny(values[0], ", ") {
		return "", false
	}
	return values[0], true
}

// fromNginx reads what the configuration of nginx has set: auth_request says nothing by itself, and passes on every
// header of the client, also forged ones.
func fromNginx(r *http.Request) (q question, why string) {
	values := r.Header["X-Original-Url"]
	method, ok := one(r, "X-Original-Method")
	if !ok || len(values) != 1 {
		return q, headerMissing
	}
	scheme, rest, ok := strings.Cut(values[0], "://")
	if !ok {
		return q, headerMissing
	}
	host, uri := rest, "/"
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, uri = rest[:i], rest[i:]
	}
	q = question{method: method, scheme: scheme, host: host, uri: uri, answer: byNginx{}}
	if differs(r, "X-Forwarded-Host", host) || differs(r, "X-Forwarded-Uri", uri) || differs(r, "X-Forwarded-Method", method) {
		return q, headersDiffer
	}
	return q, ""
}

// fromCaddy reads what Caddy's forward_auth and Traefik's ForwardAuth set, whatever the client sent. The query of the
// question itself is the client's with Caddy, and nothing is read from it.
func fromCaddy(r *http.Request) (q question, why string) {
	method, m := one(r, "X-Forwarded-Method")
	scheme, s := one(r, "X-Forwarded-Proto")
	host, h := one(r, "X-Forwarded-Host")
	uri := r.Header["X-Forwarded-Uri"]
	if !m || !s || !h || len(uri) != 1 || !strings.HasPrefix(uri[0], "/") {
		return q, headerMissing
	}
	q = question{method: method, scheme: scheme, host: host, uri: uri[0], answer: direct{}}
	if differs(r, "X-Original-Url", scheme+"://"+host+uri[0]) || differs(r, "X-Original-Method", method) {
		return q, headersDiffer
	}
	return q, ""
}

// fromEnvoy reads the request line: Envoy's ext_authz asks with the method, the host and, behind its prefix, the path
// and query of the client.
func fromEnvoy(r *http.Request) (q question, why string) {
	uri, ok := strings.CutPrefix(r.RequestURI, Path+"envoy")
	if !ok || !strings.HasPrefix(uri, "/") {
		return q, headerMissing
	}
	q = question{method: r.Method, host: r.Host, uri: uri, answer: direct{}}
	if differs(r, "X-Forwarded-Host", q.host) || differs(r, "X-Forwarded-Uri", uri) || differs(r, "X-Original-Url", "") {
		return q, headersDiffer
	}
	return q, ""
}

// differs reports whether a header that is not of the contract is there and says something else.
func differs(r *http.Request, name, value string) bool {
	for _, v := range r.Header[name] {
		if !strings.EqualFold(v, value) {
			return true
		}
	}
	return false
}

// wantsPage reports whether somebody looks at a page: what scripts and WebSockets get is no redirect, which they could
// not follow anywhere.
func wantsPage(r *http.Request) bool {
	if r.Header.Get("Upgrade") != "" || strings.EqualFold(r.Header.Get("X-Requested-With"), "XMLHttpRequest") {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// back is where at the app a browser comes back to after signing in: what it asked for, but for what is no page.
func back(q question) string {
	u, err := url.ParseRequestURI(q.uri)
	if err != nil || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	return u.RequestURI()
}
