package store_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// texts are what people and programs send that databases have been known to
// change: quotes, placeholders, other planes, combining marks, line ends.
var texts = []string{
	"", " ", "plain", "O'Brien \"Bob\" \\ $1 ? :x --", "Zoë e\u0301 ß İ ﬁ", "日本語 العربية", "🛂👩\u200d🔧 \U0010ffff",
	"tab\tline\r\nend", "%_[]*", strings.Repeat("ü", 256),
}

// times are those the columns must keep: none, and any microsecond.
var times = []time.Time{
	{}, apptest.Start, time.UnixMicro(1).UTC(), time.UnixMicro(-1).UTC(), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
}

func pick[T any](all []T, i int) T { return all[i%len(all)] }

var places = []sallyport.Location{
	{}, {Country: "DE"},
	{Country: "CH", Region: "Zürich", City: "Zürich", Latitude: 47.3769, Longitude: 8.5417, TimeZone: "Europe/Zurich", AccuracyKM: 20},
	{Latitude: -89.99999999, Longitude: 1e-9},
}

var infos = []sallyport.DeviceInfo{
	{}, {Type: sallyport.DeviceUnknown},
	{Type: sallyport.DeviceMobile, Browser: "Safari", BrowserVersion: "18.5", OS: "iOS", OSVersion: "18.5", Model: "iPhone <\"&'>"},
	{Type: sallyport.DeviceDesktop, Browser: "früher", Bot: true},
}

func TestRoundTrips(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, tenantID := t.Context(), a.TenantID(t)
		write := func(f func(tx *store.Tx) error) {
			t.Helper()
			if err := a.DB.Write(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		same := func(what string, want, got any, err error) {
			t.Helper()
			if err != nil {
				t.Errorf("%s: %v", what, err)
			} else if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s changed on its way (-stored +read):\n%s", what, d)
			}
		}
		for i := range 40 {
			text, at, yes := pick(texts, i), pick(times, i), i%2 == 1
			_, hash := token.New(token.Session)

			u := sallyport.User{
				TenantID: tenantID, ID: token.NewID(), Email: token.NewID() + text, FirstName: text, LastName: pick(texts, i+1),
				Role: sallyport.Role(text), Status: sallyport.UserActive, PasswordHash: text,
				PasswordChangedAt: at, CreatedAt: pick(times, i+1), DisabledAt: pick(times, i+2),
				EmailVerifiedAt: pick(times, i+3), MustChangePassword: yes, MFARequired: !yes,
				MFAExemptUntil: pick(times, i+4), MFAExemptReason: text, MFARemindedAt: at, LastSignInAt: pick(times, i+1),
				SecondFactor: sallyport.NoFactor, // they have none
			}
			write(func(tx *store.Tx) error { return tx.AddUser(ctx, u) })
			gotUser, err := a.DB.User(ctx, tenantID, u.ID)
			same("user", u, gotUser, err)

			s := sallyport.Session{
				ID: token.NewID(), TenantID: tenantID, UserID: u.ID, DeviceID: text, Status: sallyport.SessionActive,
				DeviceInfo: pick(infos, i), IPAddress: pick([]string{"", "192.0.2.1", "2001:db8::1", text}, i), UserAgent: text, Location: pick(places, i),
				CreatedAt: at, ExpiresAt: pick(times, i+1), IdleTimeout: pick([]time.Duration{0, time.Microsecond, 30 * 24 * time.Hour}, i),
				LastActivityAt: pick(times, i+2), MFAVerifiedAt: pick(times, i+3), AuthenticatedAt: pick(times, i+4),
				TerminatedAt: at, TerminatedBy: text, TerminationReason: text, SteppedUpAt: pick(times, i+1), MFAMethod: text,
			}
			write(func(tx *store.Tx) error { return tx.AddSession(ctx, s, store.Held{Hash: hash[:]}) })
			gotSession, err := a.DB.Session(ctx, tenantID, s.ID)
			same("session", s, gotSession, err)
			gotSession, err = a.DB.SessionByToken(ctx, tenantID, hash[:])
			same("session by token", s, gotSession, err)

			d := sallyport.Device{
				ID: token.NewID(), TenantID: tenantID, UserID: u.ID, Name: text, Info: pick(infos, i), TrustLevel: sallyport.TrustLevel(i % 4),
				Status: sallyport.DeviceActive, LastUsedAt: at, LastLocation: pick(places, i+1), LastIP: text, CreatedAt: at,
				CompromisedAt: pick(times, i+3), CompromisedReason: text,
			}
			write(func(tx *store.Tx) error { return tx.AddDevice(ctx, d, hash[:]) })
			gotDevice, err := a.DB.DeviceByToken(ctx, tenantID, u.ID, hash[:])
			same("device", d, gotDevice, err)

			at2 := sallyport.Attempt{
				ID: token.NewID(), TenantID: tenantID, UserID: text, Email: text, IPAddress: text, UserAgent: text,
				DeviceInfo: pick(infos, i), Location: pick(places, i), Successful: yes, FailureReason: sallyport.Code(text),
				MFARequired: !yes, MFAVerified: yes, CreatedAt: at,
			}
			write(func(tx *store.Tx) error { return tx.AddAttempt(ctx, at2) })
			got, err := a.DB.Attempt(ctx, tenantID, at2.UserID, at2.ID)
			same("attempt", at2, got, err)

			f := store.Flow{
				TenantID: tenantID, ID: token.NewID(), State: text, UserID: text, Email: text, Client: text, Facts: text,
				Version: int64(i) << 40, CreatedAt: at, ExpiresAt: pick(times, i+1), SessionID: text,
			}
			write(func(tx *store.Tx) error { return tx.AddFlow(ctx, f, hash[:]) })
			gotFlow, err := a.DB.FlowByToken(ctx, tenantID, hash[:])
			same("flow", f, gotFlow, err)

			c := store.Counter{TenantID: tenantID, Scope: "scope", Subject: u.ID + text, Spends: "[]"}
			write(func(tx *store.Tx) error {
				if fresh, err := tx.LockCounter(ctx, tenantID, "scope", c.Subject); err != nil || fresh != c {
					t.Errorf("fresh counter: %+v, %v", fresh, err)
				}
				c.Spends, c.LockedUntil = text, at
				return tx.SaveCounter(ctx, c)
			})
			write(func(tx *store.Tx) error {
				got, err := tx.LockCounter(ctx, tenantID, "scope", c.Subject)
				same("counter", c, got, err)
				return nil
			})
		}
	})
}

