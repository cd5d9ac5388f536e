package entry_test

import (
	"net/http"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// From "Secure my account" to the account that is open again, on the pages.
func TestLockdownAndReopen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		v.Has(v.Get("/profile/security"), "Secure my account")
		v.Has(v.Get("/profile/security/lockdown"), "Which session was not you?", "Close my account now")
		done := v.Post("/profile/security/lockdown", "session", "")
		v.At(done, http.StatusOK, "/profile/security/lockdown")
		v.Has(done, "Your account is closed", "Download the report")
		v.At(v.Get("/profile/security"), http.StatusOK, "/sign-in")

		closed := v.SignIn(apptest.OwnerEmail, apptest.Password)
		v.At(closed, http.StatusForbidden, "/sign-in")
		v.Has(closed, "This account is closed", "Mail me a new link")

		path := webtest.MailedLink(t, a, notify.AccountClosed, "/reopen/")
		v.Has(v.Get(path), "Open your account", "Password from before")
		wrong := v.Post(path, "password", "wrong")
		v.At(wrong, http.StatusUnauthorized, path)
		v.Has(wrong, "This password is not right", `id="problems"`)
		v.At(v.Post(path, "password", apptest.Password), http.StatusOK, "/sign-in/new-password")
		opened := v.Post("/sign-in/new-password", "newPassword", webtest.FreshPassword, "confirmPassword", webtest.FreshPassword)
		v.At(opened, http.StatusOK, "/profile/security")
		gone := v.Get(path)
		v.At(gone, http.StatusNotFound, path)
		v.Has(gone, "This link does not work any more")
	})
}

// With a second factor from before the link leads to its question.
func TestReopenWithAFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		actor := webtest.Owner(t, a)
		app := a.AddTOTP(t, actor)
		a.AddUser(t, "second-owner@corp.test", sallyport.RoleOwner)
		if _, err := a.Accounts.LockdownOf(t.Context(), sallyport.Operator(actor.TenantID), actor.UserID, ""); err != nil {
			t.Fatal(err)
		}
		path := webtest.MailedLink(t, a, notify.AccountClosed, "/reopen/")
		v.Has(v.Get(path), "Confirm with a second factor that you had set up before")
		asked := v.Post(path)
		v.At(asked, http.StatusOK, "/sign-in/factor")
		v.At(v.Post("/sign-in/factor", "method", "totp", "code", app.Code(t)), http.StatusOK, "/sign-in/new-password")
		v.At(v.Post("/sign-in/new-password", "newPassword", webtest.FreshPassword, "confirmPassword", webtest.FreshPassword), http.StatusOK, "/profile/security")
	})
}
