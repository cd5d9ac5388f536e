package sso_test

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/sso"
)

// world is an organisation with a provider.
type world struct {
	*apptest.App
	idp *apptest.Provider
	me  sallyport.Actor // the operator
	at  sso.Provider
}

func newWorld(t *testing.T, a *apptest.App, change func(*sso.Input)) *world {
	t.Helper()
	a.Owner(t)
	w := &world{App: a, me: sallyport.Operator(a.TenantID(t))}
	w.idp = a.NewProvider(t)
	w.idp.Claims = map[string]any{"sub": "u-1", "email": "anna@corp.test", "email_verified": true, "name": "Anna Lee Brandt"}
	in := sso.Input{Name: "Corp", Protocol: sso.OpenID, Secret: apptest.ClientSecret, Settings: sso.Settings{
		Use: sso.Organisation, Button: true, Issuer: w.idp.Issuer, ClientID: apptest.ClientID, Scopes: []string{"openid", "email"}, Provision: sso.ForAnybody,
	}}
	in.Claims.Groups = "groups"
	if change != nil {
		change(&in)
	}
	var err error
	w.at, err = a.SSO.Add(t.Context(), w.me, in)
	apptest.Must(t, err)
	apptest.Must(t, a.SSO.Switch(t.Context(), w.me, w.at.ID, true))
	w.at, err = a.SSO.Get(t.Context(), w.me, w.at.ID)
	apptest.Must(t, err)
	return w
}

// open begins a sign-in at the provider, and returns what the browser brings back.
func (w *world) open(t *testing.T, from signin.From) (signin.Result, url.Values) {
	t.Helper()
	r, err := w.SignIn.OpenAt(t.Context(), from, w.at.ID, "")
	apptest.Must(t, err)
	return r, w.idp.SignIn(r.Away.URL)
}

func (w *world) come(t *testing.T, from signin.From) (signin.Result, error) {
	t.Helper()
	r, got := w.open(t, from)
	return w.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Provider: got})
}

func (w *world) says(more map[string]any) { maps.Copy(w.idp.Claims, more) }

// Who signs in for the first time gets an account; the second time it is the same one, whatever their address
// is by then.
func TestSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		first, err := w.come(t, a.Laptop(t))
		apptest.Must(t, err)
		u := first.User
		if first.State != signin.Done || u.Email != "anna@corp.test" || u.FirstName != "Anna" || u.LastName != "Lee Brandt" || u.Role != sallyport.RoleMember || u.EmailVerifiedAt.IsZero() {
			t.Errorf("%+v", first)
		}
		w.says(map[string]any{"email": "anna.brandt@corp.test"})
		again, err := w.come(t, a.Laptop(t))
		if err != nil || again.User.ID != u.ID || again.User.Email != u.Email {
			t.Errorf("%+v, %v", again.User, err)
		}
		w.says(map[string]any{"sub": "u-2"})
		other, err := w.come(t, a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone)))
		if err != nil || other.User.ID == u.ID || other.User.Email != "anna.brandt@corp.test" {
			t.Errorf("another subject: %+v, %v", other.User, err)
		}
		if n := a.Count(t); n[audit.UserCreated] != 3 || n[audit.IdentityLinked] != 2 {
			t.Errorf("%v", n)
		}
	})
}

// An answer is good once, in the browser that asked, and for what it asked.
func TestAnswersOfOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		mine, got := w.open(t, a.Laptop(t))
		thief := a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone))
		theirs, _ := w.open(t, thief)
		_, err := a.SignIn.Advance(t.Context(), thief, theirs.FlowToken, signin.Step{State: signin.Password, Provider: got})
		apptest.Denied(t, "in another browser", err, sallyport.CodeSSOFailed)
		codes := apptest.AtOnce(8, func(int) error {
			_, err := a.SignIn.Advance(t.Context(), a.Laptop(t), mine.FlowToken, signin.Step{State: signin.Password, Provider: got})
			return err
		})
		if codes[""] != 1 {
			t.Errorf("%v", codes)
		}
		plain, err := a.SignIn.Open(t.Context(), thief, apptest.OwnerEmail)
		apptest.Must(t, err)
		_, err = a.SignIn.Advance(t.Context(), thief, plain.FlowToken, signin.Step{State: signin.Password, Provider: got})
		apptest.Denied(t, "where nothing was asked", err, sallyport.CodeFlowExpired)
	})
}

