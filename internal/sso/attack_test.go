package sso_test

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/outbound"
	"github.com/sallyport/sallyport/internal/peertest"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// answer takes an answer to a flow.
func (w *world) answer(t *testing.T, from signin.From, r signin.Result, got url.Values) error {
	t.Helper()
	_, err := w.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Provider: got})
	return err
}

// What was stolen, mixed up or used before opens nothing, also where the provider does not look at it.
func TestStolenAnswers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		w.idp.Careless = true
		laptop := a.Laptop(t)
		mine, got := w.open(t, laptop)
		thief := a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone))
		inject := func() error {
			theirs, own := w.open(t, thief)
			own.Set("code", got.Get("code"))
			return w.answer(t, thief, theirs, own)
		}
		failed(t, "a code of another browser", inject(), "nonce")
		w.idp.Careless = false
		again, elsewhere := w.open(t, laptop)
		elsewhere.Set("iss", "https://evil.test")
		failed(t, "an answer of another provider", w.answer(t, laptop, again, elsewhere), "callback_issuer")
		w.idp.Careless = true
		apptest.Must(t, w.answer(t, laptop, mine, got))
		apptest.Denied(t, "once more", w.answer(t, laptop, mine, got), sallyport.CodeFlowExpired)
		failed(t, "the code of one that is over", inject(), "nonce")
		w.idp.Careless = false
		failed(t, "the same, where the provider looks", inject(), "token_refused")
		if n := a.Count(t); n[audit.UserCreated] != 2 || n[audit.SignedIn] != 1 {
			t.Errorf("%v", n)
		}
	})
}

// No account is made for an address that the provider has not verified, in the type that OpenID Connect says.
func TestUnverifiedAddresses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for _, c := range []struct {
			text     bool // texts count, as the form says for providers that write them
			verified any
			want     sallyport.Code
		}{
			{false, false, sallyport.CodeSSOUnknown}, {false, "false", sallyport.CodeSSOUnknown}, {false, "true", sallyport.CodeSSOUnknown},
			{false, 1, sallyport.CodeSSOUnknown}, {false, nil, sallyport.CodeSSOUnknown}, {false, []bool{true}, sallyport.CodeSSOUnknown}, {false, true, ""},
			{true, "false", sallyport.CodeSSOUnknown}, {true, "yes", sallyport.CodeSSOUnknown}, {true, 1, sallyport.CodeSSOUnknown}, {true, "true", ""},
		} {
			w := newWorld(t, a, func(in *sso.Input) { in.Name, in.Claims.VerifiedText = token.NewID(), c.text })
			sub := token.NewID()
			w.says(map[string]any{"sub": sub, "email": sub + "@corp.test", "email_verified": c.verified})
			before := a.Count(t)[audit.UserCreated]
			_, err := w.come(t, a.Laptop(t))
			apptest.Denied(t, "verified", err, c.want)
			if made := a.Count(t)[audit.UserCreated] - before; (made == 1) != (c.want == "") {
				t.Errorf("%v as text %v: %d accounts made", c.verified, c.text, made)
			}
			apptest.Must(t, a.SSO.Remove(t.Context(), w.me, w.at.ID))
		}
	})
}

// trap is an account that somebody made with the address of somebody else, who has not come yet.
type trap struct {
	*world
	u       sallyport.User
	thief   signin.From
	session signin.Result
	forge   *world // where the thief has linked an account
	pending signin.Result
}

func setTrap(t *testing.T, a *apptest.App) *trap {
	t.Helper()
	x := &trap{world: newWorld(t, a, nil), thief: a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone))}
	x.u = a.AddUser(t, "anna@corp.test", sallyport.RoleMember)
	x.session = a.SignInAs(t, x.thief, x.u.Email)
	me := apptest.Actor(x.session)
	a.Confirmed(t, me)
	x.forge = x.another(t, "Forge", sso.Personal)
	x.forge.says(map[string]any{"sub": "thief", "email": "thief@evil.test"})
	out, err := a.SSO.AskLink(t.Context(), me, x.forge.at.ID)
	apptest.Must(t, err)
	_, err = a.SSO.Return(t.Context(), me, x.forge.at.ID, x.forge.idp.SignIn(out.URL))
	apptest.Must(t, err)
	if in, err := x.forge.come(t, x.thief); err != nil || in.User.ID != x.u.ID {
		t.Fatalf("%+v, %v", in, err)
	}
	x.pending, err = a.SignIn.Open(t.Context(), x.thief, x.u.Email)
	apptest.Must(t, err)
	return x
}

