package web_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// Who comes to a page.
const (
	owner   = "owner"
	admin   = "admin"
	member  = "member"
	nobody  = "nobody"                                // without any cookie
	half    = "half a sign-in"                        // with the cookie of a flow, and no session
	foreign = "owner of another organisation"         // at the address of that
	stray   = "owner of another organisation, astray" // at the address of ours
)

const (
	otherHost = "elsewhere.test"     // the address of the other organisation
	secret    = "no-such-secret-000" // of a mailed link
)

// roles are those who are signed in where they belong.
var roles = []string{owner, admin, member, foreign}

// world is two organisations and their people.
type world struct {
	t      *testing.T
	a      *apptest.App
	v      *webtest.Visitor // without a cookie jar
	other  sallyport.Tenant
	things map[string]map[string]string // ids of somebody else's: by whose they are, then by where they stand
	made   int

	forges map[string]string // ids of identity providers, by organisation
}

// guest is somebody with what their browser sends.
type guest struct {
	host   string
	cookie string
	user   sallyport.User
	actor  sallyport.Actor
	in     signin.Result
}

func newWorld(t *testing.T, a *apptest.App) *world {
	t.Helper()
	w := &world{t: t, a: a, v: webtest.Serve(t, a).Stay(), things: map[string]map[string]string{}, forges: map[string]string{}}
	w.v.Client.Jar = nil
	w.other = a.AddTenant(t, otherHost)
	for name, who := range map[string]string{"another user": member, "another organisation": foreign} {
		w.things[name] = map[string]string{}
		for _, o := range objects {
			w.things[name][o.at] = o.of(w, w.arrive(who))
		}
	}
	return w
}

// arrive brings somebody new who is signed in.
func (w *world) arrive(who string) guest {
	w.t.Helper()
	role := map[string]sallyport.Role{owner: sallyport.RoleOwner, admin: sallyport.RoleAdmin, member: sallyport.RoleMember, foreign: sallyport.RoleOwner}[who]
	if who == foreign {
		g := w.join(w.other.ID, role)
		g.host = otherHost
		return g
	}
	return w.join(w.a.TenantID(w.t), role)
}

// join adds somebody to an organisation, and signs them in.
func (w *world) join(tenantID string, role sallyport.Role) guest {
	w.t.Helper()
	w.made++
	email := fmt.Sprintf("guest-%d@corp.test", w.made)
	g := guest{user: w.a.AddUserOf(w.t, tenantID, email, role)}
	g.in = w.a.SignInAs(w.t, w.a.Visitor(tenantID, apptest.Client("127.0.0.1", apptest.ChromeOnMac)), email)
	g.actor, g.cookie = apptest.Actor(g.in), webtest.SessionCookie+"="+g.in.SessionToken
	return g
}

// colleague brings a member of the organisation of g who is signed in.
func (w *world) colleague(g guest) guest {
	w.t.Helper()
	if g.actor.TenantID == w.other.ID {
		return w.join(g.actor.TenantID, sallyport.RoleMember)
	}
	return w.join(w.a.TenantID(w.t), sallyport.RoleMember)
}

// objectOf is what the {id} of a pattern is of, nil for a pattern without one.
func objectOf(pattern string) *object {
	for i, o := range objects {
		if strings.Contains(pattern, o.at) {
			return &objects[i]
		}
	}
	return nil
}

// thing is something of g's that a pattern is about: its id, "" where it is about nothing.
func (w *world) thing(pattern string, g guest) string {
	w.t.Helper()
	if o := objectOf(pattern); o != nil {
		return o.of(w, g)
	}
	return ""
}

var (
	reference = regexp.MustCompile(`/[0-9a-f-]{36}`)
	opened    = regexp.MustCompile(`/link/[A-Za-z0-9_-]+$`)
)