// An account that was there before is never taken by its address alone.
func TestLinkingAnAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		u := a.AddUser(t, "anna@corp.test", sallyport.RoleMember)
		for _, verified := range []any{false, "true", "false", 1, nil} {
			w.says(map[string]any{"email_verified": verified})
			_, err := w.come(t, a.Laptop(t))
			apptest.Denied(t, "an address that is not verified", err, sallyport.CodeSSOUnknown)
		}
		w.says(map[string]any{"email_verified": true})
		a.Mails(t)
		r, err := w.come(t, a.Laptop(t))
		if err != nil || r.State != signin.Link || r.At != "Corp" {
			t.Fatalf("%+v, %v", r, err)
		}
		mails := a.Mails(t)
		if len(mails) != 1 || mails[0].Kind != notify.LinkCode || mails[0].To != u.Email {
			t.Fatalf("%+v", mails)
		}
		try := func(code string) (signin.Result, error) {
			return a.SignIn.Advance(t.Context(), a.Laptop(t), r.FlowToken, signin.Step{State: signin.Link, Answer: mfa.Answer{Code: code}})
		}
		_, err = try("000000")
		apptest.Denied(t, "a wrong code", err, sallyport.CodeMFAFailed)
		done, err := try(a.LastCode(t, u.Email))
		if err != nil || done.State != signin.Done || done.User.ID != u.ID {
			t.Fatalf("%+v, %v", done, err)
		}
		if mails := a.Mails(t); !slices.ContainsFunc(mails, func(m *notify.Message) bool { return m.Kind == notify.IdentityLinked }) {
			t.Error("nobody was told")
		}
		again, err := w.come(t, a.Laptop(t))
		if err != nil || again.State != signin.Done || again.User.ID != u.ID {
			t.Errorf("%+v, %v", again, err)
		}
	})
}

// Rules say who comes in and as what; nobody becomes an owner by them.
func TestRules(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, func(in *sso.Input) {
			in.Admits = []sso.Match{{Value: "staff"}, {Attribute: "hd", Value: "corp.test"}}
			in.Roles = []sso.RoleRule{{Match: sso.Match{Value: "admins"}, Role: sallyport.RoleAdmin}, {Match: sso.Match{Value: "staff"}, Role: sallyport.RoleMember}}
		})
		_, err := w.come(t, a.Laptop(t))
		apptest.Denied(t, "in no group", err, sallyport.CodeSSORefused)
		w.says(map[string]any{"groups": []string{"staff", "admins"}})
		first, err := w.come(t, a.Laptop(t))
		if err != nil || first.User.Role != sallyport.RoleAdmin {
			t.Fatalf("%+v, %v", first.User, err)
		}
		w.says(map[string]any{"groups": []string{"staff"}})
		phone := a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone))
		if _, err := w.come(t, phone); err != nil {
			t.Fatal(err)
		}
		if u, err := a.DB.User(t.Context(), first.User.TenantID, first.User.ID); err != nil || u.Role != sallyport.RoleMember {
			t.Errorf("%+v, %v", u.Role, err)
		}
		w.says(map[string]any{"groups": []string{}})
		_, err = w.come(t, phone)
		apptest.Denied(t, "thrown out of the group", err, sallyport.CodeSSORefused)
		if v, err := a.DB.Session(t.Context(), first.User.TenantID, first.Session.ID); err != nil || v.Status != sallyport.SessionRevoked {
			t.Errorf("the session goes on: %s, %v", v.Status, err)
		}
	})
}

