package mfa_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// at is a user in a session.
type at struct {
	from apptest.From
	me   sallyport.Actor
	app  *apptest.Authenticator
}

func signedIn(t *testing.T, a *apptest.App, email string) *at {
	t.Helper()
	from := elsewhere(t, a)
	in := a.SignInAs(t, from, email)
	return &at{from: apptest.After(from, in), me: apptest.Actor(in)}
}

// able proves what an act requires of the session, after 30 seconds, so that the app shows a
// new code.
func (x *at) able(t *testing.T, a *apptest.App, act policy.Act) {
	t.Helper()
	a.Clock.Advance(30 * time.Second)
	var e *sallyport.Error
	if err := a.Accounts.MayAct(t.Context(), x.me, act); errors.As(err, &e) && e.Code == sallyport.CodeStepUp {
		x.from = a.StepUp(t, x.from, x.me, *e.StepUp, x.app)
		a.Clock.Advance(30 * time.Second)
	} else if err != nil {
		t.Fatal(err)
	}
}

func rules(err error) string {
	out := []string{string(sallyport.CodeOf(err))}
	var e *sallyport.Error
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			out = append(out, f.Code)
		}
	}
	return strings.Join(out, " ")
}

func begin(t *testing.T, a *apptest.App, x *at, n mfa.NewFactor) mfa.Begun {
	t.Helper()
	b, err := a.Factors.Begin(t.Context(), x.me, n)
	apptest.Must(t, err)
	return b
}

func code(c string) mfa.Answer { return mfa.Answer{Method: sallyport.MethodTOTP, Code: c} }

// A second factor is active from its first use, which must be within ten minutes. The first
// one comes with backup codes, as many as policy says; later ones do not.
func TestEnrolment(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.AddUser(t, "olga@corp.test", sallyport.RoleMember)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFABackupCodes = 7 })
		x, olga := signedIn(t, a, mia), signedIn(t, a, "olga@corp.test")
		x.able(t, a, policy.AddFactor)
		olga.able(t, a, policy.AddFactor)
		verify := func(who *at, id, c string) (mfa.Enrolled, error) {
			return a.Factors.Verify(t.Context(), who.me, id, code(c))
		}
		var b mfa.Begun
		if got := a.Happened(t, func() { b = begin(t, a, x, mfa.NewFactor{Method: sallyport.MethodTOTP}) }); got != string(audit.EnrolmentStarted) {
			t.Errorf("begun: %s", got)
		}
		if f, err := a.Factors.Own(t.Context(), x.me); err != nil || f.Enabled || len(f.Current) != 0 {
			t.Errorf("begun: %+v %v", f, err)
		}
		if r, err := a.Try(t.Context(), a.Laptop(t), mia, apptest.Password); err != nil || r.State != signin.Done {
			t.Errorf("one that was begun is asked for: %s %v", r.State, err)
		}
		app := a.App(b.Secret)
		_, err := verify(olga, b.Factor.ID, app.Code(t))
		if sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("another user's: %v", err)
		}
		if got := a.Happened(t, func() { _, err = verify(x, b.Factor.ID, app.WrongCode(t)) }); rules(err) != "mfa_failed wrong_code" || got != string(audit.ReauthFailed) {
			t.Errorf("wrong: %v, %s", err, got)
		}
		for off, want := range map[time.Duration]string{5 * time.Minute: "mfa_failed clock_drift", -5 * time.Minute: "mfa_failed clock_drift"} {
			if _, err := verify(x, b.Factor.ID, app.CodeAt(t, a.Clock.Now().Add(off))); rules(err) != want {
				t.Errorf("a phone off by %v: %v", off, err)
			}
		}
		// Begun again, the former enrolment is gone.
		former, b := b, begin(t, a, x, mfa.NewFactor{Method: sallyport.MethodTOTP, Name: " My phone "})
		if _, err := verify(x, former.Factor.ID, app.Code(t)); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("the one that was replaced: %v", err)
		}
		app = a.App(b.Secret)
		a.Clock.Advance(mfa.EnrolmentLifetime)
		if _, err := verify(x, b.Factor.ID, app.Code(t)); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("after ten minutes: %v", err)
		}
		x.able(t, a, policy.AddFactor)
		b = begin(t, a, x, mfa.NewFactor{Method: sallyport.MethodTOTP, Name: " My phone "})
		app = a.App(b.Secret)
		x.app = app
		a.Clock.Advance(9 * time.Minute)
		a.Mails(t)
		var done mfa.Enrolled
		if got := a.Happened(t, func() { done, err = verify(x, b.Factor.ID, app.Code(t)) }); err != nil ||
			got != strings.Join([]string{string(audit.MFAEnabled), string(audit.MethodAdded), string(audit.BackupCodesMade)}, " ") {
			t.Fatalf("%s, %v", got, err)
		}
		if !done.First || len(done.BackupCodes) != 7 || done.Factor.Name != "My phone" || done.Factor.Status != sallyport.FactorActive {
			t.Errorf("%+v", done)
		}
		if m := a.OnlyMail(t, notify.FactorAdded, mia); !strings.Contains(strings.Join(m.Links, " "), "/not-me/") {
			t.Errorf("links %v", m.Links)
		}
		if _, err := verify(x, b.Factor.ID, app.Code(t)); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("verified again: %v", err)
		}
		// A second one: neither codes nor "enabled".
		x.able(t, a, policy.AddFactor)
		b = begin(t, a, x, mfa.NewFactor{Method: sallyport.MethodTOTP})
		if got := a.Happened(t, func() { done, err = verify(x, b.Factor.ID, a.App(b.Secret).Code(t)) }); err != nil || got != string(audit.MethodAdded) || done.First || len(done.BackupCodes) != 0 {
			t.Errorf("the second: %s, %+v, %v", got, done, err)
		}
		f, err := a.Factors.Own(t.Context(), x.me)
		if err != nil || !f.Enabled || len(f.Current) != 2 || f.CodesLeft != 7 || f.Current[0].UserID != u.ID {
			t.Errorf("%+v %v", f, err)
		}
	})
}

