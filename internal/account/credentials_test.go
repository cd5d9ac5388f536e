package account_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/push"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// held is a credential of a kind that somebody has: how it is used, on any node.
type held func(*apptest.App) sallyport.Code

// kinds gives somebody a credential of each kind of package token. A kind without a row fails the test.
var kinds = map[token.Kind]func(t *testing.T, a *apptest.App, u sallyport.User, app *apptest.Authenticator) held{
	token.Session: func(t *testing.T, a *apptest.App, u sallyport.User, app *apptest.Authenticator) held {
		in := signedIn(t, a, u, app, false)
		return func(n *apptest.App) sallyport.Code { return n.Check(t, in.SessionToken) }
	},
	token.Access: func(t *testing.T, a *apptest.App, u sallyport.User, app *apptest.Authenticator) held {
		in := signedIn(t, a, u, app, true)
		return func(n *apptest.App) sallyport.Code { return n.Check(t, in.SessionToken) }
	},
	token.Refresh: func(t *testing.T, a *apptest.App, u sallyport.User, app *apptest.Authenticator) held {
		text := signedIn(t, a, u, app, true).RefreshToken
		return func(n *apptest.App) sallyport.Code {
			next, err := n.Sessions.Refresh(t.Context(), u.TenantID, text, sallyport.Client{})
			if err == nil {
				text = next.RefreshToken
			}
			return sallyport.CodeOf(err)
		}
	},
	token.APIKey: func(t *testing.T, a *apptest.App, u sallyport.User, _ *apptest.Authenticator) held {
		// An actor without a session needs no step-up.
		m, err := a.APIKeys.Make(t.Context(), sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID}, apikey.Input{Name: "Backup"})
		apptest.Must(t, err)
		return func(n *apptest.App) sallyport.Code {
			_, err := n.APIKeys.Look(t.Context(), u.TenantID, m.Secret)
			return sallyport.CodeOf(err)
		}
	},
	token.Flow: func(t *testing.T, a *apptest.App, u sallyport.User, app *apptest.Authenticator) held {
		from := a.Laptop(t)
		r, err := a.Try(t.Context(), from, u.Email, apptest.Password)
		if err != nil || r.State != signin.Factor {
			t.Fatalf("%s %v", r.State, err)
		}
		return func(n *apptest.App) sallyport.Code {
			a.Clock.Advance(30 * time.Second) // a code works once
			answer := mfa.Answer{Method: sallyport.MethodTOTP, Code: app.Code(t)}
			_, err := n.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Factor, Answer: answer})
			return sallyport.CodeOf(err)
		}
	},
	token.Link: func(t *testing.T, a *apptest.App, u sallyport.User, _ *apptest.Authenticator) held {
		secret := a.MailedLink(t, u, link.Reset, link.About{})
		return func(n *apptest.App) sallyport.Code {
			_, _, err := n.Acts.Linked(t.Context(), link.Mailed{TenantID: u.TenantID, Kind: link.Reset, Secret: secret})
			return sallyport.CodeOf(err)
		}
	},
	token.Pass: func(t *testing.T, a *apptest.App, u sallyport.User, app *apptest.Authenticator) held {
		pass := a.AtApp(t, apptest.Actor(signedIn(t, a, u, app, false)), a.AddApp(t, u.TenantID, "https://"+u.ID+".test", "/* everyone"))
		return func(n *apptest.App) sallyport.Code {
			_, err := n.Sessions.CheckPass(t.Context(), u.TenantID, pass)
			return sallyport.CodeOf(err)
		}
	},
	token.Code: func(t *testing.T, a *apptest.App, u sallyport.User, app *apptest.Authenticator) held {
		at := a.AddApp(t, u.TenantID, "https://code-"+u.ID+".test", "/* everyone")
		actor := apptest.Actor(signedIn(t, a, u, app, false))
		code, secret := "", ""
		return func(n *apptest.App) sallyport.Code {
			if code == "" { // it is good once
				code, secret = a.EnterApp(t, actor, at, "/")
				return ""
			}
			_, err := n.Apps.Exchange(t.Context(), u.TenantID, code, secret)
			return sallyport.CodeOf(err)
		}
	},
	token.Client: nil, // of a service, which is nobody's account
	token.SetUp:  nil, // of an installation that nobody owns
	token.Device: nil, // alone it opens nothing: it is shown beside a proof
}

// signedIn signs somebody in who has an app, in a browser or in an app on a phone.
func signedIn(t *testing.T, a *apptest.App, u sallyport.User, app *apptest.Authenticator, native bool) signin.Result {
	t.Helper()
	from := a.Laptop(t)
	from.Native = native
	r, err := a.Try(t.Context(), from, u.Email, apptest.Password)
	apptest.Must(t, err)
	a.Clock.Advance(30 * time.Second) // a code works once
	r, err = a.PassFactor(t, from, r, sallyport.MethodTOTP, app.Code(t))
	if err != nil || r.State != signin.Done {
		t.Fatalf("%s %v", r.State, err)
	}
	return r
}