// A session ends when its user signs out at the provider: that one and no other.
func TestBackChannel(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		w.says(map[string]any{"sid": "s-1"})
		one, err := w.come(t, a.Laptop(t))
		apptest.Must(t, err)
		w.says(map[string]any{"sid": "s-2"})
		two, err := w.come(t, a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone)))
		apptest.Must(t, err)
		live := func(id string) bool {
			v, err := a.DB.Session(t.Context(), w.me.TenantID, id)
			apptest.Must(t, err)
			return v.Status == sallyport.SessionActive
		}
		out := w.idp.LogoutToken(map[string]any{"sid": "s-1", "sub": "u-1"})
		n, err := a.SSO.BackChannel(t.Context(), w.me.TenantID, w.at.ID, out)
		if err != nil || n != 1 || live(one.Session.ID) || !live(two.Session.ID) {
			t.Errorf("%d ended, %v", n, err)
		}
		_, err = a.SSO.BackChannel(t.Context(), w.me.TenantID, w.at.ID, out)
		apptest.Denied(t, "once more", err, sallyport.CodeSSOFailed)
		_, err = a.SSO.BackChannel(t.Context(), w.me.TenantID, w.at.ID, w.idp.LogoutToken(map[string]any{"sub": "u-2", "nonce": "n"}))
		apptest.Denied(t, "with a nonce", err, sallyport.CodeSSOFailed)
		if n, err := a.SSO.BackChannel(t.Context(), w.me.TenantID, w.at.ID, w.idp.LogoutToken(map[string]any{"sub": "u-2"})); err != nil || n != 0 || !live(two.Session.ID) {
			t.Errorf("somebody else's: %d ended, %v", n, err)
		}
		if n, err := a.SSO.BackChannel(t.Context(), w.me.TenantID, w.at.ID, w.idp.LogoutToken(map[string]any{"sub": "u-1"})); err != nil || n != 1 || live(two.Session.ID) {
			t.Errorf("all of a subject: %d ended, %v", n, err)
		}
	})
}

// Where policy requires single sign-on, no password opens anything, and none is set.
func TestRequired(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		u := a.AddUser(t, "bo@corp.test", sallyport.RoleMember)
		pending, err := a.SignIn.Open(t.Context(), a.Laptop(t), u.Email)
		apptest.Must(t, err)
		a.SetPolicy(func(p *sallyport.Policy) { p.SSORequired = true })
		_, err = a.Try(t.Context(), a.Laptop(t), u.Email, apptest.Password)
		apptest.Denied(t, "a password", err, sallyport.CodeSSORequired)
		_, err = a.Advance(t.Context(), a.Laptop(t), pending.FlowToken, apptest.Password)
		apptest.Denied(t, "in a sign-in under way", err, sallyport.CodeSSORequired)
		apptest.Denied(t, "a new password by mail", a.Accounts.RequestReset(t.Context(), w.me.TenantID, apptest.Client("192.0.2.1", apptest.ChromeOnMac), u.Email), sallyport.CodeSSORequired)
		if _, err := w.come(t, a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone))); err != nil {
			t.Errorf("at the provider: %v", err)
		}
	})
}

// A domain counts when the DNS says that it is the organisation's, and leads its people to their provider.
func TestDomains(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, func(in *sso.Input) { in.Provision = sso.ForDomains })
		_, err := w.come(t, a.Laptop(t))
		apptest.Denied(t, "without a domain", err, sallyport.CodeSSOUnknown)
		d, err := a.SSO.AddDomain(t.Context(), w.me, w.at.ID, " Corp.TEST ")
		apptest.Must(t, err)
		if d.Domain != "corp.test" || !d.ProvenAt.IsZero() || d.RecordName != "_sallyport-challenge.corp.test" {
			t.Errorf("%+v", d)
		}
		_, err = a.SSO.ProveDomain(t.Context(), w.me, "corp.test")
		apptest.Denied(t, "without a record", err, sallyport.CodeInvalid)
		_, err = w.come(t, a.Laptop(t))
		apptest.Denied(t, "before it is proven", err, sallyport.CodeSSOUnknown)
		a.SetNames(apptest.Names{d.RecordName: {"v=spf1 -all", d.Record}})
		if d, err = a.SSO.ProveDomain(t.Context(), w.me, "corp.test"); err != nil || d.ProvenAt.IsZero() {
			t.Fatalf("%+v, %v", d, err)
		}
		if _, err := w.come(t, a.Laptop(t)); err != nil {
			t.Errorf("after that: %v", err)
		}
		w.says(map[string]any{"sub": "u-9", "email": "eve@evil.test"})
		_, err = w.come(t, a.Laptop(t))
		apptest.Denied(t, "of another domain", err, sallyport.CodeSSOUnknown)
		if p, err := a.SSO.ForAddress(t.Context(), w.me.TenantID, "x@corp.test"); err != nil || p.ID != w.at.ID {
			t.Errorf("%+v, %v", p.ID, err)
		}
		if _, err := a.SSO.ForAddress(t.Context(), w.me.TenantID, "x@sub.corp.test"); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("a domain below it: %v", err)
		}
	})
}

