package signin_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

var askBoth = sallyport.StepUp{Act: string(policy.RemoveFactor), Password: true, Factor: true}

func stepUp(t *testing.T, a *apptest.App, from signin.From, in signin.Result, ask sallyport.StepUp) signin.Result {
	t.Helper()
	r, err := a.SignIn.OpenStepUp(t.Context(), from, apptest.Actor(in), ask)
	if err != nil || r.FlowToken == "" || r.SessionToken != "" {
		t.Fatalf("%+v %v", r, err)
	}
	return r
}

// A step-up gives the session a new token, which every node knows at once, and changes no
// other session.
func TestStepUpRotatesTheToken(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := a.Node(t, store.Options{})
		p := equipped(t, a, userEmail, totp)
		other := goesOn(t, a, visitor(t, a), atFactor(t, a, visitor(t, a), userEmail), withCode(totp, p.app.Code(t)), signin.Done)
		for _, node := range []*apptest.App{a, b} { // both know the session already
			if code := node.Check(t, p.home.Session); code != "" {
				t.Fatal(code)
			}
		}
		a.Clock.Advance(time.Hour)
		before := a.Count(t)
		r := stepUp(t, a, p.home, p.in, askBoth)
		if r.State != signin.Password || !r.HasPassword || len(r.Choices) != 0 {
			t.Errorf("%+v", r)
		}
		// Strength: the password alone changes nothing, nor a factor before its turn.
		refused(t, a, p.home, r.FlowToken, withCode(totp, p.app.Code(t)), sallyport.CodeFlowMismatch)
		refusedFor(t, a, "a wrong password", p.home, r, withPassword("wrong"), "invalid_credentials")
		r = goesOn(t, a, p.home, r, withPassword(apptest.Password), signin.Factor)
		if code := a.Check(t, p.home.Session); code != "" {
			t.Errorf("after half a step-up: %q", code)
		}
		if v, _ := a.DB.Session(t.Context(), p.user.TenantID, p.in.Session.ID); v.SteppedUpFor == askBoth.Act || v.AuthenticatedAt.Equal(a.Clock.Now()) {
			t.Error("half a step-up counts")
		}
		done := goesOn(t, a, p.home, r, withCode(totp, p.app.Code(t)), signin.Done)
		now := a.Clock.Now()
		if v := done.Session; v.ID != p.in.Session.ID || !v.SteppedUpAt.Equal(now) || v.SteppedUpFor != askBoth.Act || !v.AuthenticatedAt.Equal(now) || !v.MFAVerifiedAt.Equal(now) || v.MFAMethod != totp || !v.ExpiresAt.Equal(p.in.Session.ExpiresAt) {
			t.Errorf("%+v", v)
		}
		if done.DeviceToken != "" || done.SessionToken == p.home.Session {
			t.Errorf("tokens %q %q", done.DeviceToken, done.SessionToken)
		}
		for name, node := range map[string]*apptest.App{"this node": a, "another node": b} {
			for what, tt := range map[string]struct {
				token string
				want  sallyport.Code
			}{"the former token": {p.home.Session, sallyport.CodeNotSignedIn}, "the new one": {done.SessionToken, ""}, "another session": {other.SessionToken, ""}} {
				if got := node.Check(t, tt.token); got != tt.want {
					t.Errorf("%s on %s: %q, want %q", what, name, got, tt.want)
				}
			}
		}
		after := a.Count(t)
		for kind, want := range map[audit.Kind]int{audit.SteppedUp: 1, audit.SignedIn: 0, audit.ReauthFailed: 1, audit.SignInFailed: 0} {
			if n := after[kind] - before[kind]; n != want {
				t.Errorf("%d events %s, want %d", n, kind, want)
			}
		}
		refused(t, a, p.home, r.FlowToken, withCode(totp, nextCode(t, a, p)), flowOver) // the flow is over
		// When nothing is missing no flow opens.
		home := p.home
		home.Session = done.SessionToken
		if _, err := a.SignIn.OpenStepUp(t.Context(), home, apptest.Actor(p.in), sallyport.StepUp{Act: "x"}); sallyport.CodeOf(err) != sallyport.CodeConflict {
			t.Errorf("a step-up for nothing: %v", err)
		}
	})
}

