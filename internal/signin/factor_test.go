package signin_test

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
)

func TestFactorAtSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		laptop := a.Laptop(t)
		in := a.SignInAs(t, laptop, apptest.OwnerEmail)
		app := a.AddTOTP(t, apptest.Actor(in))
		if len(app.BackupCodes) != a.Policy().MFABackupCodes {
			t.Fatalf("%d backup codes", len(app.BackupCodes))
		}
		r, err := a.Try(t.Context(), laptop, apptest.OwnerEmail, apptest.Password)
		if err != nil || r.State != signin.Factor || len(r.Choices) != 2 {
			t.Fatalf("after the password: %+v %v", r, err)
		}
		if _, err := a.PassFactor(t, laptop, r, sallyport.MethodTOTP, "000000"); sallyport.CodeOf(err) != sallyport.CodeMFAFailed {
			t.Fatalf("a wrong code: %v", err)
		}
		done, err := a.PassFactor(t, laptop, r, sallyport.MethodTOTP, app.Code(t))
		if err != nil || done.State != signin.Done || done.Session.MFAMethod != sallyport.MethodTOTP {
			t.Fatalf("a right code: %+v %v", done, err)
		}
	})
}

func TestPasskeyInsteadOfPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		laptop := a.Laptop(t)
		key := a.AddPasskey(t, apptest.Actor(a.SignInAs(t, laptop, apptest.OwnerEmail)))
		r, err := a.SignIn.OpenPasskey(t.Context(), laptop)
		if err != nil {
			t.Fatal(err)
		}
		done, err := a.SignIn.Advance(t.Context(), laptop, r.FlowToken, signin.Step{State: signin.Password, Passkey: key.Answer(t, r.Asked.Options)})
		if err != nil || done.State != signin.Done || !done.Session.MFAVerified() {
			t.Fatalf("%+v %v", done, err)
		}
		if done.User.Email != apptest.OwnerEmail {
			t.Errorf("signed in as %s", done.User.Email)
		}
		// As a second factor.
		r, err = a.Try(t.Context(), laptop, apptest.OwnerEmail, apptest.Password)
		if err != nil || r.State != signin.Factor {
			t.Fatalf("after the password: %+v %v", r, err)
		}
		r, err = a.SignIn.Ask(t.Context(), laptop, r.FlowToken, "", mfa.Choice{Method: sallyport.MethodWebAuthn})
		if err != nil {
			t.Fatal(err)
		}
		done, err = a.SignIn.Advance(t.Context(), laptop, r.FlowToken, signin.Step{
			State: signin.Factor, Answer: mfa.Answer{Method: sallyport.MethodWebAuthn, Passkey: key.Answer(t, r.Asked.Options)},
		})
		if err != nil || done.State != signin.Done {
			t.Fatalf("%+v %v", done, err)
		}
	})
}
