package account_test

import (
	"fmt"
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

// Whoever marks a device as compromised, its sessions end with it, no sign-in on it
// succeeds, and its owner and the admins read why. Only an admin clears it, to the
// lowest level.
func TestFlagging(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		a.AddUser(t, mia, sallyport.RoleMember)
		a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		admin := apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
		home := visit(t, a, fresh(t, a), mia, true, nil)
		for _, v := range []struct {
			by, reason, mails string
			mark              func(id string) error
		}{
			{"user", "", "device_flagged mia, device_flagged_admin ada, device_flagged_admin owner", func(id string) error { return a.Devices.ReportLost(ctx, home.me(), id) }},
			{"admin", "left in a taxi", "device_flagged mia, device_flagged_admin ada, device_flagged_admin owner", func(id string) error {
				return a.Devices.Flag(ctx, admin, id, "  left in a taxi ")
			}},
		} {
			b := visit(t, a, fresh(t, a), mia, true, nil)
			b = visit(t, a, b.from, mia, true, nil)
			second := visit(t, a, again(b), mia, true, nil) // two sessions on it
			must(t, a.Devices.SetPrimary(ctx, home.me(), b.id()))
			told(t, a)
			if events := happened(t, a, func() { must(t, v.mark(b.id())) }); events != "auth.session_revoked auth.session_revoked device.flagged" {
				t.Errorf("by %s: events %s", v.by, events)
			}
			d := device(t, a, b.id())
			if !d.Compromised() || !d.CompromisedAt.Equal(a.Clock.Now()) || d.CompromisedBy != v.by || d.CompromisedReason != v.reason || d.TrustLevel != 0 || d.Primary {
				t.Errorf("by %s: %+v", v.by, d)
			}
			for _, s := range []string{b.in.SessionToken, second.in.SessionToken} {
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
			if events := happened(t, a, func() { must(t, v.mark(b.id())) }); events != "" {
				t.Errorf("by %s: marked again: %s", v.by, events)
			}
			if _, who := told(t, a); who != "" {
				t.Errorf("marked again: mails %s", who)
			}
			_, err := a.Try(ctx, again(second), mia, apptest.Password)
			denied(t, "a sign-in on it", err, sallyport.CodeDeviceNotTrusted)
			denied(t, "trusting it", a.Devices.SetLevel(ctx, admin, b.id(), 3), sallyport.CodeConflict)
			denied(t, "making it the primary one", a.Devices.SetPrimary(ctx, home.me(), b.id()), sallyport.CodeConflict)
			denied(t, "clearing it by its owner", a.Devices.Clear(ctx, home.me(), b.id()), sallyport.CodeForbidden)

			must(t, a.Devices.Clear(ctx, admin, b.id()))
			d = device(t, a, b.id())
			if d.Compromised() || d.CompromisedBy+d.CompromisedReason != "" {
				t.Errorf("cleared: %+v", d)
			}
			level(t, a, "cleared", b.id(), 1, policy.Cleared)
			denied(t, "cleared again", a.Devices.Clear(ctx, admin, b.id()), sallyport.CodeConflict)
			if got := visit(t, a, again(second), mia, false, nil); got.id() != b.id() {
				t.Errorf("cleared, it is another device")
			}
		}
		for _, reason := range []string{"", "  ", strings.Repeat("x", 1000)} {
			denied(t, "a reason like that", a.Devices.Flag(ctx, admin, home.id(), reason), sallyport.CodeInvalid)
		}
	})
}