// ask sends a request by the pattern and returns its status and where it leads, in short.
func (w *world) ask(r kit.Route, g guest, id string) string {
	w.t.Helper()
	method, path, ok := strings.Cut(r.Pattern, " ")
	if !ok {
		method, path = http.MethodGet, "/no/such/page"
	}
	path = strings.NewReplacer("{id}", id, "{secret}", secret, "{of}", "none", "{audience}", "none", "{provider}", "none", "{user}", "none", "{hash}", "00", "{size}", "48", "{form}", "other", "{$}", "").Replace(path)
	if path == kit.StepUpPath || strings.HasPrefix(path, kit.StepUpPath+"/") {
		path += "?act=remove_factor"
	}
	headers := []string{"Cookie", g.cookie}
	if g.host != "" {
		headers = append(headers, "Host", g.host)
	}
	a := w.v.Send(method, path, strings.NewReader(typed[r.Pattern]), headers...)
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		w.t.Fatal(err)
	}
	said := fmt.Sprint(a.StatusCode)
	if to.Path != "" {
		said += " " + opened.ReplaceAllString(reference.ReplaceAllString(strings.Replace(to.Path, "nonsense", "{id}", 1), "/{id}"), "/link/{of}")
	}
	if act := to.Query().Get("act"); act != "" {
		said += " for " + act
	}
	proof := method == http.MethodPost && strings.HasPrefix(path, kit.StepUpPath) // it leads on to what it was for, here nothing
	if next := to.Query().Get("next"); said == "303 "+kit.SignInPath && (next == path || next == "" && (path == kit.HomePath || proof)) {
		said += " and back"
	}
	return said
}

// flow is the cookie of a sign-in that waits for its second factor.
func (w *world) flow() guest {
	w.t.Helper()
	g := w.arrive(member)
	w.a.AddTOTP(w.t, g.actor)
	r, err := w.a.Try(w.t.Context(), w.a.Laptop(w.t), g.in.User.Email, apptest.Password)
	if err != nil || r.State != signin.Factor {
		w.t.Fatalf("%s %v", r.State, err)
	}
	return guest{cookie: "__Host-sallyport-flow=" + r.FlowToken}
}

// events is how much either organisation's log holds.
func (w *world) events() (n int64) {
	w.t.Helper()
	db := dbtest.Raw(w.t, w.a.DSN)
	for _, tenantID := range []string{w.other.ID, w.a.TenantID(w.t)} {
		var last int64
		if err := db.QueryRowContext(context.Background(), "SELECT COALESCE(MAX(seq), 0) FROM events WHERE tenant_id = $1", tenantID).Scan(&last); err != nil {
			w.t.Fatal(err)
		}
		n += last
	}
	return n
}

// What becomes of everybody at every page. A page is a row of the tables of the rooms, and
// what is expected of it a row of [matrix].
func TestMatrix(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		seen := map[string]bool{}
		for _, r := range webtest.PagesOf(t, a, "https://accounts.test").Routes() {
			seen[r.Pattern] = true
			if strings.Contains(r.Pattern, "{id}") && objectOf(r.Pattern) == nil {
				t.Errorf("%s is about an object that is no row of objects", r.Pattern)
				continue
			}
			row, ok := matrix[r.Pattern]
			got := w.page(r)
			if !ok {
				t.Errorf("no row for it:\n\t%q: {nobody: %q, half: %q, in: %q},", r.Pattern, got[nobody], got[half], got[member])
				continue
			}
			for who, want := range map[string]string{
				nobody: row.nobody, half: row.half, owner: row.in, admin: row.in, member: cmp.Or(row.member, row.in), foreign: row.in, stray: row.nobody,
			} {
				if got[who] != want {
					t.Errorf("%s, %s: %s, want %s", r.Pattern, who, got[who], want)
				}
			}
			if a.DB.Engine == store.SQLite { // what has to be proven is decided above the database
				w.guarded(r, row)
			}
			w.elsewhere(r)
		}
		for pattern := range matrix {
			if !seen[pattern] {
				t.Errorf("a row for %s, which is no page", pattern)
			}
		}
	})
}

// page asks as everybody, of what is their own.
func (w *world) page(r kit.Route) map[string]string {
	w.t.Helper()
	got := map[string]string{}
	for _, who := range roles {
		g := w.arrive(who)
		got[who] = w.ask(r, g, w.thing(r.Pattern, g))
	}
	some := ""
	if o := objectOf(r.Pattern); o != nil {
		some = w.things["another user"][o.at]
	}
	got[nobody] = w.ask(r, guest{}, some)
	got[half] = w.ask(r, w.flow(), some)
	lost := w.arrive(foreign)
	lost.host = ""
	got[stray] = w.ask(r, lost, some)
	return got
}