// People link an account of theirs, sign in with it, and unlink it; never the last way in, and never what is
// somebody else's.
func TestOwnAccounts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, func(in *sso.Input) { in.Use = sso.Personal })
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		_, err := w.come(t, a.Laptop(t))
		apptest.Denied(t, "before it is linked", err, sallyport.CodeSSOUnknown)
		u := a.AddUser(t, "bo@corp.test", sallyport.RoleMember)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), u.Email))
		_, err = a.SSO.AskLink(t.Context(), me, w.at.ID)
		apptest.Denied(t, "without a step-up", err, sallyport.CodeStepUp)
		a.Confirmed(t, me)
		link := func(me sallyport.Actor) error {
			a.Clock.Advance(time.Second)
			out, err := a.SSO.AskLink(t.Context(), me, w.at.ID)
			apptest.Must(t, err)
			got := w.idp.SignIn(out.URL)
			other := me
			other.SessionID = "another"
			_, err = a.SSO.Return(t.Context(), other, w.at.ID, got)
			apptest.Denied(t, "in another session", err, sallyport.CodeFlowExpired)
			codes := apptest.AtOnce(8, func(int) error { _, err := a.SSO.Return(t.Context(), me, w.at.ID, got); return err })
			if codes[""]+codes[sallyport.CodeConflict] != 1 || codes[sallyport.CodeFlowExpired] != 7 {
				t.Errorf("%v", codes)
			}
			if codes[sallyport.CodeConflict] > 0 {
				return sallyport.ErrConflict
			}
			return nil
		}
		apptest.Must(t, link(me))
		have, more, err := a.SSO.Linked(t.Context(), me)
		if err != nil || len(have) != 1 || len(more) != 0 || have[0].Email != "anna@corp.test" || have[0].OnlyWayIn {
			t.Fatalf("%+v %+v %v", have, more, err)
		}
		phone := a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone))
		if in, err := w.come(t, phone); err != nil || in.User.ID != u.ID {
			t.Errorf("%+v, %v", in.User, err)
		}
		stranger := a.AddUser(t, "eve@corp.test", sallyport.RoleMember)
		eve := apptest.Actor(a.SignInAs(t, phone, stranger.Email))
		a.Confirmed(t, eve)
		if err := link(eve); err == nil {
			t.Error("somebody else's account was linked")
		}
		apptest.Denied(t, "unlinking somebody else's", a.SSO.Unlink(t.Context(), eve, have[0].ID), sallyport.CodeNotFound)
		apptest.Must(t, a.SSO.Unlink(t.Context(), me, have[0].ID))
		_, err = w.come(t, phone)
		apptest.Denied(t, "after it was unlinked", err, sallyport.CodeSSOUnknown)
	})
}

// The last way in stays: an identity at a provider that is off, or that does not count, is none.
func TestLastWayIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		in, err := w.come(t, a.Laptop(t))
		apptest.Must(t, err)
		me, operator := apptest.Actor(in), sallyport.Operator(a.TenantID(t))
		a.Confirmed(t, me)
		second, err := a.SSO.Add(t.Context(), operator, sso.Input{Name: "Second", Protocol: sso.OpenID, Secret: apptest.ClientSecret, Settings: sso.Settings{
			Use: sso.Personal, Issuer: w.idp.Issuer, ClientID: apptest.ClientID, Scopes: []string{"openid"}, Provision: sso.ForNobody,
		}})
		apptest.Must(t, err)
		apptest.Must(t, a.SSO.Switch(t.Context(), operator, second.ID, true))
		out, err := a.SSO.AskLink(t.Context(), me, second.ID)
		apptest.Must(t, err)
		_, err = a.SSO.Return(t.Context(), me, second.ID, w.idp.SignIn(out.URL))
		apptest.Must(t, err)
		last := ""
		only := func() (names []string) {
			have, _, err := a.SSO.Linked(t.Context(), me)
			apptest.Must(t, err)
			for _, l := range have {
				if l.OnlyWayIn {
					names = append(names, l.Name)
					last = l.ID
				}
			}
			return names
		}
		for _, c := range []struct {
			what   string
			change func()
			only   string
		}{
			{"two", func() {}, ""},
			{"the second does not count", func() { a.SetPolicy(func(p *sallyport.Policy) { p.SSORequired = true }) }, "Corp"},
			{"which is held to", func() {
				apptest.Denied(t, "the last", a.SSO.Unlink(t.Context(), me, last), sallyport.CodeConflict)
			}, "Corp"},
			{"and a passkey of a member neither", func() { a.AddPasskey(t, me) }, "Corp"},
			{"as it does here", func() { a.SetPolicy(func(p *sallyport.Policy) { p.SSORequired = false }) }, ""},
		} {
			c.change()
			if got := strings.Join(only(), ","); got != c.only {
				t.Errorf("%s: %q, want %q", c.what, got, c.only)
			}
		}
	})
}

