package signin_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

const better = "Eleven-low arches 17"

func choose(password string) signin.Step {
	return signin.Step{State: signin.ChangePassword, NewPassword: password, Confirm: password}
}

// mustChange signs in with Password and returns the flow, which must ask for a
// new one.
func mustChange(t *testing.T, a *apptest.App, from signin.From, email string) signin.Result {
	t.Helper()
	r, err := a.Try(t.Context(), from, email, apptest.Password)
	if err != nil || r.State != signin.ChangePassword || r.FlowToken == "" || r.SessionToken != "" || r.DeviceToken != "" {
		t.Fatalf("the next step: %+v, %v", r, err)
	}
	return r
}

// A sign-in with a breached password must choose a good one first. The sessions of the
// breached one end, and the owner is told by mail.
func TestBreachedPasswordMustGo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		elsewhere := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), userEmail)
		a.SetBreached(t, apptest.Password, "Under-the 7 tall willows")
		from := a.Laptop(t)
		r := mustChange(t, a, from, userEmail)
		if n := len(liveSessions(t, a, u.ID)); n != 1 {
			t.Errorf("%d sessions before the change", n)
		}

		// An unfinished sign-in gives no access and takes no other step.
		if code := a.Check(t, r.FlowToken); code == "" {
			t.Error("a flow token is a session")
		}
		for _, state := range []signin.State{signin.Done, signin.Factor, signin.Device, signin.Enrol, signin.Password, ""} {
			refused(t, a, from, r.FlowToken, signin.Step{State: state, Password: apptest.Password, NewPassword: better, Confirm: better}, sallyport.CodeFlowMismatch)
		}
		native := from
		native.Native = true
		refused(t, a, native, r.FlowToken, choose(better), sallyport.CodeFlowExpired)
		foreign := a.Visitor(a.AddTenant(t, "other.test").ID, from.Client)
		refused(t, a, foreign, r.FlowToken, choose(better), sallyport.CodeFlowExpired)

		for _, bad := range []string{"", "short", apptest.Password, "Under-the 7 tall willows", "Password1234!", "By the 7 Quayside"} {
			refused(t, a, from, r.FlowToken, choose(bad), sallyport.CodeInvalid)
		}
		refused(t, a, from, r.FlowToken, signin.Step{State: signin.ChangePassword, NewPassword: better, Confirm: "other"}, sallyport.CodeInvalid)
		if n := len(liveSessions(t, a, u.ID)); n != 1 || a.Check(t, elsewhere.SessionToken) != "" {
			t.Errorf("%d sessions after refusals", n)
		}

		before := a.Count(t)
		done, err := a.SignIn.Advance(t.Context(), from, r.FlowToken, choose(better))
		if err != nil || done.State != signin.Done || a.Check(t, done.SessionToken) != "" {
			t.Fatalf("%+v, %v", done.State, err)
		}
		if code := a.Check(t, elsewhere.SessionToken); code != sallyport.CodeSessionRevoked {
			t.Errorf("a session of the former password: %q", code)
		}
		after := a.Count(t)
		for kind, want := range map[audit.Kind]int{audit.PasswordChanged: 1, audit.SessionRevoked: 1, audit.SignedIn: 1, audit.SignInFailed: 0} {
			if n := after[kind] - before[kind]; n != want {
				t.Errorf("%d events %s, want %d", n, kind, want)
			}
		}
		mails := slices.DeleteFunc(a.Mails(t), func(m *notify.Message) bool { return m.Kind == notify.NewSignIn })
		if len(mails) != 1 || mails[0].Kind != notify.PasswordChanged || mails[0].To != userEmail {
			t.Fatalf("%d mails", len(mails))
		}
		apptest.Secret(t, mails[0], "/not-me/")
		if at := a.Attempts(t)[0]; !at.Successful {
			t.Errorf("%+v", at)
		}
		refused(t, a, from, r.FlowToken, choose("Thirteen-wide gates 9"), sallyport.CodeFlowExpired)
		if _, err := a.Try(t.Context(), from, userEmail, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Errorf("the former password: %v", err)
		}
		if r, err := a.Try(t.Context(), from, userEmail, better); err != nil || r.State != signin.Done {
			t.Errorf("the new password: %s, %v", r.State, err)
		}
		// The password is also in the history.
		if _, err := a.ChangePassword(t.Context(), apptest.Actor(done), better, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeInvalid {
			t.Errorf("back to the former one: %v", err)
		}
	})
}

// A wrong password gets the same answer, whether or not it is on the list.
func TestBreachedGuessIsAGuess(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		a.SetBreached(t, "password")
		for range 5 {
			if _, err := a.Try(t.Context(), a.Laptop(t), userEmail, "password"); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
				t.Fatal(err)
			}
		}
		if _, err := a.Try(t.Context(), a.Laptop(t), userEmail, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeAccountLocked {
			t.Error("guesses from a list do not lock")
		}
	})
}

