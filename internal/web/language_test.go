package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// The language is that of the user, then of the browser, then of the organisation.
func TestLanguageOfPages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		in := func(path, accept, want string) {
			t.Helper()
			v.Accept = accept
			v.Has(v.Get(path), `lang="`+want+`"`)
		}
		in("/sign-in", "", "en")
		in("/sign-in", "fr", "en")
		in("/sign-in", "de-AT,en;q=0.5", "de")
		in("/sign-in", "ar", "ar")
		v.Has(v.Get("/sign-in"), `dir="rtl"`, "تسجيل الدخول")

		apptest.Must(t, a.Tenants.SetLanguage(t.Context(), sallyport.Operator(a.TenantID(t)), "de"))
		in("/sign-in", "fr", "de")
		in("/sign-in", "en", "en")

		// Chosen in the browser, it counts before what the browser asks for.
		chosen := v.Post("/language", "language", "ar", "next", "/sign-in")
		v.At(chosen, http.StatusOK, "/sign-in")
		in("/sign-in", "en", "ar")
		v.Has(v.Post("/language", "language", `en"><script>`, "next", "/sign-in"), `lang="ar"`)

		// Chosen in the account, it counts in every browser.
		v.Enter(apptest.OwnerEmail)
		in(webtest.SecurityPath, "en", "ar")
		v.Has(v.Post("/language", "language", "de", "next", webtest.SecurityPath), `lang="de"`, "Sicherheit")
		other := v.Another()
		other.Enter(apptest.OwnerEmail)
		other.Has(other.Get(webtest.SecurityPath), `lang="de"`, "Sicherheit")
		other.Has(other.Get(webtest.SecurityPath+"/activity?show=account"), "Sprache gewählt")

		// A page for admins is whole in one language.
		other.Post("/language", "language", "ar", "next", webtest.SecurityPath)
		in("/settings/team", "de", "en")
	})
}

// A mail is in the language of who reads it, whoever caused it.
func TestLanguageOfMails(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		thief, owner := webtest.Serve(t, a), webtest.Serve(t, a)
		subject := func() string {
			t.Helper()
			thief.Accept = "ar"
			thief.Post("/recovery", "email", apptest.OwnerEmail)
			return a.OnlyMail(t, notify.PasswordReset, apptest.OwnerEmail).Subject
		}
		if s := subject(); s != "Choose a new password for Quayside" {
			t.Errorf("an unknown language: %q", s)
		}
		owner.Accept = "de"
		owner.Enter(apptest.OwnerEmail)
		if s := subject(); s != "Wählen Sie ein neues Passwort für Quayside" {
			t.Errorf("that of the last sign-in: %q", s)
		}

		// Who has the password does not choose the language of the mail that warns of them.
		stranger := owner.Another()
		stranger.Accept = "ar"
		stranger.Enter(apptest.OwnerEmail)
		var warned []string
		for _, m := range a.Mails(t) {
			if m.Kind == notify.NewSignIn {
				warned = append(warned, m.Subject)
			}
		}
		if len(warned) == 0 || slices.ContainsFunc(warned, func(s string) bool { return !strings.Contains(s, "Anmeldung") }) {
			t.Errorf("warned by %q", warned)
		}
		owner.Post("/language", "language", "en", "next", webtest.SecurityPath)
		if s := subject(); s != "Choose a new password for Quayside" {
			t.Errorf("the chosen one: %q", s)
		}
	})
}
