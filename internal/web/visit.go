package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/session"
)

// visit is one request for a page, with how to speak to whom makes it.
type visit struct {
	speaker
	w       http.ResponseWriter
	r       *http.Request
	tenant  sallyport.Tenant // zero before the set-up
	checked session.Checked  // zero when not signed in
	flashed bool             // the message that was left has been taken
}

// act is a handler. What it returns is shown by fail.
type act func(v *visit) error

func (p *Pages) begin(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{w: w, r: r}
	v.speaker = speaker{Printer: message.For(r.Header.Get("Accept-Language")), now: p.Now(), zone: zoneOf(r)}
	return v
}

// open lets everybody in, whether or not there is a tenant yet.
func (p *Pages) open(do act) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := p.begin(w, r)
		err := readForm(r)
		if err == nil {
			err = do(v)
		}
		if err != nil {
			p.fail(v, err)
		}
	}
}

// readForm reads what was posted, so that a form cut off is refused and not
// taken for an empty one.
func readForm(r *http.Request) error {
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return sallyport.Refuse(sallyport.CodeTooLarge, "")
	case err != nil:
		return sallyport.Refuse(sallyport.CodeInvalid, "the form cannot be read")
	}
	return nil
}

// public lets everybody in.
func (p *Pages) public(do act) http.HandlerFunc {
	return p.open(func(v *visit) (err error) {
		if v.tenant, err = p.Read.Tenant(v.r); err != nil {
			return err
		}
		return do(v)
	})
}

// signedIn lets in whoever has a session, and sends everybody else to sign in
// and back; whoever loses it while the act is under way, too. Who has to prove more
// for the act is sent to do so, and back.
func (p *Pages) signedIn(do act) http.HandlerFunc {
	return p.open(func(v *visit) (err error) {
		if v.tenant, v.checked, err = p.Read.Check(v.r); err == nil {
			err = do(v)
		}
		if act := stepUpAct(err); act != "" {
			redirect(v, stepUpWith(act, pageOf(v.r)))
			return nil
		}
		if request.Status(err) == http.StatusUnauthorized || sallyport.CodeOf(err) == sallyport.CodeAccountDisabled {
			redirect(v, signInWith(v.r.URL.RequestURI()))
			return nil
		}
		return err
	})
}

// actor is the signed-in user of the visit.
func (p *Pages) actor(v *visit) sallyport.Actor { return p.Read.Actor(v.r, v.checked) }

// show writes a page.
func (p *Pages) show(v *visit, status int, name, title string, body any) error {
	return p.write(v, status, name, page{Title: title, Body: body})
}

// write fills in what every page has and writes it.
func (p *Pages) write(v *visit, status int, name string, g page) error {
	g.Lang, g.Dir, g.Theme, g.Zone = v.Lang(), v.Dir(), themeOf(v.r), v.zoneName()
	g.Path, g.Organisation = v.r.URL.RequestURI(), v.tenant.Name
	if g.Organisation == "" {
		g.Organisation = v.T("product")
	}
	if v.checked.User.ID != "" {
		g.User, g.Nav = viewUser(v.checked.User), navigation(v.Printer, v.r.URL.Path)
	}
	if _, said := takeFlash(v); said != "" {
		g.Flash = said
	}
	body, err := loadTemplates()[v.Lang()].render(name, g)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(body) // the client left: nothing to do about it
	return nil
}

// fail shows an error: the one place where pages turn codes into answers.
func (p *Pages) fail(v *visit, err error) {
	status := request.Status(err)
	if status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		p.Log.Error("page", "method", v.r.Method, "pattern", v.r.Pattern, "status", status, "error", err)
	}
	request.SetRetryAfter(v.w.Header(), err)
	view := viewError(v.speaker, status, sallyport.CodeOf(err), v.r.URL.RequestURI())
	v.checked = session.Checked{} // the card shell needs nobody
	if err := p.show(v, status, "error_show", view.Title, view); err != nil {
		p.Log.Error("error page", "error", err)
		http.Error(v.w, http.StatusText(status), status)
	}
}

// redirect answers with another page to get. Where a visitor chose it, it went
// through localPath.
//
//nolint:gosec // the same: it leads to this server only
func redirect(v *visit, to string) { http.Redirect(v.w, v.r, to, http.StatusSeeOther) }

// formOf returns a value of the posted form. A form that cannot be read has none.
func formOf(v *visit, name string) string { return v.r.PostFormValue(name) }

// asInvalid returns err as a validation error, or nil when it is another one.
func asInvalid(err error) *sallyport.Error {
	var e *sallyport.Error
	if errors.As(err, &e) && e.Code == sallyport.CodeInvalid {
		return e
	}
	return nil
}