func TestTenantsRoundTrip(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		var want []sallyport.Tenant
		for i, text := range texts {
			v := sallyport.Tenant{ID: token.NewID(), Host: token.NewID() + text, Name: text, CreatedAt: time.UnixMicro(int64(i + 1)).UTC()}
			want = append(want, v)
			if err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.AddTenant(t.Context(), v) }); err != nil {
				t.Fatal(err)
			}
		}
		got, err := a.DB.Tenants(t.Context())
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%v, -stored +read:\n%s", err, d)
		}
	})
}

func TestBlobs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		tenant := a.AddTenant(t, "blobs.test")
		a.Tampered() // these are no hashes of anything
		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		var leaves []store.Leaf
		var blobs []store.StoredHash
		for i, b := range [][]byte{{}, {0}, every, bytes.Repeat([]byte{0xff}, 32)} {
			leaves = append(leaves, store.Leaf{Position: int64(10 + i), Seq: int64(1000 + i), Hash: b})
			blobs = append(blobs, store.StoredHash{Place: int64(100 + i), Hash: b})
		}
		head := store.AuditHead{Size: 7, Root: every, Peaks: []byte{}}
		err := a.DB.Write(ctx, func(tx *store.Tx) error {
			return tx.GrowLog(ctx, tenant.ID, store.Growth{Leaves: leaves, Hashes: blobs, Head: head})
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.DB.TreeHashes(ctx, tenant.ID, 100, 110)
		if d := cmp.Diff(blobs, got, cmpopts.EquateEmpty()); err != nil || d != "" {
			t.Errorf("%v, -stored +read:\n%s", err, d)
		}
		placed, err := a.DB.PlacedEvents(ctx, tenant.ID, 100, 10) // none: they stand before
		if err != nil || len(placed) != 0 {
			t.Errorf("%v, %v", placed, err)
		}
		placed, err = a.DB.PlacedEvents(ctx, tenant.ID, 10, 10)
		for i, p := range placed {
			if d := cmp.Diff(leaves[i], p.Leaf, cmpopts.EquateEmpty()); d != "" || p.Event != nil {
				t.Errorf("-stored +read:\n%s %v", d, p.Event)
			}
		}
		if err != nil || len(placed) != len(leaves) {
			t.Errorf("%d leaves, %v", len(placed), err)
		}
		gotHead, err := a.DB.AuditHead(ctx, tenant.ID)
		if d := cmp.Diff(head, gotHead, cmpopts.EquateEmpty()); err != nil || d != "" {
			t.Errorf("%v, -stored +read:\n%s", err, d)
		}
	})
}

