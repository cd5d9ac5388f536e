// Package forward is the edge for proxies: they ask it before they let a request through to an app. It translates
// what a proxy says into an address and a pass, and a verdict into what the proxy understands.
//
//	proxy ─ contract (contract.go): address, pass ─ rules of the app ─ pass ─ verdict ─ answer (answer.go)
//	browser ─ proxy ─ /.sallyport/… on the app's host (own.go): the way to the sign-in here, and back
//
// Each kind of proxy has an address of its own, so nobody has to guess which headers are the proxy's and which those
// of a client. A question that does not come from a configured proxy is refused and not answered from what is left
// of it; so are addresses that are no app's, that programs read in different ways, and on which two headers differ.
package forward

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/gate"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/request"
)

// Path is the beginning of the addresses that proxies ask.
const Path = "/forward-auth/"

// Config is what the edge needs.
type Config struct {
	Apps *apps.Service
	Read *request.Reader
	Base link.Base
	Now  func() time.Time
	Log  *slog.Logger
	// Proxies are those that are believed. Without any, nobody is answered.
	Proxies []netip.Prefix
}

// Edge answers proxies, and browsers on the hosts of apps.
type Edge struct{ Config }

// New returns the edge.
func New(c Config) *Edge { return &Edge{c} }

// question is what a proxy asks.
type question struct {
	method string
	scheme string // "" where the proxy does not say it
	host   string
	uri    string // path and query, as the client sent them
	answer answerer
}

// ServeHTTP answers a proxy.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !request.FromProxy(r, e.Proxies) {
		e.refuse(w, r, "the question does not come from a configured proxy")
		return
	}
	ask, ok := contracts[contractOf(r.URL.Path)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	q, why := ask(r)
	if why != "" {
		e.refuse(w, r, why)
		return
	}
	e.decide(w, r, q)
}

// contractOf returns the name of the contract in the path of a question.
func contractOf(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, Path), "/")
	return name
}

// refuse answers what nobody has to answer: the proxy then lets nobody in.
func (e *Edge) refuse(w http.ResponseWriter, r *http.Request, why string) {
	e.Log.WarnContext(r.Context(), "a question of a proxy was refused", "cause", why, "ip", request.ClientIP(r, e.Proxies).String())
	setIdentity(w.Header(), nil)
	http.Error(w, "Refused.", http.StatusForbidden)
}

// decide finds the app and its rule, looks who asks, and answers.
func (e *Edge) decide(w http.ResponseWriter, r *http.Request, q question) {
	at, err := e.entry(r.Context(), q)
	switch {
	case sallyport.CodeOf(err) == sallyport.CodeNotFound:
		e.refuse(w, r, "the address is not one of an app")
		return
	case err != nil:
		q.answer.fail(w, r, q, err)
		return
	}
	raw, _, _ := strings.Cut(q.uri, "?")
	path, err := gate.ParsePath(raw)
	if err != nil {
		e.refuse(w, r, "the path is one that programs read in different ways")
		return
	}
	if at.Preflight && preflight(q.method, r) {
		setIdentity(w.Header(), nil)
		w.WriteHeader(http.StatusOK)
		return
	}
	rule, found := at.Rules.Find(path)
	if !found {
		q.answer.deny(w, r, at, q, gate.Closed)
		return
	}
	who, err := e.who(r, at)
	if err != nil && !signedOut(err) {
		q.answer.fail(w, r, q, err)
		return
	}
	setIdentity(w.Header(), who.identity)
	if verdict := gate.Decide(&rule, &who.Person, e.Now()); verdict != gate.Allowed {
		q.answer.deny(w, r, at, q, verdict)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// preflight reports whether a browser asks whether a script of another site may call the app: it sends no cookies then.
func preflight(method string, r *http.Request) bool {
	return method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

func (e *Edge) entry(ctx context.Context, q question) (*apps.Entry, error) {
	if q.scheme == "" {
		return e.Apps.OnHost(ctx, q.host)
	}
	origin, ok := gate.Origin(q.scheme, q.host)
	if !ok {
		return nil, sallyport.ErrNotFound
	}
	return e.Apps.At(ctx, origin)
}

// signedOut reports whether an error says that there is no good session, and not that nobody knows.
func signedOut(err error) bool {
	switch sallyport.CodeOf(err) {
	case sallyport.CodeUnavailable, sallyport.CodeOverloaded, sallyport.CodeInternal:
		return false
	}
	return true
}

// somebody is who asks, and what the app is told of them.
type somebody struct {
	gate.Person
	appID    string
	identity []string
}

var stranger = &somebody{}

// who returns who asks, by the pass of the browser. Nobody where there is none, or where it is that of another app.
func (e *Edge) who(r *http.Request, at *apps.Entry) (*somebody, error) {
	secret := passOf(r)
	if secret == "" {
		return stranger, nil
	}
	c, k, err := e.Read.Pass(r.Context(), at.TenantID, secret)
	if err != nil {
		return stranger, err
	}
	who := remembered(k, c)
	if who.appID != at.ID {
		return stranger, nil
	}
	return who, nil
}

// remembered returns what was made of an answer before, where it comes from memory.
func remembered(k *recall.Known, c *sallyport.Checked) *somebody {
	if k != nil {
		if made, ok := k.Kept().(*somebody); ok {
			return made
		}
		known := k.Checked()
		c = &known
	}
	who := &somebody{apps.Person(c), c.AppID, identityOf(c)}
	if k != nil {
		k.Keep(who)
	}
	return who
}
