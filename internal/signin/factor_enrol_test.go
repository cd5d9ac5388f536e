package signin_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
)

func enrolWith(code string) signin.Step {
	return signin.Step{State: signin.Enrol, Answer: mfa.Answer{Method: totp, Code: code}}
}

// enrolling signs in up to the step at which an authenticator app is set up.
func enrolling(t *testing.T, a *apptest.App, from signin.From, email string) (signin.Result, *apptest.Authenticator) {
	t.Helper()
	r, err := a.Try(t.Context(), from, email, apptest.Password)
	if err != nil || r.State != signin.Enrol || r.SessionToken != "" {
		t.Fatalf("after the password: %+v %v", r, err)
	}
	return beginning(t, a, from, r)
}

func beginning(t *testing.T, a *apptest.App, from signin.From, r signin.Result) (signin.Result, *apptest.Authenticator) {
	t.Helper()
	r, err := a.SignIn.BeginEnrolment(t.Context(), from, r.FlowToken, r.FlowID, mfa.NewFactor{Method: totp})
	if err != nil || r.State != signin.Enrol || r.Begun == nil {
		t.Fatalf("%+v %v", r, err)
	}
	return r, a.App(r.Begun.Secret)
}

// A user who must have a second factor sets one up before anything else; other users are
// not asked.
func TestEnrolmentOnTheWayIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		member := a.AddUser(t, userEmail, sallyport.RoleMember)
		admin := a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		demanded := a.AddUser(t, "dora@corp.test", sallyport.RoleMember)
		operator := sallyport.Operator(a.TenantID(t))
		if err := a.Factors.Require(t.Context(), operator, demanded.ID, true); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			enforced string
			asked    []string
		}{
			{sallyport.EnforcedNobody, []string{demanded.Email}},
			{sallyport.EnforcedAdmins, []string{demanded.Email, admin.Email, apptest.OwnerEmail}},
			{sallyport.EnforcedEveryone, []string{demanded.Email, admin.Email, apptest.OwnerEmail, member.Email}},
		} {
			a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = tt.enforced })
			for _, email := range []string{member.Email, admin.Email, demanded.Email, apptest.OwnerEmail} {
				want := signin.Done
				if slices.Contains(tt.asked, email) {
					want = signin.Enrol
				}
				r, err := a.Try(t.Context(), visitor(t, a), email, apptest.Password)
				if err != nil || r.State != want {
					t.Errorf("%s, %s: %s %v, want %s", tt.enforced, email, r.State, err, want)
				}
				if want == signin.Enrol && slices.Contains(r.Methods, backup) {
					t.Errorf("backup codes are offered as a second factor: %v", r.Methods)
				}
			}
		}

		from := visitor(t, a)
		r, x := enrolling(t, a, from, userEmail)
		code := x.Code(t)
		// Before that there is no access, and no step can be skipped.
		for _, step := range []signin.Step{withPassword(apptest.Password), withCode(totp, code), choose("Twelve-wide rivers 88"), {State: signin.Done}} {
			refused(t, a, from, r.FlowToken, step, sallyport.CodeFlowMismatch)
		}
		if _, err := a.SignIn.Ask(t.Context(), from, r.FlowToken, "", mfa.Choice{Method: totp}); sallyport.CodeOf(err) != sallyport.CodeFlowMismatch {
			t.Errorf("asking for a factor there is not: %v", err)
		}
		if code := a.Check(t, r.FlowToken); code != sallyport.CodeNotSignedIn {
			t.Errorf("the flow's token as a session's: %q", code)
		}
		if n := len(liveSessions(t, a, member.ID)); n != 2 { // those from before it was enforced
			t.Errorf("%d sessions", n)
		}
		refusedFor(t, a, "a wrong code", from, r, enrolWith(x.WrongCode(t)), "mfa_failed wrong_code")
		before := a.Count(t)
		done := goesOn(t, a, from, r, enrolWith(code), signin.Done)
		if done.Enrolled == nil || !done.Enrolled.First || len(done.Enrolled.BackupCodes) != a.Policy().MFABackupCodes || done.Session.MFAMethod != totp {
			t.Errorf("%+v", done)
		}
		after := a.Count(t)
		for _, kind := range []audit.Kind{audit.MethodAdded, audit.MFAEnabled, audit.BackupCodesMade, audit.SignedIn} {
			if after[kind]-before[kind] != 1 {
				t.Errorf("%d events %s", after[kind]-before[kind], kind)
			}
		}
		// The code it was set up with is used.
		again := atFactor(t, a, from, userEmail)
		refusedFor(t, a, "the code it was set up with", from, again, withCode(totp, code), "mfa_failed used_code")
		a.Clock.Advance(30 * time.Second)
		goesOn(t, a, from, again, withCode(totp, x.Code(t)), signin.Done)
	})
}

// An enrolment lasts ten minutes; beginning again replaces it and gives the sign-in ten
// more.
func TestEnrolmentOnTheWayInExpires(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		from := visitor(t, a)
		r, first := enrolling(t, a, from, userEmail)
		a.Clock.Advance(mfa.EnrolmentLifetime - time.Microsecond)
		r, second := beginning(t, a, from, r)
		refusedFor(t, a, "the app that was replaced", from, r, enrolWith(first.Code(t)), "mfa_failed wrong_code")
		a.Clock.Advance(mfa.EnrolmentLifetime - time.Microsecond)
		goesOn(t, a, from, r, enrolWith(second.Code(t)), signin.Done)

		a.AddUser(t, "late@corp.test", sallyport.RoleMember)
		r, x := enrolling(t, a, from, "late@corp.test")
		a.Clock.Advance(mfa.EnrolmentLifetime)
		refused(t, a, from, r.FlowToken, enrolWith(x.Code(t)), flowOver)

		// Without a begun enrolment there is nothing to verify.
		r, err := a.Try(t.Context(), from, "late@corp.test", apptest.Password)
		if err != nil {
			t.Fatal(err)
		}
		refused(t, a, from, r.FlowToken, enrolWith("000000"), sallyport.CodeNotFound)
	})
}

// A method that policy forbids cannot be set up, nor finished when it was begun before.
func TestEnrolmentOfWhatPolicyForbids(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		from := visitor(t, a)
		r, x := enrolling(t, a, from, userEmail)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{webAuthn, backup} })
		refusedFor(t, a, "begun before", from, r, enrolWith(x.Code(t)), "validation_failed method_not_allowed")
		for method, want := range map[string]string{
			totp: "validation_failed method_not_allowed", mailed: "validation_failed method_not_allowed", backup: "validation_failed method_unavailable",
		} {
			if _, err := a.SignIn.BeginEnrolment(t.Context(), from, r.FlowToken, "", mfa.NewFactor{Method: method}); why(err) != want {
				t.Errorf("%s: %v", method, err)
			}
		}
		if n := len(liveSessions(t, a, "")); n != 0 {
			t.Errorf("%d sessions", n)
		}
	})
}