// Where policy allows no backup codes the first factor comes without.
func TestEnrolmentWithoutBackupCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{sallyport.MethodTOTP} })
		x := signedIn(t, a, mia)
		x.app = a.AddTOTP(t, x.me)
		if len(x.app.BackupCodes) != 0 {
			t.Errorf("%d codes", len(x.app.BackupCodes))
		}
		x.able(t, a, policy.BackupCodes)
		if _, err := a.Factors.NewBackupCodes(t.Context(), x.me); sallyport.CodeOf(err) != sallyport.CodeConflict {
			t.Errorf("%v", err)
		}
	})
}

func TestEnrolmentRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		x := signedIn(t, a, mia)
		refuse := func(what string, n mfa.NewFactor, want string) {
			t.Helper()
			b, err := a.Factors.Begin(t.Context(), x.me, n)
			if rules(err) != want {
				t.Errorf("%s: %v, want %s", what, err, want)
			}
			if _, err := a.DB.Factor(t.Context(), u.TenantID, u.ID, b.Factor.ID); err == nil {
				t.Errorf("%s: it is stored", what)
			}
		}
		refuse("no method", mfa.NewFactor{}, "validation_failed method_not_allowed")
		refuse("backup codes", mfa.NewFactor{Method: sallyport.MethodBackupCodes}, "validation_failed method_unavailable")
		refuse("an address nobody verified", mfa.NewFactor{Method: sallyport.MethodEmail}, "validation_failed email_not_verified")
		refuse("a long name", mfa.NewFactor{Method: sallyport.MethodTOTP, Name: strings.Repeat("ü", 101)}, "validation_failed too_long")
		refuse("a name with a line end", mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "a\nb"}, "validation_failed invalid_characters")
		a.SetPolicy(func(p *sallyport.Policy) {
			p.MFAMethods = slices.DeleteFunc(slices.Clone(p.MFAMethods), func(m string) bool { return m == sallyport.MethodSMS })
		})
		refuse("forbidden", mfa.NewFactor{Method: sallyport.MethodSMS, PhoneNumber: "+4915112345678"}, "validation_failed method_not_allowed")
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = append(p.MFAMethods, sallyport.MethodSMS) })
		a.AddPhone(t, x.me, "+4915112345678")
		a.Clock.Advance(9 * time.Minute)
		_, err := a.Factors.Begin(t.Context(), x.me, mfa.NewFactor{Method: sallyport.MethodTOTP})
		if sallyport.CodeOf(err) != sallyport.CodeStepUp {
			t.Errorf("with a factor that was not proven since: %v", err)
		}
		apptest.Must(t, proveAll(t, a, u))
		refuse("the same number", mfa.NewFactor{Method: sallyport.MethodSMS, PhoneNumber: "+49 151 12345678"}, "validation_failed already_configured")
		a.VerifyAddress(t, x.me)
		a.AddEmail(t, x.me)
		refuse("the same address", mfa.NewFactor{Method: sallyport.MethodEmail}, "validation_failed already_configured")
	})
}

