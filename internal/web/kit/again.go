package kit

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/seal"
)

// A form that is refused answers with a redirect to its page, as one that succeeds does: so
// neither a reload nor the way back sends it again. What the page is shown again with travels in
// a cookie, sealed by the keys of the server, so that every node reads it and nobody else
// writes it. It is good for one page, one user and ten minutes, and used up when it is shown.

// Again is what a page is shown again with. Its methods read a nil one as nothing.
type Again struct {
	Err    *sallyport.Error  // why it was refused; nil when it was not sent
	Unsent bool              // the form was not sent: its session was over, or more had to be proven
	Note   string            // from who sent it back
	Typed  map[string]string // by the names of fields
}

// Value returns what was typed into a field, "" for a secret. Several answers are separated by
// spaces, which no value of an option has.
func (a *Again) Value(name string) string {
	if a == nil {
		return ""
	}
	return a.Typed[name]
}

// Refused returns why the form was refused, nil when it was not.
func (a *Again) Refused() *sallyport.Error {
	if a == nil {
		return nil
	}
	return a.Err
}

// Noted reports whether the form was sent back with the note.
func (a *Again) Noted(note string) bool { return a != nil && a.Note == note }

// Notice says that what stands in the form was kept and is not sent yet, nil for others.
func (a *Again) Notice(s Speaker) *Notice {
	if a == nil || !a.Unsent {
		return nil
	}
	return &Notice{Tone: "info", Icon: "info-circle", Title: s.T("unsent.title"), Text: s.T("unsent.text")}
}

// Status is that of the page: of the refusal, if there was one. It sets the header that goes
// with it.
func (a *Again) Status(v *Visit) int {
	if a.Refused() == nil {
		return http.StatusOK
	}
	request.SetRetryAfter(v.W.Header(), a.Err)
	return request.Status(a.Err)
}

// NoteTaken is the note of an account at an identity provider that is somebody else's already.
const NoteTaken = "taken"

// keeping is one thing to keep: a later one takes the place of an earlier one.
type keeping struct{ cookie, column string }

var (
	refusals = keeping{"__Host-sallyport-refused", "cookie.refused"}
	unsents  = keeping{"__Host-sallyport-unsent", "cookie.unsent"}
)

const (
	keptFor = 10 * time.Minute
	// maxKept bounds, in bytes, what is kept. Sealed it has to fit into the header that proxies
	// accept by default, with all other cookies.
	maxKept = 1400
)

// A one-time code comes back when it had to wait and nobody looked at it. A backup code, which
// has letters and is good for longer, does not.
const codeField = "code"

var oneTime = regexp.MustCompile(`^[0-9 ]{6,12}$`)

// kept is what the cookie holds.
type kept struct {
	Until  time.Time
	Code   sallyport.Code         `json:",omitempty"`
	Fields []sallyport.FieldError `json:",omitempty"`
	Retry  time.Time              `json:",omitzero"` // when it can be tried again
	Note   string                 `json:",omitempty"`
	Typed  map[string]string      `json:",omitempty"`
}

// SendBack answers a form that was refused: its page, at to, is shown again with what was typed
// and why. What cannot be said there is returned. note is for the page, at most one.
func (p *Shell) SendBack(v *Visit, to string, err error, note ...string) error {
	e := AsError(err)
	if e == nil || request.Status(err) >= http.StatusInternalServerError {
		return err
	}
	k := kept{Code: e.Code, Fields: e.Fields, Note: strings.Join(note, "")}
	if e.RetryAfter > 0 {
		k.Retry = v.Now.Add(e.RetryAfter)
	}
	return p.sendBack(v, to, k)
}

// SendBackNote is SendBack of what was not refused, and has a note for its page.
func (p *Shell) SendBackNote(v *Visit, to, note string) error {
	return p.sendBack(v, to, kept{Note: note})
}

func (p *Shell) sendBack(v *Visit, to string, k kept) error {
	path, _, _ := strings.Cut(to, "?")
	if err := p.keep(v, refusals, v.placeOf(refusals, path, v.Checked.User.ID), k); err != nil {
		return err
	}
	v.Redirect(to)
	return nil
}

