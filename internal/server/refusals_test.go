package server_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/web"
)

// watched is a site whose log a test reads.
type watched struct {
	*apptest.Site
	t   *testing.T
	log *lines
}

func newWatched(t *testing.T) watched {
	t.Helper()
	a, log := apptest.New(t, apptest.Engines[0], store.Options{}), &lines{}
	a.Owner(t)
	s := apptest.Serve(t, a, func(c *server.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	return watched{s, t, log}
}

// ask sends a request from an address.
func (w watched) ask(route, from, body string, change func(*http.Request)) int {
	method, target, _ := strings.Cut(route, " ")
	answer, r := httptest.NewRecorder(), httptest.NewRequestWithContext(w.t.Context(), method, target, strings.NewReader(body))
	r.RemoteAddr = net.JoinHostPort("127.0.0.1", "4000")
	r.Header.Set("X-Forwarded-For", from)
	if change != nil {
		change(r)
	}
	w.Server.Handler.ServeHTTP(answer, r)
	return answer.Code
}

func withSession(secret string) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "__Host-sallyport", Value: secret}) }
}

func withBearer(secret string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }
}

// Who asks for what they may not have leaves a line, by whatever edge they come.
func TestRefusalsLeaveALine(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	mia := w.AddUser(t, "mia@corp.test", sallyport.RoleMember)
	in := w.SignInAs(t, w.Laptop(t), mia.Email)
	admin := w.SignInAs(t, w.Laptop(t), apptest.OwnerEmail)
	made := token.NewID()
	form := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	for i, tt := range []struct {
		route, body string
		change      func(*http.Request)
		status      int
		reason, who string
	}{
		{"GET /settings/team", "", withSession(in.SessionToken), 403, "forbidden", mia.ID},
		{"GET /api/v1/users", "", withSession(in.SessionToken), 403, "forbidden", mia.ID},
		{"GET /api/v1/sessions/" + made, "", withSession(admin.SessionToken), 404, "not_found", ""},
		{"GET /settings/team/" + made, "", withSession(admin.SessionToken), 404, "not_found", ""},
		{"GET /api/v1/me", "", withBearer("sps_made-up"), 401, "unknown_token", ""},
		{"GET /api/v1/session", "", withBearer("sps_made-up"), 401, "unknown_token", ""},
		{"GET /profile/security", "", withSession("made-up"), 303, "unknown_token", ""},
		{"POST /sign-in", "email=x", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "cross_origin", ""},
		{"POST /api/v1/sign-in", "{}", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "cross_origin", ""},
		{"POST /oauth2/introspect", "token=x&client_id=x&client_secret=y", form, 401, "unknown_client", ""},
		{"POST /oauth2/token", "grant_type=refresh_token&refresh_token=" + strings.Repeat("x", 40), form, 400, "unknown_token", ""},
	} {
		w.log.take()
		status := w.ask(tt.route, fmt.Sprintf("192.0.2.%d", i), tt.body, tt.change)
		line := w.log.take()
		for _, want := range []string{"msg=refused ", "reason=" + tt.reason, fmt.Sprintf("network=192.0.2.%d", i), "route=", "user=" + tt.who} {
			if !strings.Contains(line, want) {
				t.Errorf("%s: status %d, the log lacks %s: %q", tt.route, status, want, line)
			}
		}
		if status != tt.status {
			t.Errorf("%s: status %d, want %d", tt.route, status, tt.status)
		}
		if tt.route != "GET /api/v1/session" && !strings.Contains(line, "request=") {
			t.Errorf("%s: nothing leads to the request: %q", tt.route, line)
		}
		if strings.Contains(line, "made-up") || strings.Contains(line, made) {
			t.Errorf("%s: the log has what the client chose: %q", tt.route, line)
		}
	}
	for _, route := range []string{"GET /none", "GET /sign-in", "GET /api/v1/none", "GET /profile/security", "GET /api/v1/me", "GET /api/v1/session", "POST /api/v1/sign-in"} {
		if w.ask(route, "192.0.2.200", "", nil); strings.Contains(w.log.take(), "msg=refused") {
			t.Errorf("%s: everybody's mistake is told", route)
		}
	}
}