// proveAll makes every proof of a user's sessions recent, directly in the database.
func proveAll(t *testing.T, a *apptest.App, u sallyport.User) error {
	t.Helper()
	_, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), "UPDATE sessions SET authenticated_at = $1, mfa_verified_at = $1, stepped_up_at = $1 WHERE user_id = $2",
		a.Clock.Now().UnixMicro(), u.ID)
	return err
}

// One account has at most twenty factors. A pending one makes room for the next of the same
// method.
func TestMostFactors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		x := signedIn(t, a, mia)
		a.AddTOTP(t, x.me) // and its backup codes
		apptest.Must(t, proveAll(t, a, u))
		for range 17 {
			a.AddPasskey(t, x.me)
		}
		apptest.Must(t, proveAll(t, a, u))
		for range 3 {
			begin(t, a, x, mfa.NewFactor{Method: sallyport.MethodTOTP}) // the twentieth, several times
		}
		if _, err := a.Factors.Begin(t.Context(), x.me, mfa.NewFactor{Method: sallyport.MethodWebAuthn}); rules(err) != "validation_failed too_many" {
			t.Errorf("one too many: %v", err)
		}
	})
}

// An enrolment is finished once, and allows five tries.
func TestParallelVerifications(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		x := signedIn(t, a, mia)
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		x.able(t, a, policy.AddFactor)
		b := begin(t, a, x, mfa.NewFactor{Method: sallyport.MethodTOTP})
		app := a.App(b.Secret)
		verifyAll := func(c string) map[sallyport.Code]int {
			return apptest.AtOnce(64, func(i int) error {
				_, err := nodes[i%2].Factors.Verify(t.Context(), x.me, b.Factor.ID, code(c))
				return err
			})
		}
		if got := verifyAll(app.WrongCode(t)); got[sallyport.CodeMFAFailed] != 5 || got[sallyport.CodeAccountLocked] != 59 {
			t.Errorf("guesses: %v", got)
		}
		if _, err := a.Factors.Verify(t.Context(), x.me, b.Factor.ID, code(app.Code(t))); sallyport.CodeOf(err) != sallyport.CodeAccountLocked {
			t.Errorf("locked, the right one: %v", err)
		}
		if n := a.Count(t); n[audit.AccountLocked] != 1 || n[audit.ReauthFailed] != 5 {
			t.Errorf("events %v", n)
		}
		mails := a.Mails(t)
		if !slices.ContainsFunc(mails, func(m *notify.Message) bool { return m.Kind == notify.FactorLocked }) {
			t.Error("the owner is not told of the lock")
		}
		apptest.Must(t, a.Accounts.Unlock(t.Context(), sallyport.Operator(x.me.TenantID), x.me.UserID))
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1000 })
		before := a.Count(t)
		if got := verifyAll(app.Code(t)); got[""] != 1 || got[sallyport.CodeNotFound]+got[sallyport.CodeStepUp] != 63 { // an account with a factor is asked for it
			t.Errorf("right ones: %v", got)
		}
		after := a.Count(t)
		for _, kind := range []audit.Kind{audit.MethodAdded, audit.MFAEnabled, audit.BackupCodesMade} {
			if after[kind]-before[kind] != 1 {
				t.Errorf("%d events %s", after[kind]-before[kind], kind)
			}
		}
	})
}