// SentBack returns what the page is shown again with, once, and nil for nothing.
func (p *Shell) SentBack(v *Visit) *Again {
	path, who := v.R.URL.Path, v.Checked.User.ID
	if k, ok := p.take(v, refusals, v.placeOf(refusals, path, who)); ok {
		v.useUp(refusals)
		return k.again(v.Now)
	}
	if who == "" {
		return nil
	}
	if k, ok := p.take(v, unsents, v.placeOf(unsents, path, who)); ok {
		v.useUp(unsents)
		return &Again{Unsent: true, Typed: k.Typed}
	}
	return nil
}

// Left is SentBack for a page that stays as it is when it is looked at again.
func (p *Shell) Left(v *Visit) *Again {
	k, ok := p.take(v, refusals, v.placeOf(refusals, v.R.URL.Path, v.Checked.User.ID))
	if !ok {
		return nil
	}
	return k.again(v.Now)
}

// again is what was kept as the page shows it now. Once a wait is over, nothing is refused any
// more.
func (k kept) again(now time.Time) *Again {
	a := &Again{Note: k.Note, Typed: k.Typed}
	left := k.Retry.Sub(now)
	if k.Code != "" && (k.Retry.IsZero() || left > 0) {
		a.Err = &sallyport.Error{Code: k.Code, Fields: k.Fields, RetryAfter: max(left, 0)}
	}
	return a
}

// keepUnsent keeps what userID typed into a form that was not taken, until they are back.
func (p *Shell) keepUnsent(v *Visit, userID string) error {
	if v.R.Method != http.MethodPost || userID == "" || len(v.keeps) == 0 {
		return nil
	}
	return p.keep(v, unsents, v.placeOf(unsents, v.R.URL.Path, userID), kept{})
}

// placeOf binds what is kept to a page and to who is signed in there.
func (v *Visit) placeOf(what keeping, path, userID string) seal.Place {
	return seal.Place{Column: what.column, TenantID: v.Tenant.ID, ID: userID + " " + path}
}

// keep seals k, with what was typed, into the cookie.
func (p *Shell) keep(v *Visit, what keeping, at seal.Place, k kept) error {
	k.Until = v.Now.Add(keptFor)
	names := v.keeps
	if !k.Retry.IsZero() && oneTime.MatchString(v.Value(codeField)) {
		names = append(slices.Clone(names), codeField)
	}
	text, err := k.text(names, func(name string) string { return strings.Join(v.Values(name), " ") })
	if err != nil {
		return err
	}
	sealed, err := p.Keys.Seal(at, text)
	if err != nil {
		return err
	}
	setKept(v.W, what, base64.RawURLEncoding.EncodeToString(sealed), int(keptFor.Seconds()))
	return nil
}

// text is k with the fields that fit.
func (k kept) text(names []string, typed func(string) string) ([]byte, error) {
	text, err := json.Marshal(k)
	for len(text) > maxKept && len(k.Fields) > 0 {
		k.Fields = k.Fields[:len(k.Fields)-1]
		text, err = json.Marshal(k)
	}
	k.Typed = map[string]string{}
	for _, name := range names {
		if k.Typed[name] = typed(name); k.Typed[name] == "" {
			continue
		}
		longer, failed := json.Marshal(k)
		if failed != nil || len(longer) > maxKept {
			delete(k.Typed, name)
			continue
		}
		text = longer
	}
	return text, err
}

// take returns what was kept for a place.
func (p *Shell) take(v *Visit, what keeping, at seal.Place) (k kept, ok bool) {
	c, err := v.R.Cookie(what.cookie)
	if err != nil || slices.Contains(v.taken, what) {
		return k, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return k, false
	}
	text, err := p.Keys.Open(at, sealed)
	if err != nil || json.Unmarshal(text, &k) != nil || !v.Now.Before(k.Until) {
		return k, false
	}
	return k, true
}

// useUp deletes what was kept.
func (v *Visit) useUp(what keeping) {
	v.taken = append(v.taken, what)
	setKept(v.W, what, "", -1)
}

func setKept(w http.ResponseWriter, what keeping, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: what.cookie, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
