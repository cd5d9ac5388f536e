package demo

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/uses"
)

func (f filled) testCounts(t *testing.T) {
	s := f.summary
	for what, pair := range map[string][2]int{
		"users":    {s.Users, f.count(t, "SELECT COUNT(*) FROM users WHERE owned_by = ''")},
		"devices":  {s.Devices, f.count(t, "SELECT COUNT(*) FROM devices")},
		"attempts": {s.Attempts, f.count(t, "SELECT COUNT(*) FROM attempts")},
		"events":   {int(s.Events), f.count(t, "SELECT COUNT(*) FROM events")},
		"failed":   {s.Failed, f.count(t, "SELECT COUNT(*) FROM attempts WHERE failure_reason <> ''")},
		"sign-ins": {s.Sessions, f.count(t, "SELECT COUNT(*) FROM sessions")},
	} {
		if pair[0] != pair[1] || pair[0] == 0 {
			t.Errorf("%s: %d told, %d there", what, pair[0], pair[1])
		}
	}
}

// testVariety looks for enough of everything in the usual story.
func (f filled) testVariety(t *testing.T) {
	if f.summary.Users != 300 {
		t.Errorf("%d users, want 300", f.summary.Users)
	}
	for _, status := range []sallyport.SessionStatus{
		sallyport.SessionActive, sallyport.SessionSuspended, sallyport.SessionTerminated, sallyport.SessionExpired, sallyport.SessionRevoked,
	} {
		if n := f.count(t, "SELECT COUNT(*) FROM sessions WHERE status = $1", string(status)); n == 0 {
			t.Errorf("no %s session", status)
		}
	}
	for what, want := range map[string]struct {
		least int
		query string
	}{
		"countries":           {8, "SELECT COUNT(DISTINCT location) FROM sessions"},
		"types of device":     {4, "SELECT COUNT(DISTINCT device_type) FROM sessions"},
		"reasons of failure":  {5, "SELECT COUNT(DISTINCT failure_reason) FROM attempts WHERE failure_reason <> ''"},
		"reasons of ends":     {7, "SELECT COUNT(DISTINCT termination_reason) FROM sessions WHERE termination_reason <> ''"},
		"kinds of event":      {40, "SELECT COUNT(DISTINCT kind) FROM events"},
		"roles":               {3, "SELECT COUNT(DISTINCT role) FROM users"},
		"pictures":            {40, "SELECT COUNT(*) FROM users WHERE avatar <> ''"},
		"disabled":            {3, "SELECT COUNT(*) FROM users WHERE status = 'disabled'"},
		"closed":              {1, "SELECT COUNT(*) FROM users WHERE status = 'closed'"},
		"days with sign-ins":  {30, "SELECT COUNT(DISTINCT created_at / 86400000000) FROM sessions"},
		"hours with sign-ins": {20, "SELECT COUNT(DISTINCT created_at / 3600000000 % 24) FROM sessions"},
		"unknown addresses":   {50, "SELECT COUNT(*) FROM attempts WHERE user_id = ''"},
	} {
		if n := f.count(t, want.query); n < want.least {
			t.Errorf("%s: %d, want %d at least", what, n, want.least)
		}
	}
	if n := f.count(t, "SELECT COUNT(*) FROM sessions WHERE location = '{}' OR location = ''"); n > 0 {
		t.Errorf("%d sessions are nowhere", n)
	}
	if f.summary.Countries < 8 {
		t.Errorf("%d countries", f.summary.Countries)
	}
}