// No page for those who have a permission is refused without a word.
func TestRefusalsOfEveryPage(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	in := w.SignInAs(t, w.Laptop(t), w.AddUser(t, "mia@corp.test", sallyport.RoleMember).Email)
	asked := 0
	for _, r := range web.New(web.Deps{}).Routes() {
		method, path, found := strings.Cut(r.Pattern, " ")
		if r.Need.Permission == "" || !found {
			continue
		}
		w.Clock.Advance(time.Minute) // or lines would be left out
		if w.ask("GET /api/v1/me", "192.0.2.1", "", withSession(in.SessionToken)) != http.StatusOK {
			t.Fatal("the session is over")
		}
		w.log.take()
		status := w.ask(method+" "+regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "x"), "192.0.2.1", "", withSession(in.SessionToken))
		asked++
		if line := w.log.take(); (status == http.StatusForbidden || status == http.StatusNotFound) && !strings.Contains(line, "msg=refused") {
			t.Errorf("%s: status %d and no line", r.Pattern, status)
		}
	}
	if asked < 50 {
		t.Errorf("%d pages", asked)
	}
}

// The limits that lock no account are told too, also where whoever asks is told nothing.
func TestRefusalsByLimits(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	form := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	for range 6 {
		w.ask("POST /recovery", "192.0.2.1", "email=somebody@corp.test", form)
	}
	if line := w.log.take(); !strings.Contains(line, "reason=limit_mailing") {
		t.Errorf("too many mails to one address: %q", line)
	}
	for i := range 40 {
		w.ask("POST /recovery", "192.0.2.2", fmt.Sprintf("email=somebody%d@corp.test", i), form)
	}
	if line := w.log.take(); !strings.Contains(line, "reason=limit_asking") {
		t.Errorf("too many from one network: %q", line)
	}
	for range 310 {
		w.ask("POST /api/v1/sign-in", "192.0.2.3", `{"email":"x@corp.test"}`, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
	}
	if line := w.log.take(); !strings.Contains(line, "reason=limit_opening") {
		t.Errorf("too many sign-ins: %q", line)
	}
}

// Of a flood a few lines are written, with how many are left out; and one event in an hour.
func TestRefusalsRepeated(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	mia := w.AddUser(t, "mia@corp.test", sallyport.RoleMember)
	in := w.SignInAs(t, w.Laptop(t), mia.Email)
	events := func() (all []store.EventRow) {
		for _, e := range w.Events(t) {
			if e.Kind == string(audit.RefusalsRepeated) {
				all = append(all, e)
			}
		}
		return all
	}
	for range 5 {
		w.ask("GET /api/v1/users", "192.0.2.1", "", withSession(in.SessionToken))
		w.ask("GET /api/v1/me", "2001:db8::1", "", withBearer("sps_made-up"))
	}
	if n := len(events()); n != 0 {
		t.Fatalf("%d events after a few", n)
	}
	w.ask("GET /api/v1/users", "192.0.2.77", "", withSession(in.SessionToken)) // from anywhere: it is the same user
	w.ask("GET /api/v1/me", "2001:db8::ffff", "", withBearer("sps_other"))     // in the same network
	all := events()
	if len(all) != 2 {
		t.Fatalf("%d events", len(all))
	}
	if e := all[0]; e.UserID != mia.ID || e.ActorID != mia.ID || e.SessionID == "" || !strings.Contains(e.Body, `"forbidden"`) || !strings.Contains(e.Body, `"6"`) {
		t.Errorf("of the user: %+v", e)
	}
	if e := all[1]; e.UserID != "" || e.ActorID != "" || !strings.Contains(e.Body, `"unknown_token"`) {
		t.Errorf("of the network: %+v", e)
	}
	w.log.take()
	for range 60 {
		w.ask("GET /api/v1/me", "2001:db8::1", "", withBearer("sps_made-up"))
	}
	if n := strings.Count(w.log.take(), "msg=refused "); n > 20 {
		t.Errorf("%d lines of a flood", n)
	}
	w.Clock.Advance(time.Minute)
	w.ask("GET /api/v1/me", "2001:db8::1", "", withBearer("sps_made-up"))
	if line := w.log.take(); !strings.Contains(line, `msg="refused, more of the same" reason=unknown_token left_out=`) {
		t.Errorf("nothing says how many were left out: %q", line)
	}
	if n := len(events()); n != 2 {
		t.Errorf("%d events within an hour", n)
	}
	w.Clock.Advance(time.Hour)
	for range 6 {
		w.ask("GET /api/v1/me", "2001:db8::1", "", withBearer("sps_made-up"))
	}
	if n := len(events()); n != 3 {
		t.Errorf("%d events after an hour", n)
	}
}