// More rows than one statement carries go in whole.
func TestAppendManyEvents(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		tenant := a.AddTenant(t, "many.test")
		a.Tampered()
		var want []store.EventRow
		for i := range 350 {
			want = append(want, store.EventRow{ID: token.NewID(), Kind: "k", ActorID: pick(texts, i), UserID: "u", CreatedAt: apptest.Start, Body: pick(texts, i), Personal: pick(texts, i+1)})
		}
		if err := a.DB.Write(ctx, func(tx *store.Tx) error { return tx.AppendEvents(ctx, tenant.ID, want) }); err != nil {
			t.Fatal(err)
		}
		all, err := a.DB.Events(ctx, tenant.ID, 0, 1000)
		got := all[1:] // after the tenant's own
		for i := range got {
			want[i].Seq = got[0].Seq + int64(i)
		}
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%v, -stored +read:\n%s", err, d)
		}
		var queued []store.EventRow
		if err := a.DB.Write(ctx, func(tx *store.Tx) (err error) { queued, err = tx.QueuedEvents(ctx, tenant.ID, 1000); return err }); err != nil {
			t.Fatal(err)
		}
		if queued = queued[len(queued)-len(want):]; queued[0].Seq != want[0].Seq || queued[349].Seq != want[349].Seq || queued[7].Body != want[7].Body {
			t.Errorf("queued: %v", queued)
		}
	})
}

func TestForgetExpired(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, tenantID, now := t.Context(), a.TenantID(t), a.Clock.Now()
		err := a.DB.Write(ctx, func(tx *store.Tx) error {
			for i, end := range []time.Time{now.Add(-time.Hour), now, now.Add(time.Microsecond)} {
				f := store.Flow{TenantID: tenantID, ID: token.NewID(), Facts: "{}", CreatedAt: now, ExpiresAt: end}
				if err := tx.AddFlow(ctx, f, []byte{byte(i)}); err != nil {
					return err
				}
				if _, err := tx.LockCounter(ctx, tenantID, "s", token.NewID()+"x"); err != nil { // ends with the epoch
					return err
				}
				id := token.NewID()
				if _, err := tx.LockCounter(ctx, tenantID, "s", id); err != nil {
					return err
				}
				if err := tx.SaveCounter(ctx, store.Counter{TenantID: tenantID, Scope: "s", Subject: id, Spends: "[]", ExpiresAt: end}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		forget := func(of func(*store.Tx, context.Context, time.Time, int) (int64, error), want ...int64) {
			for i, want := range want {
				var n int64
				if err := a.DB.Write(ctx, func(tx *store.Tx) (err error) { n, err = of(tx, ctx, now, 2); return err }); err != nil || n != want {
					t.Errorf("batch %d: %d deleted, want %d, %v", i, n, want, err)
				}
			}
		}
		forget((*store.Tx).ForgetFlows, 2, 0)
		forget((*store.Tx).ForgetCounters, 2, 2, 1, 0) // three of them ended with the epoch
		if _, err := a.DB.FlowByToken(ctx, tenantID, []byte{2}); err != nil {
			t.Errorf("a flow that has a microsecond left: %v", err)
		}
	})
}