// opensNothing tries everything that opened the account before.
func (x *trap) opensNothing(t *testing.T) {
	t.Helper()
	if x.goesOn(t, x.session) {
		t.Error("their session goes on")
	}
	_, err := x.Advance(t.Context(), x.thief, x.pending.FlowToken, apptest.Password)
	apptest.Denied(t, "their password, in a sign-in under way", err, sallyport.CodeFlowExpired)
	_, err = x.Try(t.Context(), x.thief, x.u.Email, apptest.Password)
	apptest.Denied(t, "their password", err, sallyport.CodeInvalidCredentials)
	_, err = x.forge.come(t, x.thief)
	apptest.Denied(t, "their account elsewhere", err, sallyport.CodeSSOUnknown)
}

// Whoever comes by the provider of their organisation, and proves that they read the mail, has the account alone.
func TestAccountsThatWait(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		x := setTrap(t, a)
		r, err := x.come(t, a.Laptop(t))
		apptest.Must(t, err)
		if in := proveLink(t, a, r); in.User.ID != x.u.ID || !x.goesOn(t, in) {
			t.Errorf("%+v", in)
		}
		if live := a.LiveSessions(t, x.u.ID); len(live) != 1 {
			t.Errorf("%d sessions go on", len(live))
		}
		x.opensNothing(t)
		if again, err := x.come(t, a.Laptop(t)); err != nil || again.State != signin.Done || again.User.ID != x.u.ID {
			t.Errorf("who it belongs to: %+v, %v", again, err)
		}
	})
}

// The same for whoever has a new password mailed to the address.
func TestAccountsThatWaitForAReset(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		x := setTrap(t, a)
		a.Mails(t)
		client := apptest.Client("192.0.2.10", apptest.ChromeOnMac)
		apptest.Must(t, a.Accounts.RequestReset(t.Context(), x.me.TenantID, client, x.u.Email))
		secret := apptest.Secret(t, a.OnlyMail(t, notify.PasswordReset, x.u.Email), "/recovery/")
		const next = "Brave new pillars 43"
		apptest.Must(t, a.Accounts.ResetPassword(t.Context(), link.Mailed{TenantID: x.me.TenantID, Client: client, Secret: secret}, next, next))
		x.opensNothing(t)
	})
}

// A second factor of whoever made the account is asked for: nobody gets in whose account they could share.
func TestAccountsThatWaitWithAFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		x := setTrap(t, a)
		a.AddPasskey(t, apptest.Actor(x.session))
		r, err := x.come(t, a.Laptop(t))
		apptest.Must(t, err)
		r, err = a.SignIn.Advance(t.Context(), a.Laptop(t), r.FlowToken, signin.Step{State: signin.Link, Answer: mfa.Answer{Code: a.LastCode(t, x.u.Email)}})
		if err != nil || r.State != signin.Factor {
			t.Errorf("%s, %v", r.State, err)
		}
		x.opensNothing(t)
	})
}

// goesOn reports whether a session does.
func (w *world) goesOn(t *testing.T, r signin.Result) bool {
	t.Helper()
	return w.Check(t, r.SessionToken) == ""
}

// another is another provider of the same organisation.
func (w *world) another(t *testing.T, name string, use sso.Use) *world {
	t.Helper()
	return newWorld(t, w.App, func(in *sso.Input) { in.Name, in.Use = name, use })
}

// A subject is one at its provider only, and of the account that it is linked to only.
func TestSubjectsOfOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		anna, err := w.come(t, a.Laptop(t))
		apptest.Must(t, err)
		second := w.another(t, "Second", sso.Organisation)
		second.says(map[string]any{"email": "eve@corp.test"})
		eve, err := second.come(t, a.Laptop(t))
		if err != nil || eve.User.ID == anna.User.ID {
			t.Errorf("the same subject at another provider is %+v, %v", eve.User, err)
		}
		third := w.another(t, "Third", sso.Organisation)
		r, err := third.come(t, a.Laptop(t))
		if err != nil || r.State != signin.Link {
			t.Errorf("the same subject and address at another provider: %s, %v", r.State, err)
		}
		proveLink(t, a, r) // so that what is unlinked is not the last way in

		me := apptest.Actor(anna)
		a.Confirmed(t, me)
		have, _, err := a.SSO.Linked(t.Context(), me)
		apptest.Must(t, err)
		if len(have) != 2 || have[0].Provider != w.at.ID {
			t.Fatalf("%+v", have)
		}
		apptest.Must(t, a.SSO.Unlink(t.Context(), me, have[0].ID))
		r, err = w.come(t, a.Laptop(t))
		if err != nil || r.State != signin.Link {
			t.Errorf("after it was unlinked: %s, %v", r.State, err)
		}
		w.says(map[string]any{"email_verified": false})
		_, err = w.come(t, a.Laptop(t))
		apptest.Denied(t, "after it was unlinked, with an address that is not verified", err, sallyport.CodeSSOUnknown)
	})
}