// Each act on factors requires recent proof of all that the account has, says so, and
// succeeds after it.
func TestActsNeedAStepUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		target := a.AddUser(t, "olga@corp.test", sallyport.RoleMember)
		olga := signedIn(t, a, "olga@corp.test")
		a.AddTOTP(t, olga.me)
		x := signedIn(t, a, owner.Email)
		x.app = a.AddTOTP(t, x.me)
		x.able(t, a, policy.AddFactor)
		key := a.AddPasskey(t, x.me)
		type act struct {
			name string
			do   func() error
			ask  sallyport.StepUp
		}
		ctx := t.Context()
		both := sallyport.StepUp{Password: true, Factor: true}
		acts := []act{
			{"add_factor", func() error {
				_, err := a.Factors.Begin(ctx, x.me, mfa.NewFactor{Method: sallyport.MethodTOTP})
				return err
			}, both},
			{"backup_codes", func() error { _, err := a.Factors.NewBackupCodes(ctx, x.me); return err }, both},
			{"change_password", func() error {
				_, err := a.ChangePassword(ctx, x.me, apptest.Password, "Eleven-low arches 17")
				if err == nil {
					_, err = dbtest.Raw(t, a.DSN).ExecContext(ctx, "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = $1) WHERE id = $2", target.ID, owner.ID)
				}
				return err
			}, sallyport.StepUp{Factor: true}},
			{"manage_factors", func() error { _, err := a.Factors.NewBackupCodesOf(ctx, x.me, target.ID); return err }, both},
			{"manage_factors", func() error { _, err := a.Factors.ResetOf(ctx, x.me, target.ID, apptest.Grounds); return err }, both},
			{"remove_factor", func() error { _, err := a.Factors.Remove(ctx, x.me, key.Factor.ID); return err }, both},
			{"remove_factor", func() error { return a.Factors.Disable(ctx, x.me) }, both},
		}
		for _, v := range acts {
			a.Clock.Advance(10 * time.Minute)
			before := len(a.Events(t))
			err := v.do()
			want := v.ask
			want.Act, want.Within = v.name, 10*time.Minute
			var e *sallyport.Error
			if !errors.As(err, &e) || e.Code != sallyport.CodeStepUp || *e.StepUp != want {
				t.Fatalf("%s: %v", v.name, err)
			}
			if n := len(a.Events(t)); n != before {
				t.Errorf("%s left %d events", v.name, n-before)
			}
			// A factor alone is not enough where the password is required too.
			if v.ask.Password {
				x.from = a.StepUp(t, x.from, x.me, sallyport.StepUp{Act: e.StepUp.Act, Factor: true}, x.app)
				if err := v.do(); sallyport.CodeOf(err) != sallyport.CodeStepUp {
					t.Errorf("%s without the password: %v", v.name, err)
				}
				a.Clock.Advance(30 * time.Second)
			}
			x.from = a.StepUp(t, x.from, x.me, *e.StepUp, x.app)
			if err := v.do(); err != nil {
				t.Errorf("%s after it: %v", v.name, err)
			}
		}
		// A sign-in, however recent, is no proof for an act on ways to prove oneself.
		x = signedIn(t, a, owner.Email)
		app := a.AddTOTP(t, x.me)
		r, err := a.Try(ctx, x.from, owner.Email, apptest.Password)
		apptest.Must(t, err)
		in, err := a.PassFactor(t, x.from, r, sallyport.MethodTOTP, app.Code(t))
		apptest.Must(t, err)
		me := apptest.Actor(in)
		for _, act := range []policy.Act{policy.AddFactor, policy.BackupCodes, policy.ChangePassword} {
			if err := a.Accounts.MayAct(ctx, me, act); sallyport.CodeOf(err) != sallyport.CodeStepUp {
				t.Errorf("%s right after the sign-in: %v", act, err)
			}
		}
		if _, err := a.Factors.Remove(ctx, me, app.Factor.ID); sallyport.CodeOf(err) != sallyport.CodeStepUp {
			t.Errorf("right after the sign-in: %v", err)
		}
		// An ended session does nothing, however recent its proof.
		apptest.Must(t, a.Sessions.SignOut(ctx, me))
		for _, v := range []func() error{
			func() error {
				_, err := a.Factors.Begin(ctx, me, mfa.NewFactor{Method: sallyport.MethodTOTP})
				return err
			},
			func() error { _, err := a.Factors.NewBackupCodes(ctx, me); return err },
			func() error { return a.Factors.Rename(ctx, me, app.Factor.ID, "x") },
			func() error { return a.Factors.Disable(ctx, me) },
		} {
			if err := v(); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
				t.Errorf("an ended session: %v", err)
			}
		}
	})
}

