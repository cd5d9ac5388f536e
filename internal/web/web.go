// Package web is the pages: what people see of Sallyport in a browser.
//
//	request ─ guard (public | signed in) ─ handler ─┬─ page      view struct + template of the same name
//	                                                ├─ redirect  after every act that succeeded, with a flash
//	                                                └─ error     one place turns it into sign-in or an error page
//
// Handlers translate and never decide: they read a form, call one use, and show
// what it says. Pages work without JavaScript; the small modules in static/ make
// them quicker. All text comes from package message.
//
// Against injected markup stand html/template and a content security policy that
// allows no inline script or style (header.go); against forged requests the
// server's cross-origin guard, and that nothing changes by GET.
package web

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/signin"
)

// Deps is what the pages stand on.
type Deps struct {
	SignIn    *signin.Machine
	Sessions  *session.Service
	Accounts  *account.Service
	Audit     *audit.Log
	Read      *request.Reader
	Policy    signin.PolicyOf
	Now       func() time.Time
	PublicURL string
	Log       *slog.Logger
}

// pages answers for all pages of all tenants.
type pages struct {
	Deps
	secure bool // people come by https
}

// Paths that more than one file speaks of.
const (
	homePath     = "/profile/security"
	passwordPath = homePath + "/password"
	activityPath = homePath + "/activity"
	sessionsPath = homePath + "/sessions"
	signInPath   = "/sign-in"
)

// New returns the handler of the pages and their static files.
func New(d Deps) http.Handler {
	p := &pages{Deps: d, secure: strings.HasPrefix(d.PublicURL, "https://")}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+staticPrefix, serveAsset)
	mux.HandleFunc("POST /theme", p.theme)

	mux.HandleFunc("GET /setup/{secret}", p.open(p.setUpShow))
	mux.HandleFunc("POST /setup/{secret}", p.open(p.setUpComplete))
	mux.HandleFunc("GET "+signInPath, p.public(p.signInShow))
	mux.HandleFunc("POST "+signInPath, p.public(p.signIn))
	mux.HandleFunc("POST /sign-out", p.public(p.signOut))

	mux.HandleFunc("GET "+homePath, p.signedIn(p.securityShow))
	mux.HandleFunc("GET "+passwordPath, p.signedIn(p.securityShow))
	mux.HandleFunc("POST "+passwordPath, p.signedIn(p.passwordChange))
	mux.HandleFunc("GET "+activityPath, p.signedIn(p.activityList))
	mux.HandleFunc("GET "+sessionsPath+"/{id}/revoke", p.signedIn(p.sessionRevokeAsk))
	mux.HandleFunc("POST "+sessionsPath+"/{id}/revoke", p.signedIn(p.sessionRevoke))
	mux.HandleFunc("GET "+sessionsPath+"/revoke-others", p.signedIn(p.sessionRevokeOthersAsk))
	mux.HandleFunc("POST "+sessionsPath+"/revoke-others", p.signedIn(p.sessionRevokeOthers))
	mux.HandleFunc("GET "+sessionsPath+"/revoke-all", p.signedIn(p.sessionRevokeAllAsk))
	mux.HandleFunc("POST "+sessionsPath+"/revoke-all", p.signedIn(p.sessionRevokeAll))

	mux.Handle("GET /{$}", http.RedirectHandler(homePath, http.StatusSeeOther))
	mux.Handle("GET /profile", http.RedirectHandler(homePath, http.StatusSeeOther))
	// W3C "A Well-Known URL for Changing Passwords".
	mux.Handle("GET /.well-known/change-password", http.RedirectHandler(passwordPath, http.StatusSeeOther))
	mux.HandleFunc("/", p.public(func(*visit) error { return sallyport.ErrNotFound }))
	return p.headers(mux)
}

// maxForm bounds, in bytes, what a page accepts.
const maxForm = 64 << 10

// headers sets what every answer of the pages carries, and bounds what they read.
func (p *pages) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}