// Whatever address an admin types, no connection is made into a network that is not public.
func TestAddressesOfAdmins(t *testing.T) {
	a := apptest.New(t, apptest.Engines[0], store.Options{})
	a.Owner(t)
	me := sallyport.Operator(a.TenantID(t))
	var asked atomic.Int32
	port := listen(t, &asked)
	for _, host := range []string{"127.0.0.1", "[::1]", "localhost", "localhost.", "127.1", "2130706433", "0.0.0.0", "[::ffff:127.0.0.1]", "169.254.169.254"} {
		address := "https://" + host + ":" + port
		began := time.Now()
		for _, protocol := range []string{sso.OpenID, sso.GitHub} {
			at, err := a.SSO.Add(t.Context(), me, sso.Input{Name: token.NewID(), Protocol: protocol, Secret: "secret", Settings: sso.Settings{
				Use: sso.Personal, Issuer: address, ClientID: "client", Provision: sso.ForNobody,
			}})
			if err != nil {
				continue // refused when it was typed
			}
			apptest.Must(t, a.SSO.Switch(t.Context(), me, at.ID, true))
			r, err := a.SignIn.OpenAt(t.Context(), a.Laptop(t), at.ID, "")
			if err == nil { // GitHub is asked for nothing before somebody comes back
				u, _ := url.Parse(r.Away.URL)
				got := url.Values{"code": {"x"}, "state": {u.Query().Get("state")}}
				_, err = a.SignIn.Advance(t.Context(), a.Laptop(t), r.FlowToken, signin.Step{State: signin.Password, Provider: got})
			}
			unreached(t, protocol+" "+address, err)
			apptest.Must(t, a.SSO.Remove(t.Context(), me, at.ID))
		}
		_, _, _, err := a.SSO.ReadAddress(t.Context(), me, address+"/metadata")
		unreached(t, "metadata "+address, err)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: after %v", address, took)
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}

// unreached fails unless a provider was not reached.
func unreached(t *testing.T, what string, err error) {
	t.Helper()
	if sallyport.CodeOf(err) != sallyport.CodeSSOFailed {
		t.Errorf("%s: %v", what, err)
	}
}

// listen counts connections on a port of both loopback addresses, and of IPv6 where there is one.
func listen(t *testing.T, n *atomic.Int32) (port string) {
	t.Helper()
	for _, host := range []string{"127.0.0.1:0", "[::1]:"} {
		l, err := net.Listen("tcp", host+port)
		if err != nil && port != "" {
			t.Logf("without IPv6: %v", err)
			return port
		}
		apptest.Must(t, err)
		t.Cleanup(func() { l.Close() })
		_, port, err = net.SplitHostPort(l.Addr().String())
		apptest.Must(t, err)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				n.Add(1)
				c.Close()
			}
		}()
	}
	return port
}

// The address of metadata may lead to a redirect, which is not followed, wherever it leads.
func TestMetadataElsewhere(t *testing.T) {
	var followed atomic.Int32
	inside := peertest.OnLocalhost().Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	outside := peertest.OnLocalhost().Serve(t, http.RedirectHandler(inside.URL, http.StatusFound))
	fetch := sso.FetchBy(outbound.Client(outbound.Options{AllowPrivate: true, Roots: peertest.OnLocalhost().Roots}))
	if _, err := fetch(t.Context(), outside.URL); err == nil || followed.Load() > 0 {
		t.Errorf("%v, followed %d times", err, followed.Load())
	}
	if _, err := fetch(t.Context(), inside.URL); err != nil || followed.Load() != 1 {
		t.Errorf("%v, so that the test proves nothing", err)
	}
	if _, err := sso.FetchBy(outbound.Client(outbound.Options{}))(t.Context(), inside.URL); err == nil || !strings.Contains(err.Error(), "metadata_unreachable") || followed.Load() != 1 {
		t.Errorf("%v, reached %d times", err, followed.Load())
	}
}