// The last factor is removed with the backup codes; where one is required it stays.
func TestRemoveFactors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		x := signedIn(t, a, mia)
		ctx := t.Context()
		app := a.AddTOTP(t, x.me)
		apptest.Must(t, proveAll(t, a, u))
		key := a.AddPasskey(t, x.me)
		remove := func(id string) (mfa.Removed, error) {
			apptest.Must(t, proveAll(t, a, u))
			return a.Factors.Remove(ctx, x.me, id)
		}
		a.Mails(t)
		for _, demand := range []func(){
			func() { a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone }) },
			func() { apptest.Must(t, a.Factors.Require(ctx, sallyport.Operator(u.TenantID), u.ID, true)) },
		} {
			demand()
			apptest.Must(t, proveAll(t, a, u))
			if err := a.Factors.Disable(ctx, x.me); sallyport.CodeOf(err) != sallyport.CodeMFAEnforced {
				t.Errorf("all: %v", err)
			}
			// A forbidden factor does not allow removing the last usable one.
			a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{sallyport.MethodTOTP, sallyport.MethodBackupCodes} })
			if _, err := remove(app.Factor.ID); sallyport.CodeOf(err) != sallyport.CodeMFAEnforced {
				t.Errorf("the last that counts: %v", err)
			}
			a.SetPolicy(func(p *sallyport.Policy) {
				p.MFAMethods, p.MFAEnforced = policy.Default().MFAMethods, sallyport.EnforcedNobody
			})
		}
		a.Mails(t)
		var done mfa.Removed
		var err error
		if got := a.Happened(t, func() { done, err = remove(app.Factor.ID) }); err != nil || got != string(audit.MethodRemoved) || done != (mfa.Removed{Methods: 1}) {
			t.Fatalf("one of two: %s, %+v, %v", got, done, err)
		}
		a.OnlyMail(t, notify.FactorRemoved, mia)
		if got := a.Happened(t, func() { done, err = remove(app.Factor.ID) }); err != nil || got != "" || done != (mfa.Removed{}) {
			t.Errorf("again, since the answer may be lost: %s, %+v, %v", got, done, err)
		}
		if _, err := remove(key.Factor.ID); sallyport.CodeOf(err) != sallyport.CodeMFAEnforced {
			t.Errorf("the last one: %v", err)
		}
		apptest.Must(t, a.Factors.Require(ctx, sallyport.Operator(u.TenantID), u.ID, false))
		if got := a.Happened(t, func() { done, err = remove(key.Factor.ID) }); err != nil || !done.Disabled ||
			got != strings.Join([]string{string(audit.MFADisabled), string(audit.MethodRemoved)}, " ") {
			t.Fatalf("the last one: %s, %+v, %v", got, done, err)
		}
		f, err := a.Factors.Own(ctx, x.me)
		if err != nil || f.Enabled || f.CodesLeft != 0 || len(f.Current) != 0 || len(f.Former) != 3 {
			t.Errorf("%+v %v", f, err)
		}
		var left int
		apptest.Must(t, dbtest.Raw(t, a.DSN).QueryRowContext(ctx, "SELECT (SELECT COUNT(*) FROM backup_codes) + (SELECT COUNT(*) FROM factors WHERE LENGTH(secret) > 0)").Scan(&left))
		if left != 0 {
			t.Errorf("%d secrets are left", left)
		}
		// All at once.
		a.AddTOTP(t, x.me)
		apptest.Must(t, proveAll(t, a, u))
		a.AddPasskey(t, x.me)
		begin(t, a, x, mfa.NewFactor{Method: sallyport.MethodTOTP})
		apptest.Must(t, proveAll(t, a, u))
		if got := a.Happened(t, func() { err = a.Factors.Disable(ctx, x.me) }); err != nil ||
			got != strings.Join([]string{string(audit.MFADisabled), string(audit.MethodRemoved), string(audit.MethodRemoved)}, " ") {
			t.Errorf("all: %s, %v", got, err)
		}
		if err := a.Factors.Disable(ctx, x.me); err != nil {
			t.Errorf("none: %v", err)
		}
		if r, err := a.Try(ctx, a.Laptop(t), mia, apptest.Password); err != nil || r.State != signin.Done {
			t.Errorf("a sign-in without: %s %v", r.State, err)
		}
	})
}

