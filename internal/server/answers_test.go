package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/uses"
)

// asked is somebody whose session, or key, the server is asked about.
type asked struct {
	t    *testing.T
	s    *apptest.Site
	u    uses.All // of the server, or of another program on the same database
	user sallyport.User
	apptest.Visited
	role string // that they have, of those that the organisation made
	key  apikey.Made
}

// answer asks the server, and returns the fields of its answer; "" has the status.
func (v *asked) answer(token string) map[string]string {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.s.URL+"/api/v1/session", nil)
	apptest.Must(v.t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	a, err := http.DefaultClient.Do(r)
	apptest.Must(v.t, err)
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	apptest.Must(v.t, err)
	fields := map[string]string{"": fmt.Sprint(a.StatusCode)}
	if a.StatusCode != http.StatusOK {
		return fields
	}
	var all map[string]any
	apptest.Must(v.t, json.Unmarshal(text, &all))
	for name, value := range all {
		if inner, ok := value.(map[string]any); ok {
			for k, x := range inner {
				fields[name+"."+k] = fmt.Sprint(x)
			}
			continue
		}
		fields[name] = fmt.Sprint(value)
	}
	return fields
}

// always differ: each check is a use.
var always = []string{"session.lastActivityAt", "expiresAt"}

// fixed are fields that nothing changes while there is such a session or key.
var fixed = []string{
	"user.id", "tenant.id", "session.id", "session.createdAt", "device.id", "apiKey.id", "apiKey.name", "apiKey.expiresAt",
}

// changes are acts, and the fields of the answer that they change; "" for the status, which becomes a
// refusal. All begin with somebody who has just signed in on a device that they trust, and has a key.
var changes = []struct {
	name   string
	fields string
	key    bool // it is the key that is asked about
	do     func(v *asked) error
}{
	{"name", "user.firstName user.lastName", false, func(v *asked) error {
		return v.u.Accounts.ChangeDetails(v.t.Context(), v.Me(), account.DetailsChange{To: map[string]string{"firstName": "Nia", "lastName": "Other"}})
	}},
	{"e-mail", "user.email", false, func(v *asked) error {
		to := "new-" + v.user.Email
		if _, err := v.s.Contacts.AskEmail(v.t.Context(), v.Me(), to); err != nil {
			return err
		}
		return v.s.Contacts.ConfirmEmail(v.t.Context(), v.Me(), v.s.LastCode(v.t, to))
	}},
	{"role", "user.role", false, func(v *asked) error {
		_, err := v.u.Accounts.ChangeRole(v.t.Context(), v.operator(), v.user.ID, sallyport.RoleMember)
		return err
	}},
	{"what a role allows", "apiKey.permissions", true, func(v *asked) error {
		_, err := v.u.Roles.Change(v.t.Context(), v.operator(), v.role, role.Input{Name: "Role of " + v.user.Email, Permissions: []string{"users.view"}})
		return err
	}},
	{"role, for a key", "user.role apiKey.permissions", true, func(v *asked) error {
		_, err := v.u.Accounts.ChangeRole(v.t.Context(), v.operator(), v.user.ID, sallyport.RoleMember)
		return err
	}},
	{"name of the organisation", "tenant.name", false, func(v *asked) error {
		_, err := v.u.Tenants.SaveLook(v.t.Context(), v.operator(), tenant.LookChange{Set: map[string]string{"name": "Of " + v.user.Email}})
		return err
	}},
	{"trust", "device.trustLevel", false, func(v *asked) error {
		return v.u.Devices.SetLevel(v.t.Context(), v.operator(), v.DeviceID(), sallyport.TrustHigh)
	}},
	{"a flag", "", false, func(v *asked) error { return v.u.Devices.Flag(v.t.Context(), v.operator(), v.DeviceID(), "lost") }},
	{"a blocked device", "", false, func(v *asked) error { return v.u.Devices.Suspend(v.t.Context(), v.operator(), v.DeviceID()) }},
	{"a removed device", "", false, func(v *asked) error { return v.u.Devices.RevokeOf(v.t.Context(), v.operator(), v.DeviceID()) }},
	{"extended", "session.expiresAt", false, func(v *asked) error {
		v.s.Clock.Advance(time.Minute)
		return v.u.Sessions.Extend(v.t.Context(), v.operator(), v.In.Session.ID)
	}},
	{"shortened by policy", "session.expiresAt", false, func(v *asked) error {
		now, err := v.u.Tenants.Read(v.t.Context(), v.operator())
		if err != nil {
			return err
		}
		left := int(now.Policy.SessionLifetime.Minutes()) - 1
		_, err = v.u.Tenants.Save(v.t.Context(), v.operator(), tenant.Edit{Version: now.Version, Fields: map[string]any{"sessionLifetimeMinutes": left}})
		return err
	}},
	{"suspended", "", false, func(v *asked) error { return v.u.Sessions.Suspend(v.t.Context(), v.operator(), v.In.Session.ID) }},
	{"revoked", "", false, func(v *asked) error { return v.u.Sessions.Revoke(v.t.Context(), v.operator(), v.In.Session.ID) }},
	{"terminated", "", false, func(v *asked) error { return v.u.Sessions.Terminate(v.t.Context(), v.operator(), v.In.Session.ID) }},
	{"all terminated", "", false, func(v *asked) error {
		_, err := v.u.Sessions.TerminateAllOf(v.t.Context(), v.operator(), v.user.ID)
		return err
	}},
	{"signed out", "", false, func(v *asked) error { return v.u.Sessions.SignOut(v.t.Context(), v.Me()) }},
	{"disabled", "", false, func(v *asked) error {
		_, err := v.u.Accounts.Disable(v.t.Context(), v.operator(), v.user.ID)
		return err
	}},
	{"disabled, for a key", "", true, func(v *asked) error {
		_, err := v.u.Accounts.Disable(v.t.Context(), v.operator(), v.user.ID)
		return err
	}},
	{"locked down", "", false, func(v *asked) error {
		_, err := v.u.Accounts.LockdownOf(v.t.Context(), v.operator(), v.user.ID, "")
		return err
	}},
	{"password changed elsewhere", "", false, func(v *asked) error {
		other := v.s.Visit(v.t, v.s.Laptop(v.t), v.user.Email, false, nil)
		_, err := v.u.Accounts.ChangePassword(v.t.Context(), other.Me(), account.PasswordChange{Current: apptest.Password, New: "Violet-Kettle-83 Orbit", Confirm: "Violet-Kettle-83 Orbit"})
		return err
	}},
	{"stepped up", "", false, func(v *asked) error { // its token is another one
		v.s.StepUp(v.t, v.From, v.Me(), sallyport.StepUp{Act: string(policy.AddFactor), Password: true}, nil)
		return nil
	}},
	{"key rotated", "", true, func(v *asked) error {
		_, err := v.s.APIKeys.Rotate(v.t.Context(), v.Me(), v.key.ID, 0)
		return err
	}},
	{"key revoked", "", true, func(v *asked) error { return v.u.APIKeys.End(v.t.Context(), v.operator(), v.key.ID) }},
}

