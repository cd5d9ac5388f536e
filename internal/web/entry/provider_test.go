package entry_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// idp is an identity provider of the organisation that a test visits.
type idp struct {
	*apptest.Provider
	at sso.Provider
}

// withProvider adds one, which says that anna@corp.test signed in.
func withProvider(t *testing.T, a *apptest.App, change func(*sso.Input)) idp {
	t.Helper()
	operator := sallyport.Operator(a.TenantID(t))
	p := a.NewProvider(t)
	p.Claims = map[string]any{"sub": "u-1", "email": "anna@corp.test", "email_verified": true, "name": "Anna Brandt"}
	in := sso.Input{Name: "Northwind", Protocol: sso.OpenID, Secret: apptest.ClientSecret, Settings: sso.Settings{
		Use: sso.Organisation, Button: true, Issuer: p.Issuer, ClientID: apptest.ClientID, Scopes: []string{"openid", "email"}, Provision: sso.ForAnybody,
	}}
	if change != nil {
		change(&in)
	}
	at, err := a.SSO.Add(t.Context(), operator, in)
	apptest.Must(t, err)
	apptest.Must(t, a.SSO.Switch(t.Context(), operator, at.ID, true))
	return idp{p, at}
}

var (
	awayLink = regexp.MustCompile(`href="([^"]+)" rel="noreferrer" data-away`)
	hidden   = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
)

// away is where a page leads that sends the browser to a provider.
func away(t *testing.T, a webtest.Answer) string {
	t.Helper()
	m := awayLink.FindStringSubmatch(a.Text)
	if m == nil {
		t.Fatalf("%s (%d) leads to no provider:\n%s", a.Path(), a.StatusCode, webtest.Plain(a.Text))
	}
	return html.UnescapeString(m[1])
}

// back brings an answer of the provider to its address, and on to where it is looked at.
func (i idp) back(t *testing.T, v *webtest.Visitor, got url.Values) webtest.Answer {
	t.Helper()
	page := v.Get("/sso/" + i.at.ID + "/callback?" + got.Encode())
	if page.StatusCode != http.StatusOK || page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("Set-Cookie") != "" {
		t.Fatalf("%d %v", page.StatusCode, page.Header)
	}
	var pairs []string
	for _, m := range hidden.FindAllStringSubmatch(page.Text[strings.Index(page.Text, `action="/sso/finish"`):], -1) {
		pairs = append(pairs, m[1], html.UnescapeString(m[2]))
	}
	return v.Post("/sso/finish", pairs...)
}

// A button leads to the provider, and from there back in, to the page that somebody wanted.
func TestSignInAtProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		at := withProvider(t, a, nil)
		v := webtest.Start(t, a)
		card := v.Get("/sign-in?next=%2Fprofile%2Fsecurity%2Factivity")
		v.Has(card, "Continue with Northwind", `name="password"`, "Forgot your password?")
		out := v.Post("/sign-in/provider", "provider", at.at.ID, "next", "/profile/security/activity")
		got := at.SignIn(away(t, out))
		in := at.back(t, v, got)
		v.At(in, http.StatusOK, "/profile/security/activity")
		v.Has(in, "anna@corp.test")
		again := at.back(t, v.Another(), got)
		v.Has(again, "That took too long, or was not begun here", "Continue with Northwind")

		other := v.Another()
		for _, next := range []string{"https://evil.test/", "//evil.test", `/\evil.test`, ""} {
			out := other.Post("/sign-in/provider", "provider", at.at.ID, "next", next)
			v.At(at.back(t, other, at.SignIn(away(t, out))), http.StatusOK, "/profile/security")
			other = v.Another()
		}
	})
}

// What somebody else's browser asked, what nobody asked, and what came to another address is refused in words.
func TestProviderAnswersOfOthers(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	at := withProvider(t, a, nil)
	second := withProvider(t, a, func(in *sso.Input) { in.Name = "Second" })
	v := webtest.Start(t, a)
	expired := func(page webtest.Answer) {
		t.Helper()
		v.SentBack(page, http.StatusUnauthorized, "/sign-in")
		v.Has(page, "That took too long, or was not begun here", "Begin again")
	}
	got := second.SignIn(away(t, v.Post("/sign-in/provider", "provider", second.at.ID)))
	thief := v.Another()
	thief.Post("/sign-in/provider", "provider", second.at.ID)
	expired(second.back(t, thief, got))
	expired(at.back(t, v, got))
	expired(second.back(t, v, url.Values{"code": {"x"}}))
	v.At(second.back(t, v, got), http.StatusOK, "/profile/security")
	if page := v.Get("/sso/" + at.at.ID + "/callback?state=a&state=b"); page.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a state that comes twice: %d", page.StatusCode)
	}
}

