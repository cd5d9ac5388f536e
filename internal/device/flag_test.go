package device_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// told delivers what waits and returns each mail's kind and reader, sorted.
func told(t *testing.T, a *apptest.App) (mails []*notify.Message, who string) {
	t.Helper()
	mails = a.Mails(t)
	var out []string
	for _, m := range mails {
		out = append(out, string(m.Kind)+" "+strings.TrimSuffix(m.To, "@corp.test"))
	}
	slices.Sort(out)
	return mails, strings.Join(out, ", ")
}

// When a device is marked as compromised, its sessions end, no sign-in on it succeeds, and
// its owner and the admins read why, but not the admin who did it. Only an admin clears it, to the lowest level.
func TestFlagging(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		a.AddUser(t, mia, sallyport.RoleMember)
		a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		admin := apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
		home := a.Visit(t, a.Laptop(t), mia, true, nil)
		for _, v := range []struct {
			by, reason, mails string
			mark              func(id string) error
		}{
			{"user", "", "device_flagged mia, device_flagged_admin ada, device_flagged_admin owner", func(id string) error { return a.Devices.ReportLost(ctx, home.Me(), id) }},
			{"admin", "left in a taxi", "device_flagged mia, device_flagged_admin owner", func(id string) error {
				return a.Devices.Flag(ctx, admin, id, "  left in a taxi ")
			}},
		} {
			a.Clock.Advance(notify.StormWindow) // each is told by itself
			admin = apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
			home = a.Visit(t, a.Laptop(t), mia, true, nil)
			b := a.Visit(t, a.Laptop(t), mia, true, nil)
			b = a.Visit(t, b.From, mia, true, nil)
			second := a.Visit(t, b.Again(), mia, true, nil) // two sessions on it
			apptest.Must(t, a.Devices.SetPrimary(ctx, home.Me(), b.DeviceID()))
			told(t, a)
			if events := a.Happened(t, func() { apptest.Must(t, v.mark(b.DeviceID())) }); events != "auth.session_revoked auth.session_revoked device.flagged" {
				t.Errorf("by %s: events %s", v.by, events)
			}
			d := stored(t, a, b.DeviceID())
			if !d.Compromised() || !d.CompromisedAt.Equal(a.Clock.Now()) || d.CompromisedBy != v.by || d.CompromisedReason != v.reason || d.TrustLevel != 0 || d.Primary {
				t.Errorf("by %s: %+v", v.by, d)
			}
			for _, s := range []string{b.In.SessionToken, second.In.SessionToken} {
				if got := a.Check(t, s); got != sallyport.CodeSessionRevoked {
					t.Errorf("by %s: a session on it: %q", v.by, got)
				}
			}
			mails, who := told(t, a)
			if who != v.mails {
				t.Errorf("by %s: mails %s", v.by, who)
			}
			for _, m := range mails {
				if text := apptest.Text(t, m); v.reason != "" && !strings.Contains(text, v.reason) {
					t.Errorf("%s does not say %q", m.Kind, v.reason)
				}
			}
			if events := a.Happened(t, func() { apptest.Must(t, v.mark(b.DeviceID())) }); events != "" {
				t.Errorf("by %s: marked again: %s", v.by, events)
			}
			if _, who := told(t, a); who != "" {
				t.Errorf("marked again: mails %s", who)
			}
			_, err := a.Try(ctx, second.Again(), mia, apptest.Password)
			apptest.Denied(t, "a sign-in on it", err, sallyport.CodeDeviceNotTrusted)
			apptest.Denied(t, "trusting it", a.Devices.SetLevel(ctx, admin, b.DeviceID(), 3), sallyport.CodeConflict)
			apptest.Denied(t, "making it the primary one", a.Devices.SetPrimary(ctx, home.Me(), b.DeviceID()), sallyport.CodeConflict)
			apptest.Denied(t, "clearing it by its owner", a.Devices.Clear(ctx, home.Me(), b.DeviceID()), sallyport.CodeForbidden)

			apptest.Must(t, a.Devices.Clear(ctx, admin, b.DeviceID()))
			d = stored(t, a, b.DeviceID())
			if d.Compromised() || d.CompromisedBy+d.CompromisedReason != "" {
				t.Errorf("cleared: %+v", d)
			}
			level(t, a, "cleared", b.DeviceID(), 1, policy.Cleared)
			apptest.Must(t, a.Devices.Clear(ctx, admin, b.DeviceID())) // it is so already
			if got := a.Visit(t, second.Again(), mia, false, nil); got.DeviceID() != b.DeviceID() {
				t.Errorf("cleared, it is another device")
			}
		}
		for _, reason := range []string{"", "  ", strings.Repeat("x", 1000)} {
			apptest.Denied(t, "a reason like that", a.Devices.Flag(ctx, admin, home.DeviceID(), reason), sallyport.CodeInvalid)
		}
	})
}

