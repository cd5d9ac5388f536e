package kit

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/seal"
)

// MailedPage is a page that links with a secret lead to, and its act. The address in the mail
// changes nothing: it puts the secret into a cookie and leads to the page, whose address and
// form have none. So it stays neither in the history of the browser nor in the logs of proxies.
//
//	GET base/{secret} ─ cookie ─ GET base/link/{of} ─ POST base/link/{of}
//
// Where the page and its form stand is named after the secret, so that several links can be
// open at once.
type MailedPage struct {
	Base     string
	Guard    Guard
	Keeps    []string
	Show, Do Handler // read the secret from the visit
	Gone     Handler // when the cookie is gone: the link has to be opened again
}

// openedFor is how long a link that was opened needs not be opened again.
const openedFor = 30 * time.Minute

// maxLinkSecret bounds, in bytes, what is taken for a secret.
const maxLinkSecret = 128

// openedCookie begins the name of the cookie of a link. It is sent to the pages of its kind only.
const openedCookie = "__Secure-sallyport-link-"

// Mailed returns the routes of a page that links with a secret lead to.
func (p *Shell) Mailed(m MailedPage) []Route {
	page := m.Base + "/link/{of}"
	return []Route{
		{Pattern: "GET " + m.Base + "/{secret}", Guard: m.Guard, Do: p.openLink(m.Base)},
		{Pattern: "GET " + page, Guard: m.Guard, Do: p.opened(m, m.Show)},
		{Pattern: "POST " + page, Guard: m.Guard, Keeps: m.Keeps, Do: p.opened(m, m.Do)},
	}
}

// openLink takes the secret out of the address. Whether it is good, its page says.
func (p *Shell) openLink(base string) Handler {
	return func(v *Visit) error {
		secret := v.R.PathValue("secret")
		if len(secret) > maxLinkSecret {
			return sallyport.ErrNotFound
		}
		of := nameOfLink(secret)
		sealed, err := p.Keys.Seal(v.placeOfLink(base, of), []byte(secret))
		if err != nil {
			return err
		}
		http.SetCookie(v.W, &http.Cookie{
			Name: openedCookie + of, Value: base64.RawURLEncoding.EncodeToString(sealed), Path: base, MaxAge: int(openedFor.Seconds()),
			Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
		v.W.Header().Set("Referrer-Policy", "no-referrer")
		v.Redirect(base + "/link/" + of)
		return nil
	}
}

// opened lets on with the secret of the link that was opened.
func (p *Shell) opened(m MailedPage, do Handler) Handler {
	return func(v *Visit) error {
		if v.Secret = p.secretOfLink(v, m.Base); v.Secret == "" {
			return m.Gone(v)
		}
		return do(v)
	}
}

// secretOfLink returns the secret that the page is about, "" for none. A sibling domain can set
// the cookie, since one with a path cannot be a __Host- one. But what opens for this name has
// the secret that the name was made of, so at most it is the same again.
func (p *Shell) secretOfLink(v *Visit, base string) string {
	of := v.R.PathValue("of")
	for _, c := range v.R.CookiesNamed(openedCookie + of) {
		sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
		if err != nil {
			continue
		}
		if secret, err := p.Keys.Open(v.placeOfLink(base, of), sealed); err == nil {
			return string(secret)
		}
	}
	return ""
}

func (v *Visit) placeOfLink(base, of string) seal.Place {
	return seal.Place{Column: "cookie.link", TenantID: v.Tenant.ID, ID: base + " " + of}
}

// nameOfLink tells links apart, and tells nothing of their secret.
func nameOfLink(secret string) string {
	sum := sha256.Sum256([]byte("opened link " + secret))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
