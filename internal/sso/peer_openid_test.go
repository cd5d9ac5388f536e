package sso_test

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/peertest"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/token"
)

// peer is an organisation with a provider that somebody else wrote, of OpenID Connect or of SAML. Its clock is
// the real one, so that of the application follows it.
type peer struct {
	*apptest.App
	me    sallyport.Actor // the operator
	at    sso.Provider
	in    sso.Input     // that it was made of
	ahead time.Duration // of the application's clock
}

func (p *peer) tick() { p.Clock.Set(time.Now().Add(p.ahead).Truncate(time.Microsecond)) }

// add adds the provider and switches it on. What has to be known of it elsewhere begins with the address.
func (p *peer) add(t *testing.T, in sso.Input) {
	t.Helper()
	var err error
	p.in = in
	p.at, err = p.SSO.Add(t.Context(), p.me, in)
	apptest.Must(t, err)
	apptest.Must(t, p.SSO.Switch(t.Context(), p.me, p.at.ID, true))
	p.at, err = p.SSO.Get(t.Context(), p.me, p.at.ID)
	apptest.Must(t, err)
}

func newPeer(t *testing.T, a *apptest.App) (p *peer, id, address string) {
	t.Helper()
	p = &peer{App: a}
	p.tick()
	a.Owner(t)
	p.me = sallyport.Operator(a.TenantID(t))
	id = token.NewID()
	return p, id, apptest.BaseURL + sso.CallbackPath + id
}

// answer takes an answer to a flow.
func (p *peer) answer(t *testing.T, from signin.From, r signin.Result, got url.Values) error {
	t.Helper()
	_, err := p.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Provider: got})
	return err
}

// live reports whether a session goes on.
func (p *peer) live(t *testing.T, r signin.Result) bool {
	t.Helper()
	v, err := p.DB.Session(t.Context(), p.me.TenantID, r.Session.ID)
	apptest.Must(t, err)
	return v.Status == sallyport.SessionActive
}

// only fails unless exactly these of some sessions go on.
func (p *peer) only(t *testing.T, what string, all, want []signin.Result) {
	t.Helper()
	for i, r := range all {
		goesOn := slices.ContainsFunc(want, func(w signin.Result) bool { return w.Session.ID == r.Session.ID })
		if p.live(t, r) != goesOn {
			t.Errorf("%s: session %d of %d goes on: %v", what, i+1, len(all), !goesOn)
		}
	}
}

// proveLink gives the code that was mailed to the address of an account which is to be linked.
func proveLink(t *testing.T, a *apptest.App, r signin.Result) signin.Result {
	t.Helper()
	if r.State != signin.Link {
		t.Fatalf("the next step is %s", r.State)
	}
	done, err := a.SignIn.Advance(t.Context(), a.Laptop(t), r.FlowToken, signin.Step{State: signin.Link, Answer: mfa.Answer{Code: a.LastCode(t, r.Email)}})
	if err != nil || done.State != signin.Done {
		t.Fatalf("%s, %v", done.State, err)
	}
	return done
}

// failed fails unless an error is CodeSSOFailed for this problem.
func failed(t *testing.T, what string, err error, problem string) {
	t.Helper()
	var e *sallyport.Error
	if !errors.As(err, &e) || e.Code != sallyport.CodeSSOFailed || len(e.Fields) != 1 || e.Fields[0].Args["problem"] != problem {
		t.Errorf("%s: %v %+v, want %s", what, err, e, problem)
	}
}

// oidc is an organisation with the provider of the package oidc-provider.
type oidc struct {
	*peer
	idp *peertest.OpenID
}

func newOIDC(t *testing.T, a *apptest.App) *oidc {
	t.Helper()
	p, id, address := newPeer(t, a)
	w := &oidc{peer: p, idp: peertest.StartOpenID(t, address+"/callback", apptest.BaseURL+sso.SignedOutPath)}
	w.idp.Control(map[string]any{"claims": map[string]any{"email": "ada@corp.test", "email_verified": true, "name": "Ada Byron"}})
	w.reach(5 * time.Second)
	w.add(t, sso.Input{ID: id, Name: "Corp", Protocol: sso.OpenID, Secret: peertest.Secret, Settings: sso.Settings{
		Use: sso.Organisation, Issuer: w.idp.URL, ClientID: "basic", Scopes: []string{"openid", "email", "profile"}, Provision: sso.ForAnybody, EndThere: true,
	}})
	return w
}

