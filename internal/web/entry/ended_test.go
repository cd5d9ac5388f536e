package entry_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// Whoever was signed in is told why they are not any more.
func TestWhyASessionEnded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.SessionIdleWeb, p.SessionLifetime = time.Hour, 3*time.Hour })
		for _, tt := range []struct {
			want string
			end  func(t *testing.T, in sallyport.Session)
		}{
			{"was not used for too long", func(*testing.T, sallyport.Session) { a.Clock.Advance(2 * time.Hour) }},
			{"was as old as a session may get here", func(*testing.T, sallyport.Session) {
				a.Clock.Advance(4 * time.Hour)
			}},
			{"An administrator ended this session", func(t *testing.T, in sallyport.Session) {
				apptest.Must(t, a.Sessions.Terminate(t.Context(), sallyport.Operator(in.TenantID), in.ID))
			}},
			{"This device was removed from your account", func(t *testing.T, in sallyport.Session) {
				apptest.Must(t, a.Devices.Revoke(t.Context(), webtest.Owner(t, a), in.DeviceID))
			}},
			{"Your password was changed elsewhere", func(t *testing.T, _ sallyport.Session) {
				_, err := a.ChangePassword(t.Context(), webtest.Owner(t, a), apptest.Password, webtest.FreshPassword)
				apptest.Must(t, err)
			}},
		} {
			in := v.Another()
			in.Enter(apptest.OwnerEmail)
			checked, err := a.Sessions.Check(t.Context(), a.TenantID(t), in.Cookie(webtest.SessionCookie))
			apptest.Must(t, err)
			tt.end(t, checked.Session)
			out := in.Get(webtest.SecurityPath)
			in.At(out, http.StatusOK, "/sign-in")
			in.Has(out, "You have been signed out", tt.want)
		}
	})
}

// Five minutes, the least that policy takes, are five minutes: who uses a session stays in, however often
// its uses are written, and who does not is out. What scripts ask for is no use.
func TestFiveMinutesIdle(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.StoredPolicies()
		_, err := a.Tenants.Save(t.Context(), sallyport.Operator(a.Owner(t).TenantID), tenant.Edit{Fields: map[string]any{"sessionIdleWebMinutes": 5, "sessionIdleMobileMinutes": 5, "sessionLifetimeMinutes": 60}})
		apptest.Must(t, err)
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		for range 10 { // a use each 291 seconds, the last of which is not written
			a.Clock.Advance(9 * time.Second)
			v.At(v.Get(webtest.SecurityPath), http.StatusOK, webtest.SecurityPath)
			a.Clock.Advance(282 * time.Second)
			_, err := a.Sessions.Expire(t.Context())
			apptest.Must(t, err)
			v.At(v.Get(webtest.SecurityPath), http.StatusOK, webtest.SecurityPath)
		}
		v.Has(v.Get(kit.LeftPath), `"idle":300,"all":690`)
		a.Clock.Advance(4 * time.Minute)
		v.Has(v.Get(kit.LeftPath), `"idle":60,"all":450`)
		a.Clock.Advance(time.Minute)
		out := v.Get(webtest.SecurityPath)
		v.At(out, http.StatusOK, "/sign-in")
		v.Has(out, "was not used for too long")
	})
}

// Who can open an account only with somebody's help is told whose.
func TestReopenDenied(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	actor := webtest.Owner(t, a)
	a.AddUser(t, "second-owner@corp.test", sallyport.RoleOwner)
	_, err := a.ChangePassword(t.Context(), actor, apptest.Password, webtest.FreshPassword)
	apptest.Must(t, err)
	_, err = a.Accounts.LockdownOf(t.Context(), sallyport.Operator(actor.TenantID), actor.UserID, actor.SessionID)
	apptest.Must(t, err)
	v.Has(v.Get(webtest.MailedLink(t, a, notify.AccountClosed, "/reopen/")), "Nothing that you could prove is older", "Who can help", "mailto:second-owner@corp.test")
}