// Admins manage devices, but not an owner's; nobody sees another organisation's.
func TestWhoManagesDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		ben := a.AddUser(t, "ben@corp.test", sallyport.RoleMember)
		a.AddUser(t, mia, sallyport.RoleMember)
		a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		owners, members := a.Visit(t, a.Laptop(t), apptest.OwnerEmail, true, nil), a.Visit(t, a.Laptop(t), mia, true, nil)
		member, admin := apptest.Actor(a.SignInAs(t, a.Laptop(t), ben.Email)), apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
		foreign := a.AddUserOf(t, a.AddTenant(t, "other.test").ID, mia, sallyport.RoleAdmin)
		outside := sallyport.Actor{Type: sallyport.ActorUser, TenantID: foreign.TenantID, UserID: foreign.ID, Role: sallyport.RoleAdmin}
		gone := a.SignInAs(t, a.Laptop(t), "ada@corp.test")
		ended := apptest.Actor(gone)
		apptest.Must(t, a.Sessions.SignOut(ctx, ended))
		acts := map[string]func(sallyport.Actor, string) error{
			"level":   func(by sallyport.Actor, id string) error { return a.Devices.SetLevel(ctx, by, id, 2) },
			"suspend": func(by sallyport.Actor, id string) error { return a.Devices.Suspend(ctx, by, id) },
			"resume":  func(by sallyport.Actor, id string) error { return a.Devices.Resume(ctx, by, id) },
			"flag":    func(by sallyport.Actor, id string) error { return a.Devices.Flag(ctx, by, id, "lost") },
			"clear":   func(by sallyport.Actor, id string) error { return a.Devices.Clear(ctx, by, id) },
			"revoke":  func(by sallyport.Actor, id string) error { return a.Devices.RevokeOf(ctx, by, id) },
		}
		own := map[string]func(sallyport.Actor, string) error{
			"trust":       func(by sallyport.Actor, id string) error { return a.Devices.Trust(ctx, by, id) },
			"rename":      func(by sallyport.Actor, id string) error { return a.Devices.Rename(ctx, by, id, "Mine") },
			"primary":     func(by sallyport.Actor, id string) error { return a.Devices.SetPrimary(ctx, by, id) },
			"revoke own":  func(by sallyport.Actor, id string) error { return a.Devices.Revoke(ctx, by, id) },
			"report lost": func(by sallyport.Actor, id string) error { return a.Devices.ReportLost(ctx, by, id) },
		}
		before := len(a.Events(t))
		for name, act := range acts {
			apptest.Denied(t, name+" by a member", act(member, members.DeviceID()), sallyport.CodeForbidden)
			apptest.Denied(t, name+" by an admin on an owner", act(admin, owners.DeviceID()), sallyport.CodeForbidden)
			apptest.Denied(t, name+" from another organisation", act(outside, members.DeviceID()), sallyport.CodeNotFound)
			apptest.Denied(t, name+" on none", act(admin, "none"), sallyport.CodeNotFound)
			apptest.Denied(t, name+" in a session that ended", act(ended, members.DeviceID()), sallyport.CodeNotSignedIn)
		}
		for name, act := range own {
			apptest.Denied(t, name+" of another", act(member, members.DeviceID()), sallyport.CodeNotFound)
			apptest.Denied(t, name+" of another, by an admin", act(admin, members.DeviceID()), sallyport.CodeNotFound)
			apptest.Denied(t, name+" from another organisation", act(outside, members.DeviceID()), sallyport.CodeNotFound)
		}
		if _, err := a.Devices.Get(ctx, outside, members.DeviceID()); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("seen from another organisation: %v", err)
		}
		if _, err := a.Devices.Get(ctx, member, members.DeviceID()); sallyport.CodeOf(err) != sallyport.CodeForbidden {
			t.Errorf("seen by a member: %v", err)
		}
		if n := len(a.Events(t)); n != before {
			t.Errorf("refusals left %d events", n-before)
		}

		// Each needs a recent proof.
		a.Clock.Advance(time.Hour)
		for name, act := range acts {
			if err := act(admin, members.DeviceID()); stepUpOf(err) == nil {
				t.Errorf("%s an hour after the sign-in: %v", name, err)
			}
		}
		for name, end := range map[string]func(sallyport.Actor, string) error{"reported lost": own["report lost"], "removed": own["revoke own"]} {
			if err := end(owners.Me(), owners.DeviceID()); stepUpOf(err) == nil {
				t.Errorf("%s an hour after the sign-in: %v", name, err)
			}
		}
		admin = apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
		apptest.Must(t, acts["suspend"](admin, members.DeviceID()))
		apptest.Must(t, acts["resume"](admin, members.DeviceID()))
		apptest.Must(t, acts["flag"](admin, members.DeviceID()))
		apptest.Must(t, acts["clear"](admin, members.DeviceID()))
		members = a.Visit(t, members.Again(), mia, true, nil)

		// Resumed after a suspension it has its former trust; revoked it stays revoked.
		id := members.DeviceID()
		apptest.Must(t, a.Devices.SetLevel(ctx, admin, id, 3))
		apptest.Must(t, a.Devices.Suspend(ctx, admin, id))
		apptest.Must(t, a.Devices.Suspend(ctx, admin, id)) // it is so already
		if code := a.Check(t, members.In.SessionToken); code != sallyport.CodeSessionRevoked {
			t.Errorf("a session on a suspended device: %q", code)
		}
		_, err := a.Try(ctx, members.Again(), mia, apptest.Password)
		apptest.Denied(t, "on a suspended device", err, sallyport.CodeDeviceNotTrusted)
		apptest.Must(t, a.Devices.Resume(ctx, admin, id))
		apptest.Must(t, a.Devices.Resume(ctx, admin, id)) // it is so already
		level(t, a, "resumed", id, 3, policy.SetByAdmin)
		members = a.Visit(t, members.Again(), mia, false, nil)
		apptest.Must(t, a.Devices.Suspend(ctx, admin, id))
		apptest.Must(t, a.Devices.RevokeOf(ctx, admin, id))
		apptest.Must(t, a.Devices.RevokeOf(ctx, admin, id)) // the second time is no error
		for name, act := range map[string]func(sallyport.Actor, string) error{"resume": acts["resume"], "suspend": acts["suspend"], "level": acts["level"]} {
			apptest.Denied(t, name+" a removed one", act(admin, id), sallyport.CodeConflict)
		}
		_, err = a.Try(ctx, members.Again(), mia, apptest.Password)
		apptest.Denied(t, "on a removed device", err, sallyport.CodeDeviceNotTrusted)
		if n := a.Count(t); n[audit.DeviceRevoked] != 1 || n[audit.DeviceSuspended] != 3 || n[audit.DeviceResumed] != 2 {
			t.Errorf("%v", n)
		}
	})
}