// reach makes a new client, which waits this long and knows nothing of the provider yet.
func (w *oidc) reach(patience time.Duration) {
	c := *peertest.OnLocalhost().Client(true)
	c.Timeout = patience
	w.SetProviders(openid.Config{HTTP: &c, Now: w.Clock.Now})
}

// open begins a sign-in and goes through the provider's pages.
func (w *oidc) open(t *testing.T, from signin.From, consent bool) (signin.Result, url.Values) {
	t.Helper()
	w.tick()
	r, err := w.SignIn.OpenAt(t.Context(), from, w.at.ID, "")
	apptest.Must(t, err)
	back := w.idp.Visit(r.Away.URL, "ada", consent)
	if got := back.Scheme + "://" + back.Host + back.Path; got != apptest.BaseURL+sso.CallbackPath+w.at.ID+"/callback" {
		t.Fatalf("the provider sends the browser to %s", back)
	}
	w.tick()
	return r, back.Query()
}

func (w *oidc) come(t *testing.T, from signin.From) (signin.Result, error) {
	t.Helper()
	r, got := w.open(t, from, true)
	return w.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Provider: got})
}

// must comes in.
func (w *oidc) must(t *testing.T, from signin.From) signin.Result {
	t.Helper()
	r, err := w.come(t, from)
	if err != nil || r.State != signin.Done {
		t.Fatalf("%s, %v", r.State, err)
	}
	return r
}

// told is what became of the logout token that the provider sends.
func (w *oidc) told(t *testing.T) (int, error) {
	t.Helper()
	select {
	case text := <-w.idp.Logout:
		w.tick()
		return w.SSO.BackChannel(t.Context(), w.me.TenantID, w.at.ID, text)
	case <-time.After(10 * time.Second):
		t.Fatal("no logout token came")
		return 0, nil
	}
}

// Somebody signs in at oidc-provider, or refuses to let it tell who they are.
func TestPeerOpenIDSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newOIDC(t, a)
		r, got := w.open(t, a.Laptop(t), false)
		failed(t, "consent refused", w.answer(t, a.Laptop(t), r, got), "consent_refused")
		in := w.must(t, a.Laptop(t))
		if u := in.User; u.Email != "ada@corp.test" || u.FirstName != "Ada" || u.LastName != "Byron" || u.EmailVerifiedAt.IsZero() || !w.live(t, in) {
			t.Errorf("%+v", in)
		}
		w.idp.Forget()
		if again := w.must(t, a.Laptop(t)); again.User.ID != in.User.ID || !slices.Contains(w.idp.Asked, "login") {
			t.Errorf("%+v, asked %q", again.User, w.idp.Asked)
		}
	})
}

// Where our session ends, the browser goes on to the provider, and its session there really ends.
func TestPeerOpenIDSignOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newOIDC(t, a)
		w.must(t, a.Laptop(t))
		in := w.must(t, a.Laptop(t))
		if len(w.idp.Asked) > 0 {
			t.Fatalf("asked %q although signed in there, so that the test proves nothing", w.idp.Asked)
		}
		out := a.SSO.EndThere(t.Context(), apptest.Actor(in))
		if out == nil {
			t.Fatal("the browser goes nowhere")
		}
		apptest.Must(t, a.Sessions.SignOut(t.Context(), apptest.Actor(in)))
		if back := w.idp.Visit(out.URL, "", true); back.String() != apptest.BaseURL+sso.SignedOutPath {
			t.Errorf("it comes back to %s", back)
		}
		if n, err := w.told(t); err != nil || n != 1 { // the first one, of the same session there
			t.Errorf("%d ended, %v", n, err)
		}
		w.must(t, a.Laptop(t))
		if !slices.Contains(w.idp.Asked, "login") {
			t.Errorf("the session there goes on: asked %q", w.idp.Asked)
		}
	})
}

