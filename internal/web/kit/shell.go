// Package kit is what every page is made of: the visit, the guards, the shell around a
// page with its navigation, and the pieces that pages share.
//
//	Route ─ Guard ─ Handler ─┬─ Show      a view struct + the template of its name
//	                         ├─ Redirect  after every act that succeeded, with a Flash
//	                         ├─ SendBack  to the page of a form that was refused
//	                         └─ error     one place turns it into sign-in or an error page
//
// The rooms above it (entry, profile) are tables of routes and what those do. An act that
// is asked about first is a [Confirm], one with fields a [Form]: both make the page and the
// act from one description.
//
// Against injected markup stand html/template and a content security policy that
// allows no inline script or style (header.go); against forged requests the
// server's cross-origin guard, and that nothing changes by GET.
package kit

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/picture"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/session"
)

// Deps is what the pages stand on.
type Deps struct {
	Acts      *act.Runner
	Sessions  *session.Service
	Read      *request.Reader
	Keys      *seal.Keys // of what pages keep in cookies
	Now       func() time.Time
	PublicURL string
	// Contacts returns the e-mail addresses of the owners of an organisation.
	Contacts func(ctx context.Context, tenantID string) ([]string, error)
	// Unread returns how many notices of the reader are unread, for every page; nil where there are none.
	Unread func(ctx context.Context, actor sallyport.Actor) (int, error)
	// PushKey returns what browsers subscribe to push with; "" when push is off.
	PushKey func() string
	// Jobs returns what the reader has under way, for every page; nil when there is never anything.
	Jobs func(ctx context.Context, s Speaker, actor sallyport.Actor) ([]Progress, error)
	Log  *slog.Logger
}

// Shell stands around every page of every tenant. The rooms embed it.
type Shell struct {
	Deps
	local   bool    // they come from this machine only
	entries []Route // those with an entry of the navigation
}

// NewShell returns the shell of all pages.
func NewShell(d Deps) *Shell {
	return &Shell{Deps: d, local: onThisComputer(d.PublicURL)}
}

// Handler serves all routes of all rooms, and makes the navigation of them.
func (p *Shell) Handler(routes []Route) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.Pattern, p.handle(r))
		if r.Entry.Section != "" {
			p.entries = append(p.entries, r)
		}
	}
	return headers(mux)
}

// Refuse answers a request that never came to a page, such as one that another
// site's page made, or one whose handler panicked, with an error page.
func (p *Shell) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	SetHeaders(w.Header())
	v := p.begin(w, r)
	if request.Status(err) < http.StatusInternalServerError {
		// The name of the organisation is worth no second failure.
		v.Tenant, _ = p.Read.Tenant(r)
		v.speak()
	}
	p.fail(v, err)
}

// What a page accepts, in bytes; maxUpload is for lists and files, maxPicture for a picture with
// the fields beside it.
const (
	maxForm    = 64 << 10
	maxUpload  = 1 << 20
	maxPicture = picture.MaxBytes + maxForm
)

// headers sets what every answer of the pages carries, and says which page it is for logs and
// metrics.
func headers(next *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, request.TraceOf(r.Context()).Route = next.Handler(r)
		SetHeaders(w.Header())
		next.ServeHTTP(w, r)
	})
}
