package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
)

// walk returns the ids of all rows of a list, page by page.
func walk[T any](t *testing.T, table *list.Table, address string, read func(context.Context, list.Query) (list.Page[T], error), id func(T) string) (ids []string) {
	t.Helper()
	values, err := url.ParseQuery(address)
	if err != nil {
		t.Fatal(err)
	}
	for pages := 0; pages < 100; pages++ {
		q, err := table.Parse(values)
		if err != nil {
			t.Fatalf("%s?%s: %v", table.Name, values.Encode(), err)
		}
		p, err := read(t.Context(), q)
		if err != nil {
			t.Fatalf("%s?%s: %v", table.Name, values.Encode(), err)
		}
		for _, row := range p.Rows {
			ids = append(ids, id(row))
		}
		if len(p.Rows) > q.Limit || p.Next != "" && len(p.Rows) < q.Limit {
			t.Fatalf("%s: a page of %d rows, limit %d, next %q", table.Name, len(p.Rows), q.Limit, p.Next)
		}
		if p.Next == "" {
			return ids
		}
		values = q.Next(p.Next)
	}
	t.Fatalf("%s has no end", table.Name)
	return nil
}

// With any page size each row that passes the filters is on one page, in the right order.
// Rows of another tenant are on none.
func TestListAttempts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, tenantID := t.Context(), a.TenantID(t)
		other := a.AddTenant(t, "other.test")
		addresses := []string{"192.0.2.1", "192.0.2.200", "198.51.100.7", "2001:db8::1", "2001:db8:1::1", ""}
		var all []sallyport.Attempt
		err := a.DB.Write(ctx, func(tx *store.Tx) error {
			all = nil
			for i := range 30 {
				v := sallyport.Attempt{
					ID: fmt.Sprintf("a%02d", (i*7)%30), TenantID: tenantID, UserID: pick([]string{"u1", "u2", ""}, i), IPAddress: pick(addresses, i),
					CreatedAt: apptest.Start.Add(time.Duration(i/4) * 6 * time.Hour), // four have the same time
				}
				all = append(all, v)
				if err := tx.AddAttempt(ctx, v); err != nil {
					return err
				}
				v.TenantID = other.ID
				if err := tx.AddAttempt(ctx, v); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(all, func(a, b sallyport.Attempt) int {
			if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
				return c
			}
			return -cmpText(a.ID, b.ID)
		})
		in := func(addresses ...string) func(sallyport.Attempt) bool {
			return func(v sallyport.Attempt) bool { return slices.Contains(addresses, v.IPAddress) }
		}
		day := apptest.Start.Truncate(24 * time.Hour)
		for _, c := range []struct {
			address string
			passes  func(sallyport.Attempt) bool
		}{
			{"", func(sallyport.Attempt) bool { return true }},
			{"userId=u1", func(v sallyport.Attempt) bool { return v.UserID == "u1" }},
			{"userId=nobody", func(sallyport.Attempt) bool { return false }},
			{"ip=192.0.2.1", in("192.0.2.1")},
			{"ip=::ffff:192.0.2.1", in("192.0.2.1")},
			{"ip=192.0.2.0/24", in("192.0.2.1", "192.0.2.200")},
			{"ip=192.0.2.0/25", in("192.0.2.1")},
			{"ip=0.0.0.0/0", in("192.0.2.1", "192.0.2.200", "198.51.100.7")},
			{"ip=2001:db8::/47", in("2001:db8::1", "2001:db8:1::1")},
			{"ip=2001:db8::/48", in("2001:db8::1")},
			{"from=" + day.AddDate(0, 0, 1).Format(time.DateOnly), func(v sallyport.Attempt) bool { return !v.CreatedAt.Before(day.AddDate(0, 0, 1)) }},
			{"to=" + day.Format(time.DateOnly), func(v sallyport.Attempt) bool { return v.CreatedAt.Before(day.AddDate(0, 0, 1)) }},
			{"userId=u2&ip=192.0.2.0/24&from=" + day.Format(time.DateOnly) + "&to=" + day.Format(time.DateOnly), func(v sallyport.Attempt) bool {
				return v.UserID == "u2" && in("192.0.2.1", "192.0.2.200")(v) && v.CreatedAt.Before(day.AddDate(0, 0, 1))
			}},
		} {
			var want []string
			for _, v := range all {
				if c.passes(v) {
					want = append(want, v.ID)
				}
			}
			for _, limit := range []string{"1", "4", "30", "200"} {
				for _, sort := range []string{"newest", "oldest"} {
					got := walk(t, list.Attempts, c.address+"&sort="+sort+"&limit="+limit, func(ctx context.Context, q list.Query) (list.Page[sallyport.Attempt], error) {
						return a.DB.ListAttempts(ctx, tenantID, q)
					}, func(v sallyport.Attempt) string { return v.ID })
					if sort == "oldest" {
						slices.Reverse(got)
					}
					if d := cmp.Diff(want, got); d != "" {
						t.Errorf("%s, %s at a time, the %s first (-want +got):\n%s", c.address, limit, sort, d)
					}
				}
			}
		}
	})
}

