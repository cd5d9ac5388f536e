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

	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/uses"
)

// Deps is what the pages stand on.
type Deps struct {
	uses.All
	Read      *request.Reader
	Now       func() time.Time
	PublicURL string
	Log       *slog.Logger
}

// Pages answers for all pages of all tenants.
type Pages struct {
	Deps
	handler http.Handler
	secure  bool // people come by https
}

// New returns the handler of the pages and their static files.
func New(d Deps) *Pages {
	p := &Pages{Deps: d, secure: strings.HasPrefix(d.PublicURL, "https://")}
	p.handler = p.headers(p.routes())
	return p
}

func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// Refuse answers a request that never came to a page, such as one that another
// site's page made, or one whose handler panicked, with an error page.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	setHeaders(w.Header())
	v := p.begin(w, r)
	if request.Status(err) < http.StatusInternalServerError {
		// The name of the organisation is worth no second failure.
		v.tenant, _ = p.Read.Tenant(r)
	}
	p.fail(v, err)
}

// maxForm bounds, in bytes, what a page accepts.
const maxForm = 64 << 10

// headers sets what every answer of the pages carries, and bounds what they read.
func (p *Pages) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}