// In a step-up the provider proves anew who it is, and says when it did.
func TestStepUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		from := a.Laptop(t)
		in, err := w.come(t, from)
		apptest.Must(t, err)
		from = apptest.After(from, in)
		me := apptest.Actor(in)
		a.Clock.Advance(11 * time.Minute)
		ask := sallyport.StepUp{Act: "end_device", Password: true, Within: 10 * time.Minute}
		prove := func() (signin.Result, error) {
			r, err := a.SignIn.OpenStepUp(t.Context(), from, me, ask)
			if err != nil {
				return r, err
			}
			if r, err = a.SignIn.AskAt(t.Context(), from, r.FlowToken, "", w.at.ID); err != nil {
				return r, err
			}
			u, err := url.Parse(r.Away.URL)
			if err != nil || u.Query().Get("prompt") != "login" || u.Query().Get("max_age") != "0" {
				t.Errorf("asked %s", r.Away.URL)
			}
			return a.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Provider: w.idp.SignIn(r.Away.URL)})
		}
		w.says(map[string]any{"auth_time": a.Clock.Now().Add(-time.Hour).Unix()})
		_, err = prove()
		apptest.Denied(t, "proven an hour ago", err, sallyport.CodeSSOFailed)
		w.says(map[string]any{"auth_time": a.Clock.Now().Unix(), "sub": "u-2"})
		_, err = prove()
		apptest.Denied(t, "by somebody else", err, sallyport.CodeSSOUnknown)
		w.says(map[string]any{"sub": "u-1"})
		done, err := prove()
		if err != nil || done.State != signin.Done || done.Session.ID != in.Session.ID || !done.Session.AuthenticatedAt.Equal(a.Clock.Now()) {
			t.Errorf("%+v, %v", done.Session, err)
		}
	})
}

// What the provider has seen counts as a second factor where the organisation trusts it in that, and in no other case.
func TestVouching(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, func(in *sso.Input) { in.Vouches = []string{"amr:mfa", "acr:https://refeds.org/profile/mfa"} })
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		state := func(more map[string]any) signin.State {
			delete(w.idp.Claims, "amr")
			delete(w.idp.Claims, "acr")
			w.says(more)
			r, err := w.come(t, a.Laptop(t))
			apptest.Must(t, err)
			if r.State == signin.Done && r.Session.MFAMethod != sallyport.MethodProvider {
				t.Errorf("%+v", r.Session)
			}
			return r.State
		}
		for _, tt := range []struct {
			says map[string]any
			want signin.State
		}{
			{nil, signin.Enrol},
			{map[string]any{"amr": []string{"pwd"}}, signin.Enrol},
			{map[string]any{"acr": "mfa"}, signin.Enrol},
			{map[string]any{"amr": []string{"pwd", "mfa"}}, signin.Done},
			{map[string]any{"acr": "https://refeds.org/profile/mfa"}, signin.Done},
		} {
			if got := state(tt.says); got != tt.want {
				t.Errorf("%v: %s, want %s", tt.says, got, tt.want)
			}
		}
	})
}

// The provider of another organisation signs nobody in here.
func TestOtherOrganisations(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		other := a.AddTenant(t, "other.test")
		from := a.Visitor(other.ID, apptest.Client("192.0.2.10", apptest.ChromeOnMac))
		_, err := a.SignIn.OpenAt(t.Context(), from, w.at.ID, "")
		apptest.Denied(t, "asking", err, sallyport.CodeNotFound)
		r, got := w.open(t, a.Laptop(t))
		_, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Provider: got})
		apptest.Denied(t, "answering", err, sallyport.CodeFlowExpired)
		_, err = a.SSO.BackChannel(t.Context(), other.ID, w.at.ID, w.idp.LogoutToken(map[string]any{"sub": "u-1"}))
		apptest.Denied(t, "signing out", err, sallyport.CodeNotFound)
		apptest.Must(t, a.SSO.Switch(t.Context(), w.me, w.at.ID, false))
		_, err = a.SignIn.Advance(t.Context(), a.Laptop(t), r.FlowToken, signin.Step{State: signin.Password, Provider: got})
		apptest.Denied(t, "one that was switched off meanwhile", err, sallyport.CodeFlowExpired)
	})
}
