package kit

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/sso"
)

// AwayView leads the browser to an identity provider. A form that posts cannot: the content policy lets forms go
// to this site alone, and browsers hold redirects after them to the same.
type AwayView struct {
	Title  string
	Where  string // the host
	URL    string
	Posts  bool // with these fields; by a link otherwise
	Fields []AwayField
}

// AwayField is a field of the form.
type AwayField struct{ Name, Value string }

// Away sends the browser where a provider wants it: after a GET at once, after a form by a page that goes on by
// itself, and has a button for browsers without scripts.
func (p *Shell) Away(v *Visit, out sso.Out) error {
	if v.R.Method == http.MethodGet && out.Form == nil {
		v.Redirect(out.URL)
		return nil
	}
	view := ViewAway(v.Speaker, out)
	if view.Posts {
		// The provider may lead the form on to another of its hosts, which nobody knows here.
		h := v.W.Header()
		h.Set("Content-Security-Policy", strings.Replace(contentPolicy, "form-action 'self'", "form-action 'self' "+schemes(out.URL), 1))
	}
	return p.Show(v, http.StatusOK, "away", view.Title, view)
}

// AwayTo sends the browser to an address of another host, at once where that cannot be what follows a form.
func (p *Shell) AwayTo(v *Visit, address string) error {
	if from := v.R.Header.Get("Sec-Fetch-Site"); from == "cross-site" || from == "same-site" {
		v.Redirect(address)
		return nil
	}
	view := ViewAway(v.Speaker, sso.Out{URL: address})
	return p.Show(v, http.StatusOK, "away", view.Title, view)
}

// schemes are those that the form of the page may go to: only encrypted ones, unless the provider's address is not.
func schemes(address string) string {
	if strings.HasPrefix(address, "http:") {
		return "http: https:"
	}
	return "https:"
}

// ViewAway is the page of Away.
func ViewAway(s Speaker, out sso.Out) *AwayView {
	view := &AwayView{Title: s.T("away.title"), URL: out.URL, Posts: out.Form != nil}
	if u, err := url.Parse(out.URL); err == nil {
		view.Where = u.Hostname()
	}
	for _, name := range slices.Sorted(maps.Keys(out.Form)) {
		view.Fields = append(view.Fields, AwayField{name, out.Form[name]})
	}
	return view
}