// That one has to stay is said before anything has to be proven, and of a factor that can go the
// proof is asked for.
func TestStaying(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		x := signedIn(t, a, mia)
		app := a.AddTOTP(t, x.me)
		apptest.Must(t, proveAll(t, a, u))
		key := a.AddPasskey(t, x.me)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		a.Clock.Advance(time.Hour) // no proof is recent
		remove := func(id string) sallyport.Code {
			_, err := a.Factors.Remove(t.Context(), x.me, id)
			return sallyport.CodeOf(err)
		}
		if got := remove(app.Factor.ID); got != sallyport.CodeStepUp {
			t.Errorf("one of two: %s", got)
		}
		if got := sallyport.CodeOf(a.Factors.Disable(t.Context(), x.me)); got != sallyport.CodeMFAEnforced {
			t.Errorf("all: %s", got)
		}
		// The only one that counts has to stay, the one that policy forbids can go.
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{sallyport.MethodTOTP} })
		if got := remove(app.Factor.ID); got != sallyport.CodeMFAEnforced {
			t.Errorf("the last that counts: %s", got)
		}
		if got := remove(key.Factor.ID); got != sallyport.CodeStepUp {
			t.Errorf("the forbidden one: %s", got)
		}
		f, err := a.Factors.Own(t.Context(), x.me)
		if err != nil || len(f.Staying) != 1 || f.Staying[0] != app.Factor.ID {
			t.Errorf("%v stay, %v", f.Staying, err)
		}
	})
}

// Of the last two, removed in parallel on two nodes, one stays where one is required.
func TestParallelRemovals(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		x := signedIn(t, a, mia)
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		a.Clock.Advance(time.Minute) // so that the sign-in is not enough for removing
		for range 3 {
			apptest.Must(t, proveAll(t, a, u))
			ids := []string{a.AddPasskey(t, x.me).Factor.ID}
			apptest.Must(t, proveAll(t, a, u))
			if f, err := a.Factors.Own(t.Context(), x.me); err != nil || len(f.Current) == 2 {
				ids = []string{f.Current[0].ID, f.Current[1].ID}
			} else {
				ids = append(ids, a.AddPasskey(t, x.me).Factor.ID)
			}
			apptest.Must(t, proveAll(t, a, u))
			got := apptest.AtOnce(2, func(i int) error {
				_, err := nodes[i].Factors.Remove(t.Context(), x.me, ids[i])
				return err
			})
			if got[""] != 1 || got[sallyport.CodeMFAEnforced] != 1 {
				t.Errorf("%v", got)
			}
			if f, err := a.Factors.Own(t.Context(), x.me); err != nil || len(f.Current) != 1 || !f.Enabled {
				t.Errorf("%+v %v", f, err)
			}
		}
	})
}