// The log verifies, and what the rows say and what it says is the same.
func (f filled) testLog(t *testing.T) {
	reports, err := audit.VerifyAll(t.Context(), f.Store, audit.Known{}, nil)
	if err != nil || len(reports) != 1 {
		t.Fatalf("%d logs, %v", len(reports), err)
	}
	for _, r := range reports {
		if len(r.Problems) > 0 {
			t.Errorf("the log: %v", r.Problems)
		}
	}
	kind := func(kinds ...audit.Kind) (n int) {
		for _, k := range kinds {
			n += f.count(t, "SELECT COUNT(*) FROM events WHERE kind = $1", string(k))
		}
		return n
	}
	status := func(s sallyport.SessionStatus) int {
		return f.count(t, "SELECT COUNT(*) FROM sessions WHERE status = $1", string(s))
	}
	for what, pair := range map[string][2]int{
		"users":      {kind(audit.UserCreated, audit.ServiceCreated), f.count(t, "SELECT COUNT(*) FROM users")},
		"disabled":   {kind(audit.UserDisabled) - kind(audit.UserEnabled), f.count(t, "SELECT COUNT(*) FROM users WHERE status = 'disabled'")},
		"devices":    {kind(audit.DeviceAdded), f.count(t, "SELECT COUNT(*) FROM devices")},
		"sign-ins":   {kind(audit.SignedIn), f.count(t, "SELECT COUNT(*) FROM sessions")},
		"failures":   {kind(audit.SignInFailed), f.count(t, "SELECT COUNT(*) FROM attempts WHERE failure_reason <> ''")},
		"expired":    {kind(audit.SessionExpired), status(sallyport.SessionExpired)},
		"revoked":    {kind(audit.SessionRevoked), status(sallyport.SessionRevoked)},
		"terminated": {kind(audit.SessionTerminated, audit.SignedOut), status(sallyport.SessionTerminated)},
		"suspended": {f.count(t, `SELECT COUNT(*) FROM events e WHERE e.kind = 'session.suspended' AND NOT EXISTS (SELECT 1 FROM events l WHERE l.tenant_id = e.tenant_id
			AND l.session_id = e.session_id AND l.seq > e.seq AND l.kind IN ('session.resumed', 'session.terminated', 'session.expired', 'auth.session_revoked', 'auth.signed_out'))`), status(sallyport.SessionSuspended)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %d by the log, %d by the rows", what, pair[0], pair[1])
		}
	}
	for _, line := range f.lines(t, `SELECT a.seq, a.kind, b.kind FROM events a JOIN events b ON b.tenant_id = a.tenant_id AND b.seq = a.seq + 1
		WHERE b.created_at < a.created_at`) {
		t.Errorf("events out of order: %s", line)
	}
}

func (f filled) testTimes(t *testing.T) {
	now := saturday.UnixMicro()
	for table, columns := range map[string][]string{
		"tenants":  {"created_at"},
		"users":    {"created_at", "password_changed_at", "disabled_at"},
		"devices":  {"created_at", "last_used_at", "verified_at", "compromised_at", "ended_at", "announced_at"},
		"factors":  {"created_at", "verified_at", "last_used_at", "ended_at"},
		"sessions": {"created_at", "last_activity_at", "authenticated_at", "terminated_at", "mfa_verified_at", "stepped_up_at"},
		"attempts": {"created_at"},
		"events":   {"created_at"},
	} {
		for _, c := range columns {
			if n := f.count(t, fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s > $1", table, c), now); n > 0 {
				t.Errorf("%d of %s have a %s in the future", n, table, c)
			}
		}
	}
	for what, query := range map[string]string{
		"used before they began":           "SELECT COUNT(*) FROM sessions WHERE last_activity_at < created_at",
		"used after they ended":            "SELECT COUNT(*) FROM sessions WHERE terminated_at > 0 AND last_activity_at > terminated_at",
		"ended before they began":          "SELECT COUNT(*) FROM sessions WHERE terminated_at > 0 AND terminated_at < created_at",
		"ended but live":                   "SELECT COUNT(*) FROM sessions WHERE (terminated_at > 0) <> (status NOT IN ('active', 'suspended'))",
		"of nobody yet":                    "SELECT COUNT(*) FROM sessions s JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id WHERE s.created_at < u.created_at",
		"live, of somebody disabled":       "SELECT COUNT(*) FROM sessions s JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id WHERE u.status = 'disabled' AND s.status IN ('active', 'suspended')",
		"without their device":             "SELECT COUNT(*) FROM sessions s LEFT JOIN devices d ON d.tenant_id = s.tenant_id AND d.id = s.device_id AND d.user_id = s.user_id WHERE d.id IS NULL",
		"idle or over by Now, and waiting": fmt.Sprintf("SELECT COUNT(*) FROM sessions WHERE status IN ('active', 'suspended') AND ends_at <= %d", now),
	} {
		if n := f.count(t, query); n > 0 {
			t.Errorf("%d sessions are %s", n, what)
		}
	}
}

// Lists are in order of id and mean order of time.
func (f filled) testOrder(t *testing.T) {
	for _, table := range []string{"users", "devices", "factors", "sessions", "attempts"} {
		var last string // microseconds of this century have as many digits
		times := f.lines(t, "SELECT created_at FROM "+table+" ORDER BY id")
		if len(times) < 2 {
			t.Errorf("%s: %d rows", table, len(times))
		}
		for _, at := range times {
			if at < last {
				t.Errorf("%s: order of id is not order of time", table)
				break
			}
			last = at
		}
	}
}