// Once the owner has chosen a new password in any way, no flow that proved the former one
// goes on.
func TestOthersAtTheStepAreOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		thief := a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
		for what, change := range map[string]func(email string, in signin.Result) error{
			"at a sign-in": func(email string, _ signin.Result) error {
				r := mustChange(t, a, a.Laptop(t), email)
				_, err := a.SignIn.Advance(t.Context(), a.Laptop(t), r.FlowToken, choose(better))
				return err
			},
			"in a session": func(_ string, in signin.Result) error {
				_, err := a.ChangePassword(t.Context(), apptest.Actor(in), apptest.Password, better)
				return err
			},
			"by a mailed link": func(email string, in signin.Result) error {
				if err := a.Accounts.RequestReset(t.Context(), in.User.TenantID, thief.Client, email); err != nil {
					return err
				}
				mails := a.Mails(t)
				secret := apptest.Secret(t, mails[len(mails)-1], "/recovery/")
				return a.Accounts.ResetPassword(t.Context(), link.Mailed{TenantID: in.User.TenantID, Client: thief.Client, Secret: secret}, better, better)
			},
			"not at all, but disabled": func(_ string, in signin.Result) error {
				_, err := a.Accounts.Disable(t.Context(), sallyport.Operator(in.User.TenantID), in.User.ID)
				return err
			},
		} {
			email := letters(what) + "@corp.test"
			a.SetBreached(t)
			u := a.AddUser(t, email, sallyport.RoleMember)
			in := a.SignInAs(t, a.Laptop(t), email)
			a.SetBreached(t, apptest.Password)
			theirs := mustChange(t, a, thief, email)
			if err := change(email, in); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			r, err := a.SignIn.Advance(t.Context(), thief, theirs.FlowToken, choose("Thirteen-wide gates 9"))
			if sallyport.CodeOf(err) != sallyport.CodeFlowExpired || r.SessionToken != "" {
				t.Errorf("changed %s: the other goes on: %s, %v", what, r.State, err)
			}
			if what != "not at all, but disabled" {
				if _, err := a.Try(t.Context(), a.Laptop(t), u.Email, better); err != nil {
					t.Errorf("changed %s: the owner's new password: %v", what, err)
				}
			}
		}
	})
}

func letters(s string) string {
	out := ""
	for _, r := range s {
		if r >= 'a' && r <= 'z' {
			out += string(r)
		}
	}
	return out
}

// "This wasn't me" ends a sign-in that has proven the password: it cannot choose the next
// password.
func TestNotMeEndsSignInsUnderWay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		in := a.SignInAs(t, a.Laptop(t), userEmail)
		if _, err := a.ChangePassword(t.Context(), apptest.Actor(in), apptest.Password, better); err != nil {
			t.Fatal(err)
		}
		secret := apptest.Secret(t, a.Mails(t)[0], "/not-me/")
		a.SetBreached(t, better)
		thief := a.From(t, apptest.Client("203.0.113.5", apptest.SafariOnIPhone))
		r, err := a.Try(t.Context(), thief, userEmail, better)
		if err != nil || r.State != signin.ChangePassword {
			t.Fatalf("%s, %v", r.State, err)
		}
		if _, err := a.Accounts.NotMe(t.Context(), link.Mailed{TenantID: u.TenantID, Client: a.Laptop(t).Client, Secret: secret}); err != nil {
			t.Fatal(err)
		}
		refused(t, a, thief, r.FlowToken, choose("Thirteen-wide gates 9"), sallyport.CodeFlowExpired)
		if got, err := a.DB.User(t.Context(), u.TenantID, u.ID); err != nil || got.PasswordHash != "" {
			t.Errorf("whoever was reported chose the next password, %v", err)
		}
	})
}

// Of 64 parallel choices on two nodes, one succeeds.
func TestChoosingIsDoneOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		a.SetBreached(t, apptest.Password)
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		r := mustChange(t, a, a.Laptop(t), userEmail)
		n := codes(atOnce(64, func(i int) (r2 signin.Result, err error) {
			for {
				r2, err = nodes[i%2].SignIn.Advance(t.Context(), a.Laptop(t), r.FlowToken, choose(better))
				if sallyport.CodeOf(err) != sallyport.CodeOverloaded {
					return r2, err
				}
			}
		}))
		if n[""] != 1 || n[sallyport.CodeFlowExpired]+n[sallyport.CodeInvalid] != 63 { // invalid: it is the current password by then
			t.Errorf("%v", n)
		}
		if s := liveSessions(t, a, u.ID); len(s) != 1 {
			t.Errorf("%d sessions", len(s))
		}
		if c := a.Count(t); c[audit.PasswordChanged] != 1 || c[audit.SignedIn] != 1 {
			t.Errorf("%v", c)
		}
	})
}

// A user whom an operator told to change the password takes the same step, once. The step
// lasts as long as any sign-in.
func TestPasswordThatMustBeChanged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		require := func(ctx context.Context, tx *store.Tx) error { return tx.RequirePasswordChange(ctx, u.TenantID, u.ID) }
		if err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return require(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		from := a.Laptop(t)
		late := mustChange(t, a, from, userEmail)
		a.Clock.Advance(signin.FlowLifetime)
		refused(t, a, from, late.FlowToken, choose(better), sallyport.CodeFlowExpired)
		r := mustChange(t, a, from, userEmail)
		refused(t, a, from, r.FlowToken, choose(apptest.Password), sallyport.CodeInvalid)
		a.Clock.Advance(signin.FlowLifetime - time.Microsecond)
		done, err := a.SignIn.Advance(t.Context(), from, r.FlowToken, choose(better))
		if err != nil || done.State != signin.Done {
			t.Fatalf("%s, %v", done.State, err)
		}
		if r, err := a.Try(t.Context(), from, userEmail, better); err != nil || r.State != signin.Done {
			t.Errorf("asked again: %s, %v", r.State, err)
		}
	})
}