// A link that trusts a device, or says "It was me", works once, also in a race.
func TestDeviceLinksWorkOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		u := a.AddUser(t, mia, sallyport.RoleMember)
		b := a.Visit(t, a.Laptop(t), mia, true, nil)
		attempt := a.Attempts(t)[0]
		a.Mails(t)
		apptest.Must(t, a.Devices.Confirm(ctx, b.Me()))
		confirm := apptest.Secret(t, a.OnlyMail(t, notify.DeviceConfirm, mia), "/trust-device/")
		mine := a.MailedLink(t, u, link.Mine, link.About{AttemptID: attempt.ID})
		for _, v := range []struct {
			name, event string
			use         func(*apptest.App) error
		}{
			{"trust this device", "device.trusted", func(a *apptest.App) error {
				return a.Devices.ConfirmByLink(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: confirm})
			}},
			{"it was me", "auth.sign_in_answered", func(a *apptest.App) error {
				return a.Accounts.Mine(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: mine})
			}},
		} {
			var mu sync.Mutex
			got := map[sallyport.Code]int{}
			events := a.Happened(t, func() {
				var wg sync.WaitGroup
				for i := range 64 {
					wg.Go(func() {
						err := v.use(nodes[i%2])
						mu.Lock()
						defer mu.Unlock()
						got[sallyport.CodeOf(err)]++
					})
				}
				wg.Wait()
			})
			if got[""] != 1 || got[sallyport.CodeLinkExpired] != 63 || events != v.event {
				t.Errorf("%s: %v, events %s", v.name, got, events)
			}
		}
	})
}