// Who manages devices: an admin, not of an owner; nobody sees another organisation's.
func TestWhoManagesDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		ben := a.AddUser(t, "ben@corp.test", sallyport.RoleMember)
		a.AddUser(t, mia, sallyport.RoleMember)
		a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		owners, members := visit(t, a, fresh(t, a), apptest.OwnerEmail, true, nil), visit(t, a, fresh(t, a), mia, true, nil)
		member, admin := apptest.Actor(a.SignInAs(t, a.Laptop(t), ben.Email)), apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
		foreign := a.AddUserOf(t, a.AddTenant(t, "other.test").ID, mia, sallyport.RoleAdmin)
		outside := sallyport.Actor{Type: sallyport.ActorUser, TenantID: foreign.TenantID, UserID: foreign.ID, Role: sallyport.RoleAdmin}
		gone := a.SignInAs(t, a.Laptop(t), "ada@corp.test")
		ended := apptest.Actor(gone)
		must(t, a.Sessions.SignOut(ctx, ended))
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
			denied(t, name+" by a member", act(member, members.id()), sallyport.CodeForbidden)
			denied(t, name+" by an admin on an owner", act(admin, owners.id()), sallyport.CodeForbidden)
			denied(t, name+" from another organisation", act(outside, members.id()), sallyport.CodeNotFound)
			denied(t, name+" on none", act(admin, "none"), sallyport.CodeNotFound)
			denied(t, name+" in a session that ended", act(ended, members.id()), sallyport.CodeNotSignedIn)
		}
		for name, act := range own {
			denied(t, name+" of another", act(member, members.id()), sallyport.CodeNotFound)
			denied(t, name+" of another, by an admin", act(admin, members.id()), sallyport.CodeNotFound)
			denied(t, name+" from another organisation", act(outside, members.id()), sallyport.CodeNotFound)
		}
		if _, err := a.Devices.Get(ctx, outside, members.id()); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("seen from another organisation: %v", err)
		}
		if _, err := a.Devices.Get(ctx, member, members.id()); sallyport.CodeOf(err) != sallyport.CodeForbidden {
			t.Errorf("seen by a member: %v", err)
		}
		if n := len(a.Events(t)); n != before {
			t.Errorf("refusals left %d events", n-before)
		}

		// Giving trust needs a fresh proof, taking it away none.
		a.Clock.Advance(time.Hour)
		if err := acts["level"](admin, members.id()); stepUpOf(err) == nil {
			t.Errorf("a level set an hour after the sign-in: %v", err)
		}
		must(t, acts["suspend"](admin, members.id()))
		must(t, acts["resume"](admin, members.id()))
		must(t, acts["flag"](admin, members.id()))
		if err := acts["clear"](admin, members.id()); stepUpOf(err) == nil {
			t.Errorf("cleared an hour after the sign-in: %v", err)
		}
		admin = apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
		must(t, acts["clear"](admin, members.id()))
		members = visit(t, a, again(members), mia, true, nil)

		// Suspended and resumed it has the trust it had; revoked it stays so.
		id := members.id()
		must(t, a.Devices.SetLevel(ctx, admin, id, 3))
		must(t, a.Devices.Suspend(ctx, admin, id))
		denied(t, "suspended twice", a.Devices.Suspend(ctx, admin, id), sallyport.CodeConflict)
		if code := a.Check(t, members.in.SessionToken); code != sallyport.CodeSessionRevoked {
			t.Errorf("a session on a suspended device: %q", code)
		}
		_, err := a.Try(ctx, again(members), mia, apptest.Password)
		denied(t, "on a suspended device", err, sallyport.CodeDeviceNotTrusted)
		must(t, a.Devices.Resume(ctx, admin, id))
		denied(t, "resumed twice", a.Devices.Resume(ctx, admin, id), sallyport.CodeConflict)
		level(t, a, "resumed", id, 3, policy.SetByAdmin)
		members = visit(t, a, again(members), mia, false, nil)
		must(t, a.Devices.Suspend(ctx, admin, id))
		must(t, a.Devices.RevokeOf(ctx, admin, id))
		must(t, a.Devices.RevokeOf(ctx, admin, id)) // once
		for name, act := range map[string]func(sallyport.Actor, string) error{"resume": acts["resume"], "suspend": acts["suspend"], "level": acts["level"]} {
			denied(t, name+" a removed one", act(admin, id), sallyport.CodeConflict)
		}
		_, err = a.Try(ctx, again(members), mia, apptest.Password)
		denied(t, "on a removed device", err, sallyport.CodeDeviceNotTrusted)
		if n := a.Count(t); n[audit.DeviceRevoked] != 1 || n[audit.DeviceSuspended] != 3 || n[audit.DeviceResumed] != 2 {
			t.Errorf("%v", n)
		}
	})
}

// A link that trusts a device, or says that it was them, works once, whoever is fast.
func TestDeviceLinksWorkOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		u := a.AddUser(t, mia, sallyport.RoleMember)
		b := visit(t, a, fresh(t, a), mia, true, nil)
		attempt := a.Attempts(t)[0]
		a.Mails(t)
		must(t, a.Devices.Confirm(ctx, b.me()))
		confirm := apptest.Secret(t, only(t, a, notify.DeviceConfirm, mia), "/trust-device/")
		mine := mailedLink(t, a, u, link.Mine, link.About{AttemptID: attempt.ID})
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
			events := happened(t, a, func() {
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

// mailedLink makes a link as a mail has it.
func mailedLink(t *testing.T, a *apptest.App, u sallyport.User, k link.Kind, about link.About) string {
	t.Helper()
	tenant, err := a.DB.Tenant(t.Context(), u.TenantID)
	must(t, err)
	address := ""
	must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
		address, _, err = (link.New{Kind: k, UserID: u.ID, About: about, At: a.Clock.Now()}).Add(t.Context(), tx, apptest.BaseURL, tenant)
		return err
	}))
	return address[strings.LastIndex(address, "/")+1:]
}

// However a device comes to be trusted, from its page or through a link, and however many
// do at once, there are never more than policy allows.
func TestMostDevicesByOtherWays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMaxPerUser = 2 })
		u := a.AddUser(t, mia, sallyport.RoleMember)
		visit(t, a, fresh(t, a), mia, true, nil)
		var once []on
		var links []string
		for range 8 {
			b := visit(t, a, fresh(t, a), mia, false, nil)
			once = append(once, b)
			links = append(links, mailedLink(t, a, u, link.Device, link.About{DeviceID: b.id()}))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := map[string]int{}
		for i, b := range once {
			wg.Go(func() {
				err := a.Devices.Trust(ctx, b.me(), b.id())
				if i%2 == 0 {
					err = a.Devices.ConfirmByLink(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: links[i]})
				}
				mu.Lock()
				defer mu.Unlock()
				got[fmt.Sprint(broken(err))]++
			})
		}
		wg.Wait()
		if n, err := a.DB.CountTrusted(ctx, u.TenantID, u.ID); n != 2 || err != nil {
			t.Errorf("%d trusted devices, %v: %v", n, err, got)
		}
	})
}
