package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// brave is a password that policy takes.
const brave = "Brave new pillars 43"

// Where single sign-on is required, a password opens nothing: every form is sent with the right one by whoever
// may hold it, also in a sign-in or with a link that began before. Where it is not required the same forms open
// what is listed, so they are the right ones.
func TestNoPasswordWhereProvidersAreRequired(t *testing.T) {
	for _, required := range []bool{false, true} {
		t.Run(fmt.Sprint(required), func(t *testing.T) {
			w := newWorld(t, webtest.SQLite(t))
			opened := map[string][]string{}
			for _, r := range webtest.PagesOf(t, w.a, "https://accounts.test").Routes() {
				if strings.HasPrefix(r.Pattern, "POST ") {
					w.giveRightPasswords(r, required, opened)
				}
			}
			if required {
				for pattern, doors := range opened {
					t.Errorf("%s opens %v", pattern, doors)
				}
				return
			}
			for _, pattern := range []string{
				"POST /sign-in", "POST /sign-in/factor", "POST /sign-in/new-password", "POST /sign-in/device", "POST /step-up", "POST /recovery/link/{of}", "POST /invitation/link/{of}",
				"POST /profile/security/password",
			} {
				if len(opened[pattern]) == 0 {
					t.Errorf("nothing is opened at %s", pattern)
				}
			}
		})
	}
}

// holder is somebody with a form that has all that they know.
type holder struct {
	guest
	form url.Values
	id   string // of what the form is about
}

// holders are those who come by with the right password.
func (w *world) holders(r kit.Route) []holder {
	w.t.Helper()
	form := func(email string, pairs ...string) url.Values {
		out := url.Values{"email": {email}, "password": {apptest.Password}, "currentPassword": {apptest.Password}, "newPassword": {brave}, "confirmPassword": {brave}, "trust": {"no"}}
		for i := 0; i < len(pairs); i += 2 {
			out.Set(pairs[i], pairs[i+1])
		}
		return out
	}
	if r.Guard == kit.SignedIn {
		late := holder{w.arrive(member), form("", "act", "add_factor"), ""}
		late.id = w.thing(r.Pattern, late.guest)
		w.a.Clock.Advance(11 * time.Minute)
		now := holder{w.proven(r, w.arrive(member), nil), form(""), ""}
		now.id = w.thing(r.Pattern, now.guest)
		return []holder{late, now}
	}
	known := w.arrive(member).user.Email
	all := []holder{{guest{}, form(known), ""}, {guest{}, form(known, "password", brave), ""}}
	if r.Guard != kit.InFlow {
		return all
	}
	for _, g := range w.waiting() {
		all = append(all, holder{g, form(""), ""})
	}
	w.a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedNobody }) // as it was
	who := w.join(w.a.TenantID(w.t), sallyport.RoleMember)
	app := w.a.AddTOTP(w.t, who.actor)
	in, err := w.a.Try(w.t.Context(), w.a.Laptop(w.t), who.user.Email, apptest.Password)
	apptest.Must(w.t, err)
	return append(all, holder{guest{cookie: "__Host-sallyport-flow=" + in.FlowToken}, form("", "method", sallyport.MethodTOTP, "code", app.Code(w.t)), ""})
}

// giveRightPasswords sends the form of a route as all holders, and notes what is open afterwards that was not.
func (w *world) giveRightPasswords(r kit.Route, required bool, opened map[string][]string) {
	w.t.Helper()
	require := func(on bool) { w.a.SetPolicy(func(p *sallyport.Policy) { p.SSORequired = on }) }
	for _, h := range w.holders(r) {
		send := w.form(r, h.guest, h.id, h.form)
		before := w.doors()
		require(required)
		if a := send(); a.StatusCode >= http.StatusInternalServerError {
			w.t.Errorf("%s: %d", r.Pattern, a.StatusCode)
		}
		require(false)
		for _, door := range w.doors() {
			if !slices.Contains(before, door) {
				opened[r.Pattern] = append(opened[r.Pattern], door)
			}
		}
	}
}

// doors are what a password opens: sessions with what they have proven, sign-ins that are past it, and passwords.
func (w *world) doors() (all []string) {
	w.t.Helper()
	for _, query := range []string{
		"SELECT 'session ' || id || ' ' || COALESCE(stepped_up_at, 0) FROM sessions",
		"SELECT 'sign-in ' || id || ' ' || state FROM flows WHERE state <> 'password'",
		"SELECT 'password of ' || id || ' ' || password_hash FROM users WHERE password_hash <> ''",
	} {
		rows, err := dbtest.Raw(w.t, w.a.DSN).QueryContext(w.t.Context(), query)
		apptest.Must(w.t, err)
		for rows.Next() {
			var door string
			apptest.Must(w.t, rows.Scan(&door))
			all = append(all, door)
		}
		apptest.Must(w.t, rows.Err())
		apptest.Must(w.t, rows.Close())
	}
	return all
}