// In whatever way devices become trusted, from a page or a link, and however many in
// parallel, there are never more than policy allows.
func TestMostDevicesByOtherWays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMaxPerUser = 2 })
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.Visit(t, a.Laptop(t), mia, true, nil)
		var once []apptest.Visited
		var links []string
		for range 8 {
			b := a.Visit(t, a.Laptop(t), mia, false, nil)
			once = append(once, b)
			links = append(links, a.MailedLink(t, u, link.Device, link.About{DeviceID: b.DeviceID()}))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := map[string]int{}
		for i, b := range once {
			wg.Go(func() {
				err := a.Devices.Trust(ctx, b.Me(), b.DeviceID())
				if i%2 == 0 {
					err = a.Devices.ConfirmByLink(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: links[i]})
				}
				mu.Lock()
				defer mu.Unlock()
				got[apptest.Broken(err)]++
			})
		}
		wg.Wait()
		if n, err := a.DB.CountTrusted(ctx, u.TenantID, u.ID); n != 2 || err != nil {
			t.Errorf("%d trusted devices, %v: %v", n, err, got)
		}
	})
}

// To their own account admins and owners are users like any other: acts of admins are
// refused, and leave nothing, unless their need says otherwise.
func TestNobodyGivesThemselves(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
		a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		for _, email := range []string{"ada@corp.test", apptest.OwnerEmail} {
			desk, spare := a.Visit(t, a.Laptop(t), email, true, nil), a.Visit(t, a.Laptop(t), email, true, nil)
			me, id := desk.Me(), spare.DeviceID()
			apptest.Must(t, a.Sessions.Suspend(ctx, me, spare.In.Session.ID)) // before there is a factor to be proven for it
			a.AddTOTP(t, me)
			refused := func(what string, err error) {
				t.Helper()
				apptest.Denied(t, email+": "+what, err, sallyport.CodeForbidden)
			}
			before := len(a.Events(t))
			refused("a level", a.Devices.SetLevel(ctx, me, desk.DeviceID(), sallyport.TrustHigh))
			_, err := a.Factors.ResetOf(ctx, me, me.UserID, apptest.Grounds)
			refused("own factors", err)
			_, err = a.Factors.NewBackupCodesOf(ctx, me, me.UserID)
			refused("own codes", err)
			refused("no factor needed", a.Factors.Require(ctx, me, me.UserID, false))
			refused("own locks", a.Accounts.Unlock(ctx, me, me.UserID))
			if n := len(a.Events(t)); n != before {
				t.Errorf("%s: refusals left %d events", email, n-before)
			}

			refused("own session", a.Sessions.Resume(ctx, me, spare.In.Session.ID))
			refused("suspending one's own device", a.Devices.Suspend(ctx, me, id))
			apptest.Must(t, a.Devices.Suspend(ctx, operator, id))
			refused("own device", a.Devices.Resume(ctx, me, id))
			refused("a mark on one's own device", a.Devices.Flag(ctx, me, id, "Left in a taxi"))
			apptest.Must(t, a.Devices.Flag(ctx, operator, id, "Left in a taxi"))
			refused("own mark", a.Devices.Clear(ctx, me, id))
		}
	})
}
