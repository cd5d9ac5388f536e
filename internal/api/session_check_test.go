package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
)

func TestSessionCheck(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.browse(ownerEmail)
		start := a.now()
		a.advance(6 * 24 * time.Hour)
		got := c.get("/session").is(200)
		if v := got.header.Get("Cache-Control") + " " + got.header.Get("Content-Type"); v != "no-store application/json" {
			t.Errorf("headers %v", got.header)
		}
		var want current
		want.User.ID, want.User.Email, want.User.Role = a.owner.ID, ownerEmail, sallyport.RoleOwner
		want.User.FirstName, want.User.LastName = "Amara", "Okafor"
		want.Tenant.ID, want.Tenant.Name = a.owner.TenantID, "Northwind"
		answered := into[current](got)
		want.Session, want.Assurance, want.Device = &currentSession{}, &assurance{}, &currentDevice{}
		want.Session.ID, want.Device.ID = answered.Session.ID, answered.Device.ID
		want.Session.CreatedAt, want.Session.ExpiresAt = start, start.Add(a.policy.SessionLifetime)
		want.Session.LastActivityAt, want.Assurance.AuthenticatedAt = a.now(), start
		want.ExpiresAt = a.now().Add(a.policy.SessionIdleWeb)
		if diff := cmp.Diff(want, answered); diff != "" {
			t.Error(diff)
		}
		a.advance(a.policy.SessionIdleWeb)
		c.get("/session").refused(401, sallyport.CodeSessionExpired)
		a.client().do("HEAD", prefix+"/session", "").is(401)
	})
}

// The least idle time is that of the clock, for browsers and apps alike.
func TestFiveMinutesIdle(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		admin := a.browse(adminEmail)
		admin.changePolicy(0, `{"sessionIdleWebMinutes":4}`).refused(422, sallyport.CodeInvalid)
		admin.changePolicy(0, `{"sessionIdleWebMinutes":5,"sessionIdleMobileMinutes":5,"sessionLifetimeMinutes":60}`).is(200)
		a.policy.SessionIdleWeb, a.policy.SessionIdleMobile, a.policy.SessionLifetime = 5*time.Minute, 5*time.Minute, time.Hour
		for kind, sign := range map[string]func(string) *client{"a browser": a.browse, "an app": a.native} {
			c := sign(memberEmail)
			a.advance(5*time.Minute - time.Second)
			ends := into[current](c.get("/session").is(200)).ExpiresAt
			if !ends.Equal(a.now().Add(5 * time.Minute)) {
				t.Errorf("%s: the session ends %v", kind, ends)
			}
			a.advance(5 * time.Minute)
			if got := c.get("/session"); got.status != 401 {
				t.Errorf("%s is idle for five minutes: %d", kind, got.status)
			}
		}
	})
}

// sample returns a session with these texts, and the answer to it as a struct.
func sample(name, host, id string, at int64, trust int) (*sallyport.Tenant, *sallyport.Checked, current) {
	when := time.UnixMicro(at).UTC()
	t := &sallyport.Tenant{ID: id, Name: host}
	c := &sallyport.Checked{
		User: sallyport.User{ID: id, Email: name + "@" + host, FirstName: name, LastName: host, Role: sallyport.Role(name)},
		Session: sallyport.Session{
			ID: id, DeviceID: name, CreatedAt: when, ExpiresAt: when.Add(time.Hour), LastActivityAt: when,
			IdleTimeout: time.Minute, AuthenticatedAt: when, MFAVerifiedAt: when, TokenEndsAt: when.Add(time.Second),
		},
		Trust: sallyport.TrustLevel(trust),
	}
	var want current
	want.User.ID, want.User.Email, want.User.FirstName, want.User.LastName, want.User.Role = id, c.User.Email, name, host, c.User.Role
	want.Tenant = currentTenant{id, host}
	want.Session, want.Assurance, want.Device = &currentSession{}, &assurance{}, &currentDevice{}
	want.Session.ID, want.Session.CreatedAt, want.Session.ExpiresAt, want.Session.LastActivityAt = id, when, when.Add(time.Hour), when
	want.Assurance.MFAVerified, want.Assurance.MFAVerifiedAt, want.Assurance.AuthenticatedAt = c.Session.MFAVerified(), when, when
	want.Session.TokenExpiresAt, want.Device.ID, want.Device.TrustLevel = when.Add(time.Second), name, c.Trust
	want.ExpiresAt = when.Add(time.Minute)
	return t, c, want
}

// FuzzAppendCurrent compares the hand-written JSON with encoding/json.
func FuzzAppendCurrent(f *testing.F) {
	for _, name := range []string{"", "Amara", `"\`, "\x00\b\f\n\r\t\x1f\x7f", "<&>", "\u2028\u2029\ufffd", "\xff\xc3(", "Łukasz 🦀", "\xe2\x80", "\xed\xa0\x80"} {
		f.Add(name, "example.com", "id", int64(1_800_000_000_000_001), 3)
		f.Add("a"+name+"b", name, name, int64(0), -1)
	}
	f.Fuzz(func(t *testing.T, name, host, id string, at int64, trust int) {
		at %= 253_000_000_000_000_000 // up to the year 9987: encoding/json refuses later ones
		if at < 0 {
			at = -at
		}
		tenant, checked, want := sample(name, host, id, at, trust)
		got := appendCurrent(nil, tenant, checked, time.Time{})
		var plain bytes.Buffer
		if err := json.NewEncoder(&plain).Encode(want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plain.String(), string(got)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAppendCurrentAllocatesNothing(t *testing.T) {
	tenant, checked, _ := sample("Łukasz", "<Acme>", "id", 1_800_000_000_000_001, 2)
	b, now := make([]byte, 0, 2048), time.Now()
	if n := testing.AllocsPerRun(100, func() { b = appendCurrent(b[:0], tenant, checked, now) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// sink is a ResponseWriter that can be used many times.
type sink struct {
	header http.Header
	status int
	n      int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(b []byte) (int, error) { s.n += len(b); return len(b), nil }

func BenchmarkSessionCheck(b *testing.B) {
	a := newApp(b, "")
	signedIn := a.browse(ownerEmail)
	token := signedIn.cookies["__Host-sallyport"]
	byCookie := httptest.NewRequest(http.MethodGet, prefix+"/session", nil)
	byCookie.AddCookie(&http.Cookie{Name: "__Host-sallyport", Value: token})
	byBearer := httptest.NewRequest(http.MethodGet, prefix+"/session", nil)
	byBearer.Header.Set("Authorization", "Bearer "+token)
	refused := httptest.NewRequest(http.MethodGet, prefix+"/session", nil)
	run := func(name string, r *http.Request, status int) {
		h := SessionCheck(a.deps.Read, a.now, request.NoteRefusal)
		b.Run(name, func(b *testing.B) {
			w := &sink{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				w.status = http.StatusOK
				h.ServeHTTP(w, r)
				if w.status != status {
					b.Fatal(w.status)
				}
			}
		})
	}
	run("cookie", byCookie, http.StatusOK)
	run("bearer", byBearer, http.StatusOK)
	run("nobody", refused, http.StatusUnauthorized)
	b.Run("use alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := a.deps.Sessions.Check(b.Context(), a.owner.TenantID, token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("writing alone", func(b *testing.B) {
		tenant, checked, _ := sample("Amara", "Northwind", a.owner.ID, a.clock.Load(), 2)
		var buf []byte
		b.ReportAllocs()
		for b.Loop() {
			buf = appendCurrent(buf[:0], tenant, checked, a.now())
		}
	})
}