// What a SAML provider sends of itself is no more than a wish, where it may be one: the browser is sent there with
// a request of ours, once.
func TestBeginningAtTheProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		wish := func(in *sso.Input) {
			in.Protocol, in.Secret = sso.SAML, ""
			in.Settings = sso.Settings{Use: sso.Organisation, Metadata: string(apptest.Metadata(t, a.Clock.Now())), Provision: sso.ForNobody, StartsThere: true}
		}
		at := withProvider(t, a, wish)
		silent := withProvider(t, a, func(in *sso.Input) { wish(in); in.Name, in.StartsThere = "Silent", false })
		v := webtest.Start(t, a)
		unasked := url.Values{"SAMLResponse": {"whatever"}, "RelayState": {"https://evil.test/"}}
		gone := at.back(t, v, unasked)
		if v.Has(gone, `action="https://idp.invalid/sso"`, `name="SAMLRequest"`); strings.Contains(gone.Text, "evil.test") {
			t.Error("what came is passed on")
		}
		refused := func(page webtest.Answer) {
			t.Helper()
			v.SentBack(page, http.StatusUnauthorized, "/sign-in")
			v.Has(page, "That took too long, or was not begun here")
		}
		refused(at.back(t, v, unasked)) // for the first is waited
		refused(silent.back(t, v.Another(), unasked))
		refused(at.back(t, v.Another(), url.Values{"code": {"x"}, "state": {"y"}}))
		in := v.Another()
		in.Enter(apptest.OwnerEmail)
		v.At(at.back(t, in, unasked), http.StatusOK, "/profile/security")
	})
}

// Nothing that a provider, or whoever passes for one, sends along leads the browser elsewhere: neither the state
// nor the RelayState of SAML is an address for us.
func TestProviderAnswersAreNoAddresses(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	oidc := withProvider(t, a, nil)
	saml := withProvider(t, a, func(in *sso.Input) {
		*in = sso.Input{Name: "Old", Protocol: sso.SAML, Settings: sso.Settings{
			Use: sso.Organisation, Metadata: string(apptest.Metadata(t, a.Clock.Now())), Provision: sso.ForNobody, StartsThere: true,
		}}
	})
	v := webtest.Start(t, a)
	for _, to := range []string{"https://evil.test/", "//evil.test", `/\evil.test`} {
		v.SentBack(oidc.back(t, v, url.Values{"code": {"x"}, "state": {to}}), http.StatusUnauthorized, "/sign-in")
		v.SentBack(oidc.back(t, v, url.Values{"SAMLResponse": {"x"}, "RelayState": {to}}), http.StatusUnauthorized, "/sign-in")
		begun := saml.back(t, v.Another(), url.Values{"SAMLResponse": {"x"}, "RelayState": {to}})
		if begun.StatusCode != http.StatusOK || !strings.Contains(begun.Text, "https://idp.invalid/sso") || strings.Contains(begun.Text, "evil.test") {
			t.Errorf("begun at the provider: %d %s", begun.StatusCode, webtest.Plain(begun.Text))
		}
		for path, want := range map[string]string{
			"/sso/" + saml.at.ID + "/logout?SAMLResponse=x&RelayState=" + webtest.Escape(to): "/sign-in",
			"/sso/" + saml.at.ID + "/logout?SAMLRequest=x&RelayState=" + webtest.Escape(to):  "",
			"/sso/" + saml.at.ID + "/logout?RelayState=" + webtest.Escape(to):                "",
		} {
			if got := v.Stay().Get(path); got.Header.Get("Location") != want || strings.Contains(got.Text, `"`+html.EscapeString(to)) {
				t.Errorf("%s leads to %q", path, got.Header.Get("Location"))
			}
		}
	}
}