// What takes an account from whoever holds its credentials, and the kinds that it leaves, with the reason.
var takings = []struct {
	name   string
	take   func(t *testing.T, a *apptest.App, u sallyport.User) error
	leaves map[token.Kind]string
}{
	{"disabled", func(t *testing.T, a *apptest.App, u sallyport.User) error {
		_, err := a.Accounts.Disable(t.Context(), sallyport.Operator(u.TenantID), u.ID)
		return err
	}, nil},
	{"locked down", func(t *testing.T, a *apptest.App, u sallyport.User) error {
		_, err := a.Accounts.LockdownOf(t.Context(), sallyport.Operator(u.TenantID), u.ID, "")
		return err
	}, nil},
	{"another role", func(t *testing.T, a *apptest.App, u sallyport.User) error {
		_, err := a.Accounts.ChangeRole(t.Context(), sallyport.Operator(u.TenantID), u.ID, sallyport.RoleAdmin)
		return err
	}, map[token.Kind]string{token.Link: "it says who reads the mailbox, whatever their role"}},
	{"password reset", func(t *testing.T, a *apptest.App, u sallyport.User) error {
		m := link.Mailed{TenantID: u.TenantID, Kind: link.Reset, Secret: a.MailedLink(t, u, link.Reset, link.About{})}
		return a.Accounts.ResetPassword(t.Context(), m, "Another-Horse-97 Battery", "Another-Horse-97 Battery")
	}, nil},
}

// Every kind of credential is refused on its next use, on every node and after a restart, when its
// account was disabled, locked down, given another role or another password.
func TestEveryCredentialIsRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		other := a.Node(t, store.Options{})
		for _, row := range token.Kinds {
			if _, ok := kinds[row.Kind]; !ok {
				t.Errorf("%s: nobody knows when it is refused: add it to the table of kinds", row.Name)
			}
		}
		for _, taking := range takings {
			u := a.AddUser(t, token.NewID()+"@corp.test", sallyport.RoleMember)
			app := a.AddTOTP(t, apptest.Actor(a.SignInAs(t, a.Laptop(t), u.Email)))
			all := map[string]held{}
			for _, row := range token.Kinds {
				if make := kinds[row.Kind]; make != nil && taking.leaves[row.Kind] == "" {
					all[row.Name] = make(t, a, u, app)
				}
			}
			for name, use := range all {
				if code := use(a); name != "flow" && code != "" {
					t.Fatalf("%s before: %s", name, code)
				}
			}
			all["flow"] = kinds[token.Flow](t, a, u, app) // it was used up
			apptest.Must(t, taking.take(t, a, u))
			restarted := a.Node(t, store.Options{})
			for name, use := range all {
				for on, node := range map[string]*apptest.App{"this node": a, "another": other, "after a restart": restarted} {
					if code := use(node); code == "" {
						t.Errorf("%s: %s still works on %s", taking.name, name, on)
					}
				}
			}
		}
	})
}

// A key sleeps while its user is disabled, and wakes with them; one that was made by somebody else in
// the account is revoked by "This wasn't me".
func TestKeysSleepAndAreTakenBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		op := sallyport.Operator(owner.TenantID)
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		use := kinds[token.APIKey](t, a, u, nil)
		_, err := a.Accounts.Disable(t.Context(), op, u.ID)
		apptest.Must(t, err)
		if code := use(a); code != sallyport.CodeAccountDisabled {
			t.Errorf("asleep: %q", code)
		}
		apptest.Must(t, a.Accounts.Enable(t.Context(), op, u.ID))
		if code := use(a); code != "" {
			t.Errorf("awake: %q", code)
		}

		from := a.From(t, apptest.Client("198.51.100.9", apptest.ChromeOnMac))
		thief := a.SignInAs(t, from, u.Email)
		a.StepUp(t, apptest.After(from, thief), apptest.Actor(thief), sallyport.StepUp{Act: string(policy.ManageAPIKeys), Password: true, Within: 10 * time.Minute}, nil)
		m, err := a.APIKeys.Make(t.Context(), apptest.Actor(thief), apikey.Input{Name: "Theirs"})
		apptest.Must(t, err)
		secret := a.MailedLink(t, u, link.NotMe, link.About{SessionID: thief.Session.ID})
		_, err = a.Accounts.NotMe(t.Context(), link.Mailed{TenantID: u.TenantID, Kind: link.NotMe, Secret: secret})
		apptest.Must(t, err)
		k, err := a.DB.APIKey(t.Context(), u.TenantID, m.ID)
		if err != nil || k.EndedAt.IsZero() || k.EndReason != act.ReasonNotMe {
			t.Errorf("%+v %v", k, err)
		}
	})
}

// A browser that somebody else in the account subscribed is told no more after "This wasn't me".
func TestPushIsTakenBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		key, err := ecdh.P256().GenerateKey(rand.Reader)
		apptest.Must(t, err)
		encode := base64.RawURLEncoding.EncodeToString
		thief := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.9", apptest.ChromeOnMac)), u.Email)
		s, err := a.Push.Subscribe(t.Context(), apptest.Actor(thief), push.Input{
			Endpoint: "https://push.example.com/x", P256dh: encode(key.PublicKey().Bytes()), Auth: encode(make([]byte, 16)),
		})
		apptest.Must(t, err)
		secret := a.MailedLink(t, u, link.NotMe, link.About{SessionID: thief.Session.ID})
		done, err := a.Accounts.NotMe(t.Context(), link.Mailed{TenantID: u.TenantID, Kind: link.NotMe, Secret: secret})
		apptest.Must(t, err)
		if !slices.ContainsFunc(done.TakenBack, func(e sallyport.Event) bool { return e.Kind == string(audit.PushSubscribed) }) {
			t.Errorf("it is not said: %+v", done.TakenBack)
		}
		if _, err := a.DB.PushSubscription(t.Context(), u.TenantID, s.ID); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Error(err)
		}
	})
}
