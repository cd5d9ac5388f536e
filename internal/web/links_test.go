package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// mailed is a link that works, of somebody new.
func (w *world) mailed(kind link.Kind) string {
	w.t.Helper()
	in := w.arrive(member).in
	switch kind {
	case link.Invitation:
		in.User = w.a.AddUserWithoutPassword(w.t, fmt.Sprintf("invited-%d@corp.test", w.made))
	case link.Reopen:
		if _, err := w.a.Accounts.LockdownOf(w.t.Context(), sallyport.Operator(in.User.TenantID), in.User.ID, ""); err != nil {
			w.t.Fatal(err)
		}
	}
	return w.a.MailedLink(w.t, in.User, kind, link.About{SessionID: in.Session.ID, DeviceID: in.Session.DeviceID, AttemptID: w.a.Attempts(w.t)[0].ID})
}

// address is what a page sends somewhere, or sends somebody to.
var address = regexp.MustCompile(`(?:href|action|src|value)="([^"]*)"`)

// The secret of a link is in the address that the mail has, and in none after it: neither that
// of its page, nor one that the page leads to or sends anything to. A proxy sees no other.
func TestSecretLeavesTheAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		for base, kind := range kindsOfLinks {
			secret := w.mailed(kind)
			v := w.v.Another()
			before := w.events()
			led := v.Stay().Get(base + "/" + secret)
			if led.StatusCode != http.StatusSeeOther || led.Header.Get("Referrer-Policy") != "no-referrer" || strings.Contains(fmt.Sprint(led.Header, led.Text), secret) {
				t.Errorf("%s answers %d with %v", base, led.StatusCode, led.Header)
			}
			for _, c := range led.Cookies() {
				if c.Path != base || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.MaxAge <= 0 || c.MaxAge > 3600 {
					t.Errorf("%s: %s", base, c.Raw)
				}
			}
			page := v.Get(led.Header.Get("Location"))
			v.At(page, http.StatusOK, led.Header.Get("Location"))
			for _, m := range address.FindAllStringSubmatch(page.Text, -1) {
				if strings.Contains(m[1], secret) {
					t.Errorf("%s leads to %s", base, m[1])
				}
			}
			if !strings.Contains(page.Text, `method="post" action="`+page.Path()+`"`) && kind != link.Reopen {
				t.Errorf("%s has no form of its own:\n%s", page.Path(), webtest.Plain(page.Text))
			}
			if w.events() != before {
				t.Errorf("to look at %s changed something", base)
			}
			if r := v.Stay().Send(http.MethodPost, base+"/"+secret, strings.NewReader("")); r.StatusCode != http.StatusNotFound {
				t.Errorf("a form with the secret in its address: %d", r.StatusCode)
			}
			// In another browser, and when the cookie is gone, the mail opens it again.
			for _, gone := range []webtest.Answer{v.Another().Get(page.Path()), v.Another().Post(page.Path())} {
				v.At(gone, http.StatusNotFound, page.Path())
				v.Has(gone, "Open the link again")
			}
		}
	})
}

// No route takes a form at an address with a secret.
func TestNoFormIsSentToASecret(t *testing.T) {
	for _, r := range webtest.PagesOf(t, webtest.SQLite(t), "https://accounts.test").Routes() {
		if strings.HasPrefix(r.Pattern, "POST ") && strings.Contains(r.Pattern, "{secret}") {
			t.Errorf("%s has a secret", r.Pattern)
		}
	}
}

// Two links of a kind are open at once, and the button of each is about its own.
func TestTwoLinksAtOnce(t *testing.T) {
	a := webtest.SQLite(t)
	w := newWorld(t, a)
	v := w.v.Another()
	mine, theirs := w.arrive(member).in, w.arrive(member).in
	first := v.Opened("/not-me/" + a.MailedLink(t, mine.User, link.NotMe, link.About{SessionID: mine.Session.ID}))
	v.Opened("/not-me/" + a.MailedLink(t, theirs.User, link.NotMe, link.About{SessionID: theirs.Session.ID}))
	v.Has(v.Post(first), "Your account is secured")
	if a.Check(t, mine.SessionToken) != sallyport.CodeSessionRevoked || a.Check(t, theirs.SessionToken) != "" {
		t.Errorf("mine %q, theirs %q", a.Check(t, mine.SessionToken), a.Check(t, theirs.SessionToken))
	}
}

// Nobody plants another link: what opens for a page has the secret that the page is named after.
func TestPlantedLink(t *testing.T) {
	a := webtest.SQLite(t)
	w := newWorld(t, a)
	open := func(kind link.Kind, base string) (string, *http.Cookie) {
		r := w.v.Get(base + "/" + w.mailed(kind))
		return r.Header.Get("Location"), r.Cookies()[0]
	}
	own, ownCookie := open(link.Reset, "/recovery")
	_, planted := open(link.Reset, "/recovery")
	_, kind := open(link.NotMe, "/not-me")
	get := func(cookies ...string) int {
		return w.v.Send(http.MethodGet, own, nil, "Cookie", strings.Join(cookies, "; ")).StatusCode
	}
	for what, value := range map[string]string{"another link": planted.Value, "one of another kind": kind.Value, "nonsense": "AAAA", "nothing": ""} {
		if got := get(ownCookie.Name + "=" + value); got != http.StatusNotFound {
			t.Errorf("%s opens: %d", what, got)
		}
		if got := get(ownCookie.Name+"="+value, ownCookie.Name+"="+ownCookie.Value); got != http.StatusOK {
			t.Errorf("%s hides the one that was opened: %d", what, got)
		}
	}
}

// What routes keep of forms is no secret.
func TestNoSecretIsKept(t *testing.T) {
	for _, r := range webtest.PagesOf(t, webtest.SQLite(t), "https://accounts.test").Routes() {
		for _, name := range r.Keeps {
			if _, rule := policy.Named(strings.TrimPrefix(name, "own.")); rule { // a number, such as the least length of passwords
				continue
			}
			if !strings.HasPrefix(r.Pattern, "POST ") || r.Guard == kit.Bare || slices.ContainsFunc([]string{"password", "code", "passkey", "secret", "token", "fingerprint"}, func(s string) bool {
				return strings.Contains(strings.ToLower(name), s)
			}) {
				t.Errorf("%s keeps %q", r.Pattern, name)
			}
		}
	}
}