// The link in the mail about a factor that somebody else added removes the factor and its
// backup codes.
func TestNotMeAboutAFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		x := signedIn(t, a, mia)
		a.Mails(t)
		app := a.AddTOTP(t, x.me)
		secret := apptest.Secret(t, a.OnlyMail(t, notify.FactorAdded, mia), "/not-me/")
		before := a.Count(t)
		apptest.Must(t, notMe(t, a, secret))
		f, err := a.DB.Factor(t.Context(), u.TenantID, u.ID, app.Factor.ID)
		if err != nil || f.Status != sallyport.FactorRevoked || f.EndedReason != mfa.ReasonNotMe || len(f.Secret) != 0 {
			t.Errorf("%+v %v", f.Factor, err)
		}
		after := a.Count(t)
		for _, kind := range []audit.Kind{audit.MethodRemoved, audit.MFADisabled, audit.ReportedNotMe} {
			if after[kind]-before[kind] != 1 {
				t.Errorf("%d events %s", after[kind]-before[kind], kind)
			}
		}
		if live, err := a.DB.LiveFactors(t.Context(), u.TenantID, u.ID); err != nil || len(live) != 0 {
			t.Errorf("left: %+v %v", live, err)
		}
		if code := a.Check(t, x.from.Session); code == "" {
			t.Error("the session it was added in is good")
		}
	})
}

// Backup codes that came with somebody else's factor are removed with it, even if the
// account has other factors.
func TestNotMeTakesTheCodesThatCameAlong(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		home, x := signedIn(t, a, mia), signedIn(t, a, mia)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{sallyport.MethodTOTP} })
		a.AddTOTP(t, home.me) // the owner's, without backup codes
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = policy.Default().MFAMethods })
		apptest.Must(t, proveAll(t, a, u))
		a.Mails(t)
		theirs := a.AddTOTP(t, x.me)
		if len(theirs.BackupCodes) == 0 {
			t.Fatal("no codes came along")
		}
		apptest.Must(t, notMe(t, a, apptest.Secret(t, a.OnlyMail(t, notify.FactorAdded, mia), "/not-me/")))
		live, err := a.DB.LiveFactors(t.Context(), u.TenantID, u.ID)
		if err != nil || len(live) != 1 || live[0].Method != sallyport.MethodTOTP || live[0].ID == theirs.Factor.ID {
			t.Errorf("left: %+v %v", store.Plain(live), err)
		}
	})
}

// Only its owner can name a factor.
func TestRenameFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.AddUser(t, "olga@corp.test", sallyport.RoleMember)
		x, olga := signedIn(t, a, mia), signedIn(t, a, "olga@corp.test")
		id := a.AddTOTP(t, x.me).Factor.ID
		for what, err := range map[string]error{
			"another user":   a.Factors.Rename(t.Context(), olga.me, id, "Mine"),
			"no such":        a.Factors.Rename(t.Context(), x.me, "nothing", "Mine"),
			"no such at all": a.Factors.Rename(t.Context(), x.me, "", "Mine"),
		} {
			if sallyport.CodeOf(err) != sallyport.CodeNotFound {
				t.Errorf("%s: %v", what, err)
			}
		}
		if got := a.Happened(t, func() { apptest.Must(t, a.Factors.Rename(t.Context(), x.me, id, " Zoe\u0308 ")) }); got != string(audit.MethodRenamed) {
			t.Errorf("%s", got)
		}
		if f, err := a.DB.Factor(t.Context(), u.TenantID, u.ID, id); err != nil || f.Name != "Zoë" {
			t.Errorf("%+v %v", f.Factor, err)
		}
	})
}