func (f filled) testOwner(t *testing.T) {
	owner, err := f.UserByEmail(t.Context(), f.summary.TenantID, f.summary.Credentials[0].Email)
	if err != nil {
		t.Fatal(err)
	}
	found, err := f.OwnSessions(t.Context(), owner.TenantID, owner.ID, list.OwnSessions.First())
	if err != nil {
		t.Fatal(err)
	}
	live := found.Rows
	types, countries := map[sallyport.DeviceType]bool{}, map[string]bool{}
	for _, s := range live {
		types[s.DeviceInfo.Type] = true
		countries[s.Location.Country] = true
	}
	if len(live) < 4 || len(live) > 6 || len(types) < 3 || len(countries) < 3 {
		t.Errorf("%d live sessions, device types %v, countries %v", len(live), types, countries)
	}
	if age := saturday.Sub(live[0].CreatedAt); age < 20*24*time.Hour {
		t.Errorf("the oldest is %v old", age)
	}
	actor := sallyport.Actor{Type: sallyport.ActorUser, TenantID: owner.TenantID, UserID: owner.ID, SessionID: live[0].ID, Role: owner.Role}
	u := uses.New(uses.Config{DB: f.Store, Now: func() time.Time { return saturday }})
	listed, err := u.Sessions.ListOwn(t.Context(), actor, list.OwnSessions.First())
	if err != nil || len(listed.Rows) != len(live) {
		t.Errorf("%d of %d sessions listed, %v", len(listed.Rows), len(live), err)
	}
	page, err := u.Audit.Own(t.Context(), actor, list.OwnEvents.First())
	if err != nil || len(page.Rows) < 20 {
		t.Errorf("%d events of the owner, %v", len(page.Rows), err)
	}
}

func (f filled) testCredentials(t *testing.T) {
	roles := []sallyport.Role{}
	for _, c := range f.summary.Credentials {
		roles = append(roles, c.Role)
		u, err := f.UserByEmail(t.Context(), f.summary.TenantID, c.Email)
		if err != nil {
			t.Fatal(err)
		}
		ok, weak, err := f.passwords.Verify(t.Context(), u.PasswordHash, c.Password)
		if err != nil || !ok || weak || u.Role != c.Role || u.Status != sallyport.UserActive || u.Name() != c.Name {
			t.Errorf("%s: password %v, weak %v, %v, user %+v", c.Email, ok, weak, err, u)
		}
	}
	if !slices.Equal(roles, []sallyport.Role{sallyport.RoleOwner, sallyport.RoleAdmin, sallyport.RoleMember}) {
		t.Errorf("roles %v", roles)
	}
}

// testSignIn signs in as each of the three, with what the summary tells and nothing else.
func (f filled) testSignIn(t *testing.T) {
	c := f.config()
	c.Now, c.Base = func() time.Time { return saturday }, base
	c.Outbox = notify.NewOutbox(f.keys, c.Now)
	way := uses.New(c).SignIn
	from := signin.From{TenantID: f.summary.TenantID, Client: sallyport.Client{IPAddress: "127.0.0.1", UserAgent: macBook.userAgent}}
	for _, c := range f.summary.Credentials {
		r, err := way.Open(t.Context(), from, c.Email)
		if err == nil {
			r, err = way.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Password: c.Password})
		}
		if err == nil && c.Secret != "" {
			var code string
			if code, err = totp.GenerateCode(c.Secret, saturday); err != nil {
				t.Fatal(err)
			}
			r, err = way.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Factor, Answer: mfa.Answer{Method: sallyport.MethodTOTP, Code: code}})
		}
		if err != nil || r.State != signin.Done {
			t.Errorf("%s: %s, %v", c.Email, r.State, err)
		}
	}
}

// testMails: nothing of the past is delivered when the installation starts.
func (f filled) testMails(t *testing.T) {
	for _, table := range []string{"outbox WHERE state = 'pending'", "mail_requests"} {
		if n := f.count(t, "SELECT COUNT(*) FROM "+table); n > 0 {
			t.Errorf("%d in %s", n, table)
		}
	}
}

func (f filled) testLocks(t *testing.T) {
	if len(f.summary.Locked) != 2 {
		t.Fatalf("locked: %v", f.summary.Locked)
	}
	all := uses.New(uses.Config{DB: f.Store})
	p, err := all.Tenants.Policy(t.Context(), f.summary.TenantID)
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range f.summary.Locked {
		d, err := (throttle.Counters{TenantID: f.summary.TenantID, Policy: p, Now: saturday}).Spend(t.Context(), all.Acts, throttle.ForAccount(address))
		if err != nil || d.Allowed || !d.Until.After(saturday.Add(time.Minute)) {
			t.Errorf("%s: %+v, %v", address, d, err)
		}
	}
}