// What a provider or its rules refuse is said in words, with a way on.
func TestProviderRefusals(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	at := withProvider(t, a, func(in *sso.Input) { in.Provision = sso.ForNobody })
	v := webtest.Start(t, a)
	out := func() string { return away(t, v.Post("/sign-in/provider", "provider", at.at.ID)) }
	state := func(to string) string { return webtest.MustURL(t, to).Query().Get("state") }
	v.Has(at.back(t, v, at.SignIn(out())), "Nobody here has this account", "Continue with Northwind")
	v.Has(at.back(t, v, url.Values{"error": {"access_denied"}, "state": {state(out())}}), "The sign-in was cancelled there")
	v.Has(at.back(t, v, url.Values{"code": {"made-up"}, "state": {state(out())}}), "Signing in there did not work")
	v.Has(v.Post("/sign-in/provider", "provider", "none"), "Signing in did not work")
}

// Somebody whose address has an account already proves with a mailed code that it is theirs.
func TestProviderLinksAnAccount(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	at := withProvider(t, a, nil)
	v := webtest.Start(t, a)
	a.AddUser(t, "anna@corp.test", sallyport.RoleMember)
	out := v.Post("/sign-in/provider", "provider", at.at.ID, "next", "/profile/security/activity")
	ask := at.back(t, v, at.SignIn(away(t, out)))
	v.At(ask, http.StatusOK, "/sign-in/link?next="+webtest.Escape("/profile/security/activity"))
	v.Has(ask, "You already have an account", "anna@corp.test", "Northwind")
	code := a.LastCode(t, "anna@corp.test")
	wrong := "000000"
	if wrong == code {
		wrong = "000001"
	}
	v.SentBack(v.Post("/sign-in/link", "code", wrong, "next", "/profile/security/activity"), http.StatusUnauthorized, "/sign-in/link")
	v.At(v.Post("/sign-in/link", "code", code, "next", "/profile/security/activity"), http.StatusOK, "/profile/security/activity")
	v.Has(v.Get("/profile/security/linked"), "Northwind", "anna@corp.test", "It is the only way in") // the password was nobody's for sure
	v.Has(v.Get("/profile/security"), "1 account elsewhere signs you in")
}

// An address of a proven domain leads to its provider, whatever password was typed.
func TestProviderOfAnAddress(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	at := withProvider(t, a, func(in *sso.Input) { in.Button = false })
	v := webtest.Start(t, a)
	if card := v.Get("/sign-in"); strings.Contains(card.Text, "Northwind<") {
		t.Error("a provider without a button has one")
	}
	now := a.Clock.Now()
	d := store.SSODomain{TenantID: a.TenantID(t), Domain: "corp.test", ProviderID: at.at.ID, Record: "r", CreatedAt: now}
	apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.AddSSODomain(t.Context(), d) }))
	v.At(v.SignIn(apptest.OwnerEmail, apptest.Password), http.StatusOK, "/profile/security") // not proven
	d.ProvenAt = now
	apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.ProveSSODomain(t.Context(), d) }))
	to := away(t, v.Another().SignIn("anna@corp.test", "whatever it is"))
	if got := webtest.MustURL(t, to).Query().Get("login_hint"); got != "anna@corp.test" {
		t.Errorf("hint %q", got)
	}
}

// Where single sign-on is required there is no password anywhere, but a way of owners with a passkey.
func TestProviderRequired(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	withProvider(t, a, nil)
	v := webtest.Start(t, a)
	key := a.AddPasskey(t, webtest.Owner(t, a))
	a.SetPolicy(func(p *sallyport.Policy) { p.SSORequired = true })
	card := v.Get("/sign-in")
	v.Has(card, "Continue with Northwind", "Sign in as an owner with a passkey")
	if strings.Contains(card.Text, `name="password"`) || strings.Contains(card.Text, "/recovery") {
		t.Error("the card asks for a password")
	}
	refused := v.SignIn(apptest.OwnerEmail, apptest.Password)
	v.SentBack(refused, http.StatusForbidden, "/sign-in")
	v.Has(refused, "Sign in through your organisation")
	in := v.Post("/sign-in/passkey", "passkey", string(key.Answer(t, v.Options("/sign-in/passkey/options"))))
	v.At(in, http.StatusOK, "/profile/security")
	v.Has(v.Get("/profile/security/password"), "Your organisation signs you in elsewhere")
	kept := []string{"act", "change_password", "next", "/profile/security/password", "method", "webauthn"}
	v.Post("/step-up/factor", append(kept, "passkey", string(key.Answer(t, v.Options("/step-up/send", kept...))))...)
	change := v.Post("/profile/security/password", "currentPassword", apptest.Password, "newPassword", "Brave new pillars 43", "confirmPassword", "Brave new pillars 43")
	v.Has(change, "Your organisation signs you in elsewhere")
}