func cmpText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// Each of the other lists, a row at a time.
func TestLists(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, tenantID := t.Context(), a.TenantID(t)
		a.Tampered() // these events are in no tree
		now := apptest.Start
		u1, u2 := newUser(tenantID, "u1@corp.test"), newUser(tenantID, "u2@corp.test")
		err := a.DB.Write(ctx, func(tx *store.Tx) error {
			var errs []error
			for _, u := range []sallyport.User{u1, u2} {
				errs = append(errs, tx.AddUser(ctx, u))
				for i, status := range []sallyport.SessionStatus{sallyport.SessionActive, sallyport.SessionSuspended, sallyport.SessionRevoked} {
					errs = append(errs, tx.AddSession(ctx, sallyport.Session{ID: fmt.Sprint("s", i, u.ID), TenantID: tenantID, UserID: u.ID, Status: status}, store.Held{Hash: append([]byte{byte(i)}, u.ID...)}))
				}
				for i, d := range []sallyport.Device{
					{TrustLevel: 1, Status: sallyport.DeviceActive},
					{Status: sallyport.DeviceActive}, // level 0
					{Status: sallyport.DeviceRevoked, EndedAt: now},
					{Status: sallyport.DeviceRevoked, EndedAt: now.Add(-time.Hour)}, // long ago
					{Status: sallyport.DeviceSuspended},
				} {
					d.ID, d.TenantID, d.UserID, d.LastUsedAt = fmt.Sprint("d", i, u.ID), tenantID, u.ID, now.Add(time.Duration(i%3)*time.Hour)
					errs = append(errs, tx.AddDevice(ctx, d, append([]byte{byte(i)}, u.ID...)))
				}
				for i, status := range []sallyport.FactorStatus{sallyport.FactorActive, sallyport.FactorPending, sallyport.FactorRevoked} {
					f := store.Factor{}
					f.ID, f.TenantID, f.UserID, f.Status = fmt.Sprint("f", i, u.ID), tenantID, u.ID, status
					errs = append(errs, tx.AddFactor(ctx, f))
				}
				errs = append(errs, tx.AddAttempt(ctx, sallyport.Attempt{ID: "a" + u.ID, TenantID: tenantID, UserID: u.ID, CreatedAt: now}))
			}
			var events []store.EventRow
			for i := range 6 {
				events = append(events, store.EventRow{ID: fmt.Sprint("e", i), Kind: pick([]string{"k1", "k2", "k3"}, i), UserID: pick([]string{u1.ID, u2.ID}, i), Body: "{}", Named: pick([]string{"", " night shift 100%", " firefox"}, i), CreatedAt: now.Add(time.Duration(i/2) * time.Hour)})
			}
			return errors.Join(append(errs, tx.AppendEvents(ctx, tenantID, events))...)
		})
		if err != nil {
			t.Fatal(err)
		}
		same := func(what string, got []string, want ...string) {
			t.Helper()
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", what, d)
			}
		}
		const one = "limit=1"
		same("own sessions", walk(t, list.OwnSessions, one, func(ctx context.Context, q list.Query) (list.Page[sallyport.Session], error) {
			return a.DB.OwnSessions(ctx, tenantID, u1.ID, q)
		}, func(v sallyport.Session) string { return v.ID }), "s0"+u1.ID, "s1"+u1.ID)
		inUse := ""
		ownDevices := func() []string {
			return walk(t, list.OwnDevices, one, func(ctx context.Context, q list.Query) (list.Page[sallyport.Device], error) {
				return a.DB.OwnDevices(ctx, u1, inUse, now.Add(-time.Minute), q)
			}, func(v sallyport.Device) string { return v.ID })
		}
		same("own devices", ownDevices(), "d2"+u1.ID, "d4"+u1.ID, "d0"+u1.ID)
		inUse = "d1" + u1.ID
		same("own devices, in use one that was let in once", ownDevices(), "d2"+u1.ID, "d4"+u1.ID, "d1"+u1.ID, "d0"+u1.ID)
		same("own attempts", walk(t, list.OwnAttempts, one, func(ctx context.Context, q list.Query) (list.Page[sallyport.Attempt], error) {
			return a.DB.OwnAttempts(ctx, tenantID, u1.ID, q)
		}, func(v sallyport.Attempt) string { return v.ID }), "a"+u1.ID)
		same("devices of one", walk(t, list.Devices, one+"&sort=oldest&userId="+u2.ID, func(ctx context.Context, q list.Query) (list.Page[sallyport.Device], error) {
			return a.DB.ListDevices(ctx, tenantID, q)
		}, func(v sallyport.Device) string { return v.ID[:2] }), "d0", "d1", "d2", "d3", "d4")
		same("factors", walk(t, list.Factors, one+"&userId="+u2.ID, func(ctx context.Context, q list.Query) (list.Page[store.Factor], error) {
			return a.DB.ListFactors(ctx, tenantID, q)
		}, func(v store.Factor) string { return v.ID[:2] }), "f0", "f2")
		users := walk(t, list.Users, one, func(ctx context.Context, q list.Query) (list.Page[sallyport.User], error) {
			return a.DB.ListUsers(ctx, tenantID, q)
		}, func(v sallyport.User) string { return v.ID })
		if !slices.IsSorted(users) || !slices.Contains(users, u1.ID) || !slices.Contains(users, u2.ID) {
			t.Errorf("users: %v", users)
		}
		kinds := func(q list.Query) list.Query {
			return q.Mean("show", func(given string) []string {
				return map[string][]string{"sign_ins": {"k1", "k2"}, "devices": {"k3"}}[given]
			})
		}
		own := func(ctx context.Context, q list.Query) (list.Page[store.EventRow], error) {
			return a.DB.OwnEvents(ctx, tenantID, u1.ID, kinds(q))
		}
		event := func(e store.EventRow) string { return e.ID }
		same("own events", walk(t, list.OwnEvents, one, own, event), "e4", "e2", "e0")
		same("own events about sign-ins", walk(t, list.OwnEvents, one+"&show=sign_ins", own, event), "e4", "e0")
		same("own events about devices", walk(t, list.OwnEvents, one+"&show=devices", own, event), "e2")
		events := func(ctx context.Context, q list.Query) (list.Page[store.EventRow], error) {
			return a.DB.ListEvents(ctx, tenantID, kinds(q))
		}
		for filter, want := range map[string][]string{
			"q=shift":                         {"e4", "e1"},
			"q=Shi":                           {"e4", "e1"},
			"q=hift":                          nil,
			"q=100%25":                        {"e4", "e1"},
			"q=%25":                           nil,
			"q=night+u1":                      {"e4"},
			"q=U2":                            {"e5", "e3", "e1"},
			"kind=auth.signed_in":             nil,
			"from=2026-03-02T10:00:00Z":       {"e5", "e4", "e3", "e2"},
			"to=2026-03-02T10:00:00Z&q=night": {"e1"},
			"from=2026-03-02T10:00:00Z&to=2026-03-02T11:00:00Z&userId=" + u1.ID: {"e2"},
			"show=devices&show=sign_ins&q=fire":                                 {"e5", "e2"},
		} {
			same("events with "+filter, walk(t, list.Events, one+"&"+filter, events, event), want...)
		}
		same("events", walk(t, list.Events, one+"&sort=oldest&show=devices&show=sign_ins", func(ctx context.Context, q list.Query) (list.Page[store.EventRow], error) {
			return a.DB.ListEvents(ctx, tenantID, kinds(q))
		}, event), "e0", "e1", "e2", "e3", "e4", "e5")
	})
}

// A list accepts only its own queries, and a position that does not fit its order is a wrong
// cursor.
func TestListRefuses(t *testing.T) {
	a := apptest.New(t, store.SQLite, store.Options{})
	if _, err := a.DB.ListUsers(t.Context(), a.TenantID(t), list.Devices.First()); sallyport.CodeOf(err) != sallyport.CodeInternal {
		t.Errorf("users were asked for devices: %v", err)
	}
	for _, place := range [][]string{{"1"}, {"1", "2", "3"}, {"x", "a"}, {"9223372036854775808", "a"}} {
		first := list.Attempts.First()
		cursor := list.Cut(first, make([]int, first.Limit+1), func(int) []string { return place }).Next
		q, err := list.Attempts.Parse(first.Next(cursor))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.DB.ListAttempts(t.Context(), a.TenantID(t), q); sallyport.CodeOf(err) != sallyport.CodeInvalid {
			t.Errorf("place %q: %v", place, err)
		}
	}
}
