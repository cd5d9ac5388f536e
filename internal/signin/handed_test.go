package signin_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/signin"
)

// A password that somebody else chose and knows leads to a new one, and opens nothing after a day.
// What its user chooses then stays good, and so does what they chose by a link.
func TestHandedPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		operator := sallyport.Operator(a.TenantID(t))
		add := func(email string) sallyport.User {
			u, err := a.Accounts.Add(t.Context(), operator, account.NewUser{Email: email, Role: sallyport.RoleMember, Password: apptest.Password, Handed: true})
			apptest.Must(t, err)
			return u
		}
		add(userEmail)
		late := add("late@corp.test")
		const chosen = "chosen-by-its-Owner-7"
		a.Clock.Advance(sallyport.HandedPasswordLifetime - time.Minute)
		r := goesOn(t, a, visitor(t, a), open(t, a, visitor(t, a), userEmail), withPassword(apptest.Password), signin.ChangePassword)
		goesOn(t, a, visitor(t, a), r, signin.Step{State: signin.ChangePassword, NewPassword: chosen, Confirm: chosen}, signin.Done)
		a.Clock.Advance(time.Minute)
		goesOn(t, a, visitor(t, a), open(t, a, visitor(t, a), userEmail), withPassword(chosen), signin.Done)
		refusedFor(t, a, "after a day", visitor(t, a), open(t, a, visitor(t, a), late.Email), withPassword(apptest.Password), string(sallyport.CodeInvalidCredentials))

		// Their owner asks for another one by mail.
		secret := a.MailedLink(t, late, link.Reset, link.About{})
		apptest.Must(t, a.Accounts.ResetPassword(t.Context(), link.Mailed{TenantID: late.TenantID, Client: visitor(t, a).Client, Secret: secret}, chosen, chosen))
		goesOn(t, a, visitor(t, a), open(t, a, visitor(t, a), late.Email), withPassword(chosen), signin.Done)
	})
}

// The operator hands over a link and no password; nobody else gets one.
func TestAddByLink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		n := account.NewUser{Email: userEmail, Role: sallyport.RoleMember}
		_, _, err := a.Accounts.AddByLink(t.Context(), apptest.Actor(a.SignInAs(t, a.Laptop(t), a.Owner(t).Email)), n)
		apptest.Denied(t, "an owner", err, sallyport.CodeForbidden)
		u, l, err := a.Accounts.AddByLink(t.Context(), sallyport.Operator(a.TenantID(t)), n)
		if err != nil || u.Status != sallyport.UserInvited || u.PasswordHash != "" || !l.Until.After(a.Clock.Now()) || len(a.Mails(t)) != 0 {
			t.Errorf("%+v %+v %v", u, l, err)
		}
	})
}