func (v *asked) operator() sallyport.Actor { return sallyport.Operator(v.user.TenantID) }

// sign signs somebody new in, who has a role of the organisation and a key.
func sign(t *testing.T, s *apptest.Site, u uses.All, email string) *asked {
	t.Helper()
	v := &asked{t: t, s: s, u: u}
	made, err := s.Roles.Add(t.Context(), sallyport.Operator(s.TenantID(t)), role.Input{Name: "Role of " + email, Permissions: []string{"users.view", "sessions.view"}})
	apptest.Must(t, err)
	v.role = made.ID
	v.user = s.AddUser(t, email, sallyport.Role(made.ID))
	v.Visited = s.Visit(t, s.Laptop(t), email, true, nil)
	v.From = s.StepUp(t, v.From, v.Me(), sallyport.StepUp{Act: string(policy.ManageAPIKeys), Password: true, Within: 10 * time.Minute}, nil)
	v.In.SessionToken = v.From.Session
	v.key, err = s.APIKeys.Make(t.Context(), v.Me(), apikey.Input{Name: "Nightly", Permissions: []string{"users.view", "sessions.view"}})
	apptest.Must(t, err)
	return v
}

// Whatever changes an answer that is remembered, done by the server or by another program: the first
// check after it is answered anew. All fields are changed by something, or never.
func TestEveryFieldByEveryAct(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		s.Owner(t)
		s.SavePolicy(t, map[string]any{"sessionRevokeOnRoleChange": false})
		s.SetPolicy(func(p *sallyport.Policy) { p.SessionRevokeOnRoleChange = false })
		met := map[string]bool{}
		for i, c := range changes {
			for by, u := range map[string]uses.All{"the server": s.Server.All, "another program": s.All} {
				v := sign(t, s, u, fmt.Sprintf("%d-%s@corp.test", i, strings.Fields(by)[1]))
				token := v.In.SessionToken
				if c.key {
					token = v.key.Secret
				}
				v.answer(token)
				before := v.answer(token)
				if before[""] != "200" {
					t.Fatalf("%s by %s: before it the answer is %v", c.name, by, before)
				}
				apptest.Must(t, c.do(v))
				after := v.answer(token)
				var changed []string
				for _, name := range slices.Sorted(maps.Keys(before)) {
					if after[name] != before[name] && after[""] == "200" && !slices.Contains(always, name) {
						changed = append(changed, name)
					}
					met[name] = met[name] || slices.Contains(strings.Fields(c.fields), name)
				}
				want := strings.Fields(c.fields)
				slices.Sort(want)
				if refused := after[""] != "200"; refused != (c.fields == "") || !slices.Equal(changed, want) {
					t.Errorf("%s by %s: the next answer is %s and differs in %q, want %q", c.name, by, after[""], changed, want)
				}
			}
		}
		for name, changed := range met {
			if name != "" && !changed && !slices.Contains(fixed, name) && !slices.Contains(always, name) && !strings.HasPrefix(name, "assurance.") {
				t.Errorf("nothing changes %s", name)
			}
		}
	})
}

// silent is a client that takes every answer.
type silent struct{ header http.Header }

func (s silent) Header() http.Header         { return s.header }
func (s silent) Write(b []byte) (int, error) { return len(b), nil }
func (s silent) WriteHeader(int)             {}

// A check of a session that is remembered allocates nothing, from the handler of the server down: what
// other services call all the time must not keep the collector at work.
func TestRememberedChecksAllocateNothing(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole program
	for _, engine := range apptest.Engines {
		s := apptest.Serve(t, apptest.New(t, engine, store.Options{}))
		in := s.Visit(t, s.Laptop(t), s.Owner(t).Email, false, nil).In
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/session", nil)
		apptest.Must(t, err)
		for name, value := range map[string]string{"Authorization": "Bearer " + in.SessionToken, "Cookie": "theme=dark; __Host-sallyport=" + in.SessionToken} {
			r.Header = http.Header{name: {value}}
			w := silent{http.Header{}}
			if n := testing.AllocsPerRun(1000, func() { s.Server.Handler.ServeHTTP(w, r) }); n > 0 {
				t.Errorf("%s, %s: %v allocations", engine, name, n)
			}
		}
		s.Stop()
	}
}
