package entry_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// Who has only what policy forbids by now is asked for that first, and told what follows.
func TestForbiddenFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		app := a.AddTOTP(t, webtest.Owner(t, a))
		if strings.Contains(v.Challenged(t).Text, "set up a new method") {
			t.Error("a new method is announced where the old one counts")
		}
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{sallyport.MethodEmail} })
		page := v.Challenged(t)
		v.Has(page, "First confirm with what you have. Then you set up another second factor", "the app “Phone” shows", "Use a backup code")
		wrong := v.Post("/sign-in/factor", "method", "totp", "code", app.WrongCode(t))
		v.SentBack(wrong, http.StatusUnauthorized, "/sign-in/factor")
		v.Has(wrong, "Then you set up another second factor")
		v.At(v.Get("/sign-in/enrol"), http.StatusOK, "/sign-in") // not yet

		v.Challenged(t)
		enrol := v.Post("/sign-in/factor", "method", "totp", "code", app.Code(t))
		v.At(enrol, http.StatusOK, "/sign-in/enrol")
		v.Has(enrol, "A code by mail")
	})
}

// Who has a factor that cannot be proven is told whom to ask, at the sign-in and before an act.
func TestUnavailableFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		a.SetPolicy(func(p *sallyport.Policy) {
			p.MFAMethods = []string{sallyport.MethodTOTP, sallyport.MethodWebAuthn}
		})
		f := a.AddPasskey(t, webtest.Owner(t, a)).Factor // without backup codes
		apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
			f.Status, f.EndedAt, f.EndedReason = sallyport.FactorSuspended, a.Clock.Now(), "counter_went_back"
			return tx.EndFactor(t.Context(), f)
		}))
		refused := v.Another().SignIn(apptest.OwnerEmail, apptest.Password)
		v.At(refused, http.StatusForbidden, "/sign-in")
		v.Has(refused, "Your second factor cannot be used", "Ask an administrator of your organisation to reset it")

		a.Clock.Advance(11 * time.Minute)
		page := v.Get("/step-up?act=change_password&next=%2Fprofile%2Fsecurity%2Fpassword") // only the factor is missing
		v.At(page, http.StatusForbidden, "/step-up?act=change_password&next=%2Fprofile%2Fsecurity%2Fpassword")
		v.Has(page, "Your second factor cannot be used")
		kept := []string{"act", "add_factor", "next", webtest.AddFactorPath}
		v.Has(v.Get("/step-up?act=add_factor&next="+webtest.Escape(webtest.AddFactorPath)), "Current password")
		ended := v.Post("/step-up", append(kept, "password", apptest.Password)...)
		v.SentBack(ended, http.StatusForbidden, "/step-up")
		v.Has(ended, "Your second factor cannot be used", "Cancel")
	})
}
