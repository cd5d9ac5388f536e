package profile_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// The page opens with what needs its reader, and then with since when all is quiet.
func TestVerdict(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		home := v.Get(webtest.SecurityPath)
		v.Has(home, "Two things need you", "Verify your e-mail address", "Send link", "Only your password guards this account", "Add a second factor", "Password only")
		if i := strings.Index(home.Text, "Two things need you"); i > strings.Index(home.Text, `id="password"`) {
			t.Error("it does not open the page")
		}
		a.VerifyAddress(t, webtest.Owner(t, a))
		v.Has(v.Get(webtest.SecurityPath), "One thing needs you")
		v.AddApp(a, "Phone")
		v.Has(v.Get(webtest.SecurityPath), "One thing needs you", "You have not saved your backup codes")
		quiet := v.Post(webtest.SecurityPath+"/two-factor/backup-codes/saved", "saved", "yes")
		v.Has(quiet, "All quiet<", "Password and second factor", "2 sessions<")
		since := a.Clock.Now().Format("2 Jan 2006")
		a.Clock.Advance(26 * time.Hour)
		v.Has(v.Get(webtest.SecurityPath), "All quiet since "+since)
		a.SetPolicy(func(p *sallyport.Policy) { p.PasswordRotation = 24 * time.Hour })
		v.Has(v.Get(webtest.SecurityPath), "One thing needs you", "Your password is", "asks for a new one every day")
	})
}

// An unusual sign-in is asked about at the top, and its session stands above the others, also
// above the one in use.
func TestUnusualSessionOnTop(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = "alert" })
		doubtful(t, a, apptest.OwnerEmail)
		v.Enter(apptest.OwnerEmail)
		page := v.Get(webtest.SecurityPath)
		v.Has(page, "Three things need you", "Firefox on Linux, Lagos, Nigeria")
		sessions := page.Text[strings.Index(page.Text, `id="sessions"`):]
		if i, j := strings.Index(sessions, "Unusual sign-in"), strings.Index(sessions, "Current"); i < 0 || i > j {
			t.Errorf("the unusual one is at %d, the current one at %d", i, j)
		}
		v.Post(mineLink.FindString(page.Text))
		if strings.Contains(v.Get(webtest.SecurityPath).Text, "Unusual sign-in<") {
			t.Error("it is marked after the answer")
		}
	})
}

// Whoever was in and left is asked about all the same, until there is a new password.
func TestUnusualSessionThatIsOver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = "alert" })
		stranger := doubtful(t, a, apptest.OwnerEmail)
		v.Enter(apptest.OwnerEmail)
		if err := a.Sessions.RevokeOwn(t.Context(), stranger, stranger.SessionID); err != nil {
			t.Fatal(err)
		}
		page := v.Get(webtest.SecurityPath)
		v.Has(page, "This sign-in was unusual", "Firefox on Linux", "It was me", `href="/profile/security/lockdown" aria-describedby`)
		done := v.Post("/profile/security/password", "currentPassword", apptest.Password, "newPassword", "Brave new pillars 43", "confirmPassword", "Brave new pillars 43")
		v.At(done, http.StatusOK, webtest.SecurityPath)
		if strings.Contains(done.Text, "This sign-in was unusual") {
			t.Error("it is asked about after a new password")
		}
	})
}

// It can be answered when it is over, too.
func TestUnusualSessionThatIsOverWasMine(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = "alert" })
	me := doubtful(t, a, apptest.OwnerEmail)
	v.Enter(apptest.OwnerEmail)
	if err := a.Sessions.RevokeOwn(t.Context(), me, me.SessionID); err != nil {
		t.Fatal(err)
	}
	done := v.Post(mineLink.FindString(v.Get(webtest.SecurityPath).Text))
	v.At(done, http.StatusOK, webtest.SecurityPath)
	if strings.Contains(done.Text, "This sign-in was unusual") {
		t.Error("it is asked again")
	}
}

// One that was refused after every proof is no quiet either: somebody had the password.
func TestUnusualSignInThatWasRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		far := visits(t, a, apptest.OwnerEmail)
		if _, err := a.Try(t.Context(), a.From(t, far), apptest.OwnerEmail, apptest.Password); err == nil {
			t.Fatal("it is not refused")
		}
		v.Enter(apptest.OwnerEmail)
		page := v.Get(webtest.SecurityPath)
		v.Has(page, "A sign-in was refused", "Firefox on Linux, Lagos, Nigeria", "km from a sign-in in Berlin")
		done := v.Post("/profile/security/password", "currentPassword", apptest.Password, "newPassword", "Brave new pillars 43", "confirmPassword", "Brave new pillars 43")
		v.At(done, http.StatusOK, webtest.SecurityPath)
		if strings.Contains(done.Text, "A sign-in was refused") {
			t.Error("it is said after a new password")
		}
	})
}