// The provider tells of a session that ended there: it takes ours that began in it, and no other of the same person.
func TestPeerOpenIDBackChannel(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newOIDC(t, a)
		u := a.AddUser(t, "ada@corp.test", sallyport.RoleMember)
		w.tick()
		plain := a.SignInAs(t, a.Laptop(t), u.Email)
		a.VerifyAddress(t, apptest.Actor(plain))
		link, err := w.come(t, a.Laptop(t))
		apptest.Must(t, err)
		one := proveLink(t, a, link)
		out := a.SSO.EndThere(t.Context(), apptest.Actor(one))
		w.idp.Forget()
		two := w.must(t, a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone)))
		all := []signin.Result{plain, one, two}
		w.only(t, "before", all, all)
		second := a.SSO.EndThere(t.Context(), apptest.Actor(two))
		w.idp.Visit(second.URL, "", true)
		if n, err := w.told(t); err != nil || n != 1 {
			t.Errorf("%d ended, %v", n, err)
		}
		w.only(t, "after the second", all, all[:2])
		w.idp.Visit(out.URL, "", true) // another browser, which is not signed in there: nobody is signed out
		select {
		case <-w.idp.Logout:
			t.Error("the provider told of a session that this browser does not have")
		case <-time.After(200 * time.Millisecond):
		}
		w.only(t, "after that", all, all[:2])
	})
}

// A provider changes its keys between two sign-ins.
func TestPeerOpenIDKeys(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newOIDC(t, a)
		w.must(t, a.Laptop(t))
		w.idp.Control(map[string]any{"rotate": true})
		_, err := w.come(t, a.Laptop(t))
		failed(t, "in the minute in which keys are not looked for again", err, "key_unknown")
		w.ahead = 61 * time.Second
		w.must(t, a.Laptop(t))
	})
}

// A provider that is down or slow keeps nobody waiting, and is good again when it is back.
func TestPeerOpenIDAway(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newOIDC(t, a)
		from := a.Laptop(t)
		soon := func(what, problem string, do func() error) {
			t.Helper()
			began := time.Now()
			failed(t, what, do(), problem)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%s took %v", what, took)
			}
		}
		r, got := w.open(t, from, true)
		back := func() error { return w.answer(t, from, r, got) }
		w.idp.Control(map[string]any{"down": true})
		soon("down on the way back", "token_unreachable", back)
		w.reach(500 * time.Millisecond)
		ask := func() error {
			_, err := a.SignIn.OpenAt(t.Context(), from, w.at.ID, "")
			return err
		}
		soon("down on the way there", "discovery_unreachable", ask)
		w.idp.Control(map[string]any{"down": false, "slow": 3000})
		w.ahead = 11 * time.Second // what failed is tried again
		w.tick()
		soon("slow on the way there", "discovery_unreachable", ask)
		w.ahead *= 2
		w.idp.Control(map[string]any{"slow": 50})
		r, got = w.open(t, from, true)
		w.idp.Control(map[string]any{"slow": 3000})
		soon("slow on the way back", "token_unreachable", back)
		w.idp.Control(map[string]any{"slow": 50})
		w.must(t, from)
	})
}

// The clocks of both differ.
func TestPeerOpenIDClock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newOIDC(t, a)
		for _, c := range []struct {
			seconds int // that the provider's is ahead
			problem string
		}{{600, "clock"}, {60, ""}, {-60, ""}, {-900, "clock"}} {
			w.idp.Control(map[string]any{"offset": c.seconds})
			w.idp.Forget()
			in, err := w.come(t, a.Laptop(t))
			if c.problem != "" {
				failed(t, time.Duration(c.seconds*1e9).String(), err, c.problem)
			} else if err != nil || in.State != signin.Done {
				t.Errorf("%ds: %+v, %v", c.seconds, in, err)
			}
		}
	})
}
