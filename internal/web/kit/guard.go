package kit

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/session"
)

// Guard says who gets to a page.
type Guard int

// Guards.
const (
	// Bare looks at nobody and reads no form: static files, addresses that lead elsewhere.
	Bare Guard = iota + 1
	// Open lets everybody in, whether or not there is a tenant yet.
	Open
	// Public lets everybody in.
	Public
	// Mailed is Public for the page of a mailed link, whose secret its use checks.
	Mailed
	// InFlow is Public for a step of a sign-in, which asks for its flow.
	InFlow
	// SignedIn lets in whoever has a session, and sends everybody else to sign in
	// and back.
	SignedIn
)

// String names the guard.
func (g Guard) String() string {
	return map[Guard]string{Bare: "bare", Open: "open", Public: "public", Mailed: "mailed", InFlow: "in a flow", SignedIn: "signed in"}[g]
}

// Exemption says why an act that changes something behind the guard needs no step-up; ""
// where somebody is signed in, who needs what the route says.
func (g Guard) Exemption() policy.Exemption {
	return map[Guard]policy.Exemption{Open: policy.Stranger, Public: policy.Stranger, Mailed: policy.ByLink, InFlow: policy.IsProof}[g]
}

// admit lets the visit on to what it came for, as far as the guard does.
func (p *Shell) admit(g Guard, v *Visit, do Handler) error {
	if g == Bare {
		return do(v)
	}
	if err := readForm(v.R); err != nil {
		return err
	}
	switch g {
	case Open:
		return do(v)
	case Public, Mailed, InFlow:
		var err error
		if v.Tenant, err = p.Read.Tenant(v.R); err != nil {
			return err
		}
		if v.Tenant, err = p.Read.Fresh(v.R.Context(), v.Tenant); err != nil {
			return err
		}
		v.speak()
		return do(v)
	case SignedIn:
		return p.signedIn(v, do)
	}
	return fmt.Errorf("web: no guard %d", g)
}

// signedIn sends to sign in whoever loses their session while the act is under way, too. Who
// has to prove more for the act is sent to do so, and back.
func (p *Shell) signedIn(v *Visit, do Handler) (err error) {
	check := p.Read.Check
	if v.quiet {
		check = p.Read.Look
	}
	v.Tenant, v.Checked, err = check(v.R)
	v.speak()
	if err == nil {
		v.Tenant, err = p.Read.Fresh(v.R.Context(), v.Tenant)
	}
	if err == nil {
		err = do(v)
	}
	if act := stepUpAct(err); act != "" {
		if err := p.keepUnsent(v, v.Checked.User.ID); err != nil {
			return err
		}
		v.Redirect(StepUpWith(act, pageOf(v.R)))
		return nil
	}
	if request.Status(err) == http.StatusUnauthorized || slices.Contains(noWay, sallyport.CodeOf(err)) {
		request.NoteRefusal(v.R, err)
		ended, _ := p.Ended(v) // whose it was is worth no failure
		if err := p.keepUnsent(v, ended.UserID); err != nil {
			return err
		}
		v.Redirect(SignInWith(pageOf(v.R)))
		return nil
	}
	return err
}

// Ended says whose the session of the browser was that gives no access any more, and why it
// ended. It proves nothing.
func (p *Shell) Ended(v *Visit) (session.End, error) {
	return p.Sessions.Ended(v.R.Context(), v.Tenant.ID, request.SessionToken(v.R))
}

// noWay are the codes of accounts that give no access whoever asks.
var noWay = []sallyport.Code{sallyport.CodeAccountDisabled, sallyport.CodeAccountClosed}

// readForm reads what was posted, so that a form cut off is refused and not
// taken for an empty one.
func readForm(r *http.Request) error {
	err := r.ParseForm()
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); err == nil && kind == "multipart/form-data" {
		err = r.ParseMultipartForm(maxPicture) //nolint:gosec // all of it stays in memory; the route bounds the body
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return sallyport.Refuse(sallyport.CodeTooLarge, "")
	case err != nil:
		return sallyport.Refuse(sallyport.CodeInvalid, "the form cannot be read")
	case !once(r.URL.Query()) || !once(r.PostForm):
		return sallyport.Refuse(sallyport.CodeInvalid, "a field or parameter stands twice")
	}
	return nil
}

// Several are the fields of forms that stand as often as boxes are ticked, by the room whose pages have them. Tests
// hold the forms of all pages to it.
var Several = map[string][]string{
	"admin":   {"id", "permissions", "topics"},
	"profile": {"on", "permissions"},
}

// Repeats reports whether a name may stand several times in an address or a form: filters, fields of the policy that
// are lists, and boxes.
func Repeats(name string) bool {
	if f, known := policy.Named(name); known && f.Kind == policy.Choices || list.Repeats(name) {
		return true
	}
	for _, names := range Several {
		if slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// once reports whether each name has one value, where one is meant: what stands twice is read by one program as
// the first and by another as the last.
func once(values url.Values) bool {
	for name, all := range values {
		if len(all) > 1 && !Repeats(name) {
			return false
		}
	}
	return true
}

// stepUpAct returns the act that err asks to prove more for, "" for other errors.
func stepUpAct(err error) string {
	var e *sallyport.Error
	if errors.As(err, &e) && e.Code == sallyport.CodeStepUp && e.StepUp != nil {
		return e.StepUp.Act
	}
	return ""
}