// guarded holds the table of what is expected to the table of routes.
func (w *world) guarded(r kit.Route, row expectation) {
	w.t.Helper()
	method, path, _ := strings.Cut(r.Pattern, " ")
	if r.Guard == kit.SignedIn && row.nobody != "303 /sign-in and back" {
		w.t.Errorf("%s is for who is signed in, and nobody comes to %s", r.Pattern, row.nobody)
	}
	if r.Guard != kit.SignedIn && r.Need.StepUp != "" {
		w.t.Errorf("%s asks nobody to prove more", r.Pattern)
	}
	if r.Guard != kit.SignedIn || method != http.MethodPost || strings.HasPrefix(path, kit.StepUpPath) {
		return
	}
	o := objectOf(r.Pattern)
	if o != nil && o.brief {
		return
	}
	// Whoever proved who they are long ago is asked anew for what the route needs, and for
	// nothing else.
	who := member
	if r.Need.Permission != "" {
		who = owner
	}
	g := w.arrive(who)
	id := w.thing(r.Pattern, g)
	if o == nil || !o.factor { // who has none is not asked for one
		w.a.AddTOTP(w.t, g.actor)
	}
	want := "303 /step-up for " + string(r.Need.StepUp)
	proof, _ := policy.ActOf(r.Need.StepUp)
	if proof.Again {
		if got := w.ask(r, g, id); got != want {
			w.t.Errorf("%s leads whoever just signed in to %s", r.Pattern, got)
		}
	}
	w.a.Clock.Advance(max(10*time.Minute, proof.Password) + time.Minute)
	got := w.ask(r, g, id)
	if asked := strings.HasPrefix(got, "303 /step-up"); asked != (r.Need.StepUp != "") || asked && got != want {
		w.t.Errorf("%s needs %q, and leads whoever proved nothing lately to %s", r.Pattern, r.Need.StepUp, got)
	}
}

// proven is the guest once they have proven what a route needs, so that nothing else is
// asked of them first.
func (w *world) proven(r kit.Route, g guest, app *apptest.Authenticator) guest {
	w.t.Helper()
	err := w.a.Accounts.MayAct(w.t.Context(), g.actor, r.Need.StepUp)
	var e *sallyport.Error
	if r.Need.StepUp == "" || !errors.As(err, &e) || e.StepUp == nil {
		return g
	}
	w.a.Clock.Advance(time.Second) // later than the sign-in
	from := apptest.After(w.a.Visitor(g.actor.TenantID, apptest.Client("127.0.0.1", apptest.ChromeOnMac)), g.in)
	g.cookie = webtest.SessionCookie + "=" + w.a.StepUp(w.t, from, g.actor, *e.StepUp, app).Session
	return g
}

// elsewhere asks for what is not one's own.
func (w *world) elsewhere(r kit.Route) {
	w.t.Helper()
	o := objectOf(r.Pattern)
	if o == nil {
		return
	}
	type visit struct {
		who string
		guest
	}
	var visits []visit
	for _, who := range roles {
		visits = append(visits, visit{who, w.proven(r, w.arrive(who), nil)})
	}
	before := w.events()
	for _, v := range visits {
		for whose, things := range w.things {
			want := missing(r)
			same := (whose == "another organisation") == (v.who == foreign)
			if o.everybody && same {
				continue
			}
			if o.admins && same {
				if v.who != member {
					continue // theirs to act on
				}
				want = "403"
			}
			if o.common && v.who == member {
				want = "403"
			}
			if got := w.ask(r, v.guest, things[o.at]); got != want {
				w.t.Errorf("%s, %s with what is of %s: %s, want %s", r.Pattern, v.who, whose, got, want)
			}
		}
		want := missing(r)
		if o.common && v.who == member {
			want = "403"
		}
		if got := w.ask(r, v.guest, "nonsense"); got != want {
			w.t.Errorf("%s, %s with nonsense: %s", r.Pattern, v.who, got)
		}
	}
	if after := w.events(); after != before {
		w.t.Errorf("%s: %d events of what is somebody else's", r.Pattern, after-before)
	}
}

// missing is what becomes of an id that is not one's own.
func missing(r kit.Route) string {
	if to := leads[r.Pattern]; to != "" {
		return to
	}
	return "404"
}
