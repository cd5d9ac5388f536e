package kit

import (
	"net/http"
	"strings"

	"github.com/sallyport/sallyport/internal/act"
)

// Route is one page, or one act: a row of the table of its room.
type Route struct {
	Pattern string // method and address, as [http.ServeMux] reads them
	Guard   Guard
	// Need is what the act behind the page may ask for: its use decides, by the same Need.
	// Here it is for the navigation, and for tests that hold the two together.
	Need  act.Need
	Entry Entry
	// Keeps are the fields of a form that are shown again with what was typed, when it was refused
	// or could not be sent. Never secrets.
	Keeps []string
	// Uploads makes the route take up to maxUpload bytes, for lists and files.
	Uploads bool
	// Picture makes it take a file of [picture.MaxBytes].
	Picture bool
	// Most is how many bytes of a form it takes instead of maxForm.
	Most int64
	// Quiet is for what scripts ask for while nobody does anything: it is no activity of the session.
	Quiet bool
	Do    Handler
}

// path is the address without the method.
func (r Route) path() string {
	_, path, _ := strings.Cut(r.Pattern, " ")
	return path
}

// Handler answers a visit. What it returns is shown as an error page, or leads to the sign-in
// or the step-up that is missing.
type Handler func(v *Visit) error

// handle returns the route as the mux takes it: its guard, then what it does.
func (p *Shell) handle(r Route) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		p.bound(r, w, req)
		v := p.begin(w, req)
		v.forAdmins = r.Need.Permission != ""
		v.keeps, v.quiet = r.Keeps, r.Quiet
		if err := p.admit(r.Guard, v, r.Do); err != nil {
			p.fail(v, err)
		}
	}
}

// bound limits the body of a request. Of somebody who is not signed in no picture is read.
func (p *Shell) bound(r Route, w http.ResponseWriter, req *http.Request) {
	limit := int64(maxForm)
	switch {
	case r.Picture:
		limit = maxPicture
		if _, _, err := p.Read.Look(req); err != nil {
			limit, req.Body = 0, http.NoBody
			req.Header.Del("Content-Type") // there is no form to read
		}
	case r.Uploads:
		limit = maxUpload
	case r.Most > 0:
		limit = r.Most
	}
	req.Body = http.MaxBytesReader(w, req.Body, limit)
}

// RedirectTo is a page that is elsewhere.
func RedirectTo(path string) Handler {
	return func(v *Visit) error {
		v.Redirect(path)
		return nil
	}
}