// A step-up belongs to one live session and to the holder of its token.
func TestStepUpBelongsToItsSession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail)
		olga := equipped(t, a, "olga@corp.test")
		password := sallyport.StepUp{Act: string(policy.RemoveFactor), Password: true}
		phone := a.From(t, apptest.Client("198.51.100.9", apptest.SafariOnIPhone))
		second := apptest.After(phone, a.SignInAs(t, phone, userEmail))
		bare := p.home
		bare.Session = ""
		native := p.home
		native.Native = true
		tenant := a.AddTenant(t, "other.test")
		foreign := p.home
		foreign.TenantID = tenant.ID
		r := stepUp(t, a, p.home, p.in, password)
		for what, from := range map[string]signin.From{
			"another session of theirs": second, "another user": olga.home, "nobody": bare, "an app's client": native, "another organisation": foreign,
			"a sign-in's token for a session": {TenantID: p.user.TenantID, Client: p.home.Client, Session: r.FlowToken},
		} {
			refusedFor(t, a, what, from, r, withPassword(apptest.Password), string(flowOver))
			if _, err := a.SignIn.Look(t.Context(), from, r.FlowToken); sallyport.CodeOf(err) != flowOver {
				t.Errorf("%s looks at it: %v", what, err)
			}
			if from.TenantID != p.user.TenantID {
				continue
			}
			if _, err := a.SignIn.OpenStepUp(t.Context(), from, apptest.Actor(p.in), password); from.Session != p.home.Session && sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
				t.Errorf("%s opens one: %v", what, err)
			}
		}
		if _, err := a.SignIn.OpenStepUp(t.Context(), p.home, sallyport.Operator(p.user.TenantID), password); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
			t.Errorf("for somebody without a session: %v", err)
		}
		// A flow of one kind does not work as the other.
		sign := open(t, a, bare, userEmail)
		in := goesOn(t, a, p.home, sign, withPassword(apptest.Password), signin.Done) // a sign-in stays a sign-in, even inside a session
		if in.Session.ID == p.in.Session.ID || !in.Session.SteppedUpAt.IsZero() {
			t.Errorf("%+v", in.Session)
		}
		refusedFor(t, a, "its session was replaced by a sign-in", p.home, r, withPassword(apptest.Password), string(flowOver))
		if code := a.Check(t, r.FlowToken); code != sallyport.CodeNotSignedIn {
			t.Errorf("the flow's token as a session's: %q", code)
		}

		// What ends the session, or the user, ends it.
		for what, end := range map[string]func(p *person) error{
			"signed out": func(p *person) error { return a.Sessions.SignOut(t.Context(), apptest.Actor(p.in)) },
			"suspended": func(p *person) error {
				return a.Sessions.Suspend(t.Context(), sallyport.Operator(p.user.TenantID), p.in.Session.ID)
			},
			"disabled": func(p *person) error {
				_, err := a.Accounts.Disable(t.Context(), sallyport.Operator(p.user.TenantID), p.user.ID)
				return err
			},
			"ten minutes": func(*person) error { a.Clock.Advance(signin.FlowLifetime); return nil },
			"the password was changed": func(p *person) error {
				_, err := a.ChangePassword(t.Context(), apptest.Actor(p.in), apptest.Password, "Twelve-wide rivers 88")
				return err
			},
		} {
			q := equipped(t, a, letters(what)+"@corp.test")
			r := stepUp(t, a, q.home, q.in, password)
			before := len(a.Attempts(t))
			if err := end(q); err != nil {
				t.Fatal(err)
			}
			refusedFor(t, a, what, q.home, r, withPassword(apptest.Password), string(flowOver))
			if n := len(a.Attempts(t)); n != before {
				t.Errorf("%s: %d attempts to sign in", what, n-before)
			}
		}
	})
}

// After a backup code in a step-up no device is recognised; the session stays.
func TestStepUpWithABackupCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		r := goesOn(t, a, p.home, stepUp(t, a, p.home, p.in, askBoth), withPassword(apptest.Password), signin.Factor)
		done := goesOn(t, a, p.home, r, withCode(backup, p.codes[0]), signin.Done)
		if a.Check(t, done.SessionToken) != "" || done.Session.MFAMethod != backup || done.Used == nil || done.Used.Left != len(p.codes)-1 {
			t.Errorf("%+v", done)
		}
		p.home.Session = ""
		if in := goesOn(t, a, p.home, atFactor(t, a, p.home, userEmail), withCode(totp, nextCode(t, a, p)), signin.Done); in.DeviceToken == "" {
			t.Error("the device is still known")
		}
	})
}