// A step-up is proven anew at the provider, and an account is linked and taken away from the page of its owner.
func TestLinkedAccounts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		at := withProvider(t, a, nil)
		v := webtest.Start(t, a)
		v.Enter(apptest.OwnerEmail)
		v.Has(v.Get("/profile/security/linked"), "No account elsewhere is linked", "Link another account")
		ask := v.Get("/profile/security/linked/" + at.at.ID + "/link")
		if ask.Request.URL.Path == "/step-up" {
			ask = v.Post("/step-up", "act", "link_account", "next", "/profile/security/linked/"+at.at.ID+"/link", "password", apptest.Password)
		}
		v.Has(ask, "Link an account at Northwind")
		out := v.Post("/profile/security/linked/" + at.at.ID + "/link")
		done := at.back(t, v, at.SignIn(away(t, out)))
		v.At(done, http.StatusOK, "/profile/security/linked")
		v.Has(done, "Account linked.", "anna@corp.test")

		a.Clock.Advance(20 * time.Minute)
		page := v.Get("/profile/security/linked/" + at.at.ID + "/link")
		v.Has(page, "Confirm with Northwind")
		out = v.Post("/step-up/provider", "act", "link_account", "next", "/profile/security/linked", "provider", at.at.ID)
		at.Claims["sub"] = "u-2"
		wrong := at.back(t, v, at.SignIn(away(t, out)))
		v.SentBack(wrong, http.StatusForbidden, "/step-up")
		v.Has(wrong, "Nobody here has this account")
		at.Claims["sub"] = "u-1"
		out = v.Post("/step-up/provider", "act", "link_account", "next", "/profile/security/linked", "provider", at.at.ID)
		v.At(at.back(t, v, at.SignIn(away(t, out))), http.StatusOK, "/profile/security/linked")
		id := regexp.MustCompile(`linked/([0-9a-f-]{36})/unlink`).FindStringSubmatch(done.Text)[1]
		gone := v.Post("/profile/security/linked/" + id + "/unlink")
		v.At(gone, http.StatusOK, "/profile/security/linked")
		v.Has(gone, "Account unlinked.")
	})
}

// The one account that signs somebody in stays, and its provider is told of a sign-out, or tells of one.
func TestProviderSignOut(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	at := withProvider(t, a, func(in *sso.Input) { in.EndThere = true })
	v := webtest.Start(t, a)
	in := func(v *webtest.Visitor) {
		v.At(at.back(t, v, at.SignIn(away(t, v.Post("/sign-in/provider", "provider", at.at.ID)))), http.StatusOK, "/profile/security")
	}
	in(v)
	v.Has(v.Get("/profile/security/linked"), "It is the only way in")
	to := away(t, v.Post("/sign-out"))
	if !strings.HasPrefix(to, at.Issuer+"/end?") {
		t.Errorf("signs out at %s", to)
	}
	v.Has(v.Get("/sign-in"), "signed out")
	in(v)
	channel := "/sso/" + at.at.ID + "/backchannel"
	token := at.LogoutToken(map[string]any{"sub": "u-1"})
	say := func() webtest.Answer {
		return v.Another().Send(http.MethodPost, channel, strings.NewReader(url.Values{"logout_token": {token}}.Encode()), "Origin", at.Issuer, "Sec-Fetch-Site", "cross-site")
	}
	if got := say(); got.StatusCode != http.StatusOK || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v %s", got.StatusCode, got.Header, got.Text)
	}
	if got := say(); got.StatusCode != http.StatusBadRequest || !strings.Contains(got.Text, "invalid_request") {
		t.Errorf("again: %d %s", got.StatusCode, got.Text)
	}
	v.At(v.Get("/profile/security"), http.StatusOK, "/sign-in")
	if got := v.Get("/sso/" + at.at.ID + "/metadata"); got.StatusCode != http.StatusNotFound {
		t.Errorf("metadata of OpenID Connect: %d", got.StatusCode)
	}
	forged := v.Send(http.MethodPost, "/sso/finish", strings.NewReader("state=x"), "Origin", at.Issuer, "Sec-Fetch-Site", "cross-site")
	if forged.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site is taken: %d", forged.StatusCode)
	}
	posted := v.Send(http.MethodPost, "/sso/"+at.at.ID+"/callback", strings.NewReader("state=x"), "Origin", at.Issuer, "Sec-Fetch-Site", "cross-site")
	v.At(posted, http.StatusOK, "/sso/"+at.at.ID+"/callback")
}
