package web_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/bulk"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/push"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/webhook"
)

// object is what the {id} of an address stands for.
type object struct {
	at     string                         // the part of the address
	of     func(w *world, g guest) string // makes one of g's
	factor bool                           // it is a second factor
	brief  bool                           // it is over before a proof is old
	admins bool                           // it is somebody of the organisation, whom its admins act on
	common bool                           // it is the organisation's own: whoever lacks the permission is not told whether it is there

	everybody bool // it is the organisation's own, for everybody who belongs to it
}

// objects are those that pages are about.
var objects = []object{
	{at: "/team/{id}", admins: true, of: func(w *world, g guest) string { return w.colleague(g).user.ID }},
	{at: "/security/jobs/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		if g.user.Role == sallyport.RoleMember {
			g = w.join(g.actor.TenantID, sallyport.RoleOwner) // members begin none
		}
		j, err := w.a.Bulk.Start(w.t.Context(), g.actor, session.Revoke, bulk.Selection{IDs: []string{w.colleague(g).in.Session.ID}}, 1)
		if err != nil {
			w.t.Fatal(err)
		}
		return j.ID
	}},
	{at: "/security/sessions/{id}/suspend", admins: true, of: func(w *world, g guest) string { return w.colleague(g).in.Session.ID }},
	{at: "/security/sessions/{id}/terminate", admins: true, of: func(w *world, g guest) string { return w.colleague(g).in.Session.ID }},
	{at: "/security/sessions/{id}/resume", admins: true, of: func(w *world, g guest) string {
		of := w.colleague(g)
		if err := w.a.Sessions.Suspend(w.t.Context(), sallyport.Operator(g.actor.TenantID), of.in.Session.ID); err != nil {
			w.t.Fatal(err)
		}
		return of.in.Session.ID
	}},
	{at: "/foundation/security/sessions/{id}", admins: true, of: func(w *world, g guest) string { return w.colleague(g).in.Session.ID }},
	{at: "/security/devices/{id}/resume", admins: true, of: func(w *world, g guest) string {
		id := w.colleague(g).in.Session.DeviceID
		if err := w.a.Devices.Suspend(w.t.Context(), sallyport.Operator(g.actor.TenantID), id); err != nil {
			w.t.Fatal(err)
		}
		return id
	}},
	{at: "/foundation/security/devices/{id}", admins: true, of: func(w *world, g guest) string { return w.colleague(g).in.Session.DeviceID }},
	{at: "/mfa/methods/{id}", admins: true, of: func(w *world, g guest) string { return w.a.AddTOTP(w.t, w.colleague(g).actor).Factor.ID }},
	{at: "/roles/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		w.made++
		r, err := w.a.Roles.Add(w.t.Context(), sallyport.Operator(g.actor.TenantID), role.Input{Name: fmt.Sprintf("Role %d", w.made), Permissions: []string{"users.view"}})
		if err != nil {
			w.t.Fatal(err)
		}
		return r.ID
	}},
	{at: "/by-account/{id}", admins: true, of: func(w *world, g guest) string { return w.colleague(g).user.ID }},
	{at: "/attempts/blocks/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		w.made++
		b, err := w.a.Accounts.Block(w.t.Context(), sallyport.Operator(g.actor.TenantID), account.NewBlock{
			Network: fmt.Sprintf("2001:db8:0:%x::/64", w.made), Until: w.a.Clock.Now().Add(time.Hour), Reason: "Guesses passwords",
		})
		if err != nil {
			w.t.Fatal(err)
		}
		return b.ID
	}},
	{at: "/attempts/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		found, err := w.a.Accounts.ListAttempts(w.t.Context(), sallyport.Operator(g.actor.TenantID), list.Attempts.First())
		if err != nil || len(found.Rows) == 0 {
			w.t.Fatal(err, len(found.Rows))
		}
		return found.Rows[0].ID
	}},
	{at: "/audit-log/export/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		w.a.Sequence(w.t)
		if g.user.Role == sallyport.RoleMember {
			g = w.join(g.actor.TenantID, sallyport.RoleOwner) // members begin none
		}
		x, err := w.a.Exports.Begin(w.t.Context(), sallyport.Operator(g.actor.TenantID), audit.Export{After: -1, Format: audit.NDJSON})
		if err != nil {
			w.t.Fatal(err)
		}
		return x.ID
	}},
	{at: "/audit-log/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		w.a.Sequence(w.t)
		found, err := w.a.Audit.All(w.t.Context(), sallyport.Operator(g.actor.TenantID), list.Events.First())
		if err != nil || len(found.Rows) == 0 {
			w.t.Fatal(err, len(found.Rows))
		}
		return found.Rows[0].ID
	}},
	{at: "/previews/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		found, err := w.a.Previews.Start(w.t.Context(), sallyport.Operator(g.user.TenantID), tenant.Edit{Fields: map[string]any{"passwordHistory": 7}})
		if err != nil {
			w.t.Fatal(err)
		}
		return found.ID
	}},
	{at: "/linked/{id}/link", everybody: true, of: func(w *world, g guest) string { return w.forge(g.actor.TenantID) }},
	{at: "/linked/{id}/unlink", of: func(w *world, g guest) string {
		id := token.NewID()
		err := w.a.DB.Write(w.t.Context(), func(tx *store.Tx) error {
			now := w.a.Clock.Now()
			return tx.AddIdentity(w.t.Context(), store.Identity{
				TenantID: g.actor.TenantID, ID: id, ProviderID: w.forge(g.actor.TenantID), Subject: id, UserID: g.user.ID, CreatedAt: now, UsedAt: now,
			})
		})
		if err != nil {
			w.t.Fatal(err)
		}
		return id
	}},
	{at: "/groups/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		w.made++
		group, err := w.a.Groups.Add(w.t.Context(), sallyport.Operator(g.actor.TenantID), fmt.Sprintf("Group %d", w.made), "")
		if err != nil {
			w.t.Fatal(err)
		}
		return group.ID
	}},
	{at: "/sessions/{id}", of: func(w *world, g guest) string {
		from := w.a.Visitor(g.actor.TenantID, apptest.Client("127.0.0.1", apptest.FirefoxOnLinux))
		return w.a.SignInAs(w.t, from, g.in.User.Email).Session.ID
	}},
	{at: "/devices/{id}", of: func(_ *world, g guest) string { return g.in.Session.DeviceID }},
	{at: "/browsers/{id}", of: func(w *world, g guest) string {
		b, err := w.a.Push.Subscribe(w.t.Context(), g.actor, w.browser())
		if err != nil {
			w.t.Fatal(err)
		}
		return b.ID
	}},
	{at: "/settings/api-keys/key/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		k, err := w.a.APIKeys.MakeFor(w.t.Context(), sallyport.Operator(g.actor.TenantID), w.service(g), apikey.Input{Name: "Key"})
		if err != nil {
			w.t.Fatal(err)
		}
		return k.ID
	}},
	{at: "/settings/api-keys/services/{id}", admins: true, common: true, of: func(w *world, g guest) string { return w.service(g) }},
	{at: "/settings/api-keys/clients/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		w.made++
		c, err := w.a.OAuth.AddClient(w.t.Context(), sallyport.Operator(g.actor.TenantID), fmt.Sprintf("Service %d", w.made))
		if err != nil {
			w.t.Fatal(err)
		}
		return c.ID
	}},
	{at: "/settings/apps/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		w.made++
		return w.a.AddApp(w.t, g.actor.TenantID, fmt.Sprintf("https://app-%d-%s.test", w.made, token.NewID()), "/* everyone").ID
	}},
	{at: "/settings/alerts/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		w.made++
		w.makeRoom(g)
		c, err := w.a.Alerts.Add(w.t.Context(), sallyport.Operator(g.actor.TenantID), alert.Input{
			Name: fmt.Sprintf("Channel %d", w.made), Format: "json", Address: "https://localhost:9/alerts", Topics: []string{"locks"},
		})
		if err != nil {
			w.t.Fatal(err)
		}
		return c.ID
	}},
	{at: "/settings/webhooks/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		w.made++
		by := sallyport.Operator(g.actor.TenantID)
		have, err := w.a.Webhooks.List(w.t.Context(), by)
		slices.SortFunc(have, func(a, b webhook.Webhook) int { return a.CreatedAt.Compare(b.CreatedAt) })
		for len(have) >= webhook.MaxWebhooks && err == nil { // all but the first, which is somebody else's
			err = w.a.Webhooks.Remove(w.t.Context(), by, have[1].ID)
			have = slices.Delete(have, 1, 2)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		m, err := w.a.Webhooks.Add(w.t.Context(), by, webhook.Input{Name: fmt.Sprintf("Webhook %d", w.made), Address: "https://localhost:9/hook", Kinds: []string{"devices"}})
		if err != nil {
			w.t.Fatal(err)
		}
		return m.ID
	}},
	{at: "/settings/sso/provider/{id}", admins: true, common: true, of: (*world).provider},
	{at: "/settings/sso/domain/{id}", admins: true, common: true, of: func(w *world, g guest) string {
		w.made++
		d, err := w.a.SSO.AddDomain(w.t.Context(), sallyport.Operator(g.actor.TenantID), w.providers(g)[1], fmt.Sprintf("d%d.example", w.made))
		if err != nil {
			w.t.Fatal(err)
		}
		return d.Domain
	}},
	{at: "/security/api-keys/{id}", of: func(w *world, g guest) string {
		w.made++
		// Without a session nothing has to be proven.
		owner := sallyport.Actor{Type: sallyport.ActorUser, TenantID: g.actor.TenantID, UserID: g.user.ID}
		k, err := w.a.APIKeys.Make(w.t.Context(), owner, apikey.Input{Name: fmt.Sprintf("Key %d", w.made)})
		if err != nil {
			w.t.Fatal(err)
		}
		return k.ID
	}},
	{at: "/approve/{id}", brief: true, of: func(w *world, g guest) string {
		now := w.a.Clock.Now()
		p := store.Approval{
			TenantID: g.user.TenantID, ID: token.NewID(), UserID: g.user.ID, FlowID: "flow", FactorID: "factor", Number: 42, Client: "web", CreatedAt: now, EndsAt: now.Add(time.Minute),
		}
		if err := w.a.DB.Write(w.t.Context(), func(tx *store.Tx) error { return tx.AddApproval(w.t.Context(), p) }); err != nil {
			w.t.Fatal(err)
		}
		return p.ID
	}},
	{at: "/methods/{id}", factor: true, of: func(w *world, g guest) string { return w.a.AddTOTP(w.t, g.actor).Factor.ID }},
	{at: "/two-factor/add/{id}", brief: true, of: func(w *world, g guest) string {
		w.a.Confirmed(w.t, g.actor)
		begun, err := w.a.Factors.Begin(w.t.Context(), g.actor, mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "Phone"})
		if err != nil {
			w.t.Fatal(err)
		}
		return begun.Factor.ID
	}},
}

// forge is an identity provider of an organisation where people link accounts, the same each time.
func (w *world) forge(tenantID string) string {
	w.t.Helper()
	if id := w.forges[tenantID]; id != "" {
		return id
	}
	operator := sallyport.Operator(tenantID)
	at, err := w.a.SSO.Add(w.t.Context(), operator, sso.Input{Name: "Code forge", Protocol: sso.GitHub, Secret: "secret", Settings: sso.Settings{
		Use: sso.Personal, Issuer: "https://github.com", ClientID: "client", Provision: sso.ForNobody,
	}})
	if err == nil {
		err = w.a.SSO.Switch(w.t.Context(), operator, at.ID, true)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.forges[tenantID] = at.ID
	return at.ID
}

// browser is one that push messages can be sent to.
func (w *world) browser() push.Input {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return push.Input{Endpoint: "https://push.example.com/send/" + token.NewID(), P256dh: encode(key.PublicKey().Bytes()), Auth: encode(make([]byte, 16))}
}

// service is a service account of g's organisation.
func (w *world) service(g guest) string {
	w.made++
	u, err := w.a.APIKeys.AddService(w.t.Context(), sallyport.Operator(g.actor.TenantID), apikey.NewService{
		Name: fmt.Sprintf("Service account %d", w.made), Role: sallyport.RoleMember, OwnedBy: sallyport.RoleAdmin,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return u.ID
}

// providers are ids of the identity providers of g's organisation, the oldest first: that is somebody else's, and
// the domains are those of the next one.
func (w *world) providers(g guest) (ids []string) {
	all, err := w.a.SSO.List(w.t.Context(), sallyport.Operator(g.actor.TenantID))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range all {
		ids = append(ids, p.ID)
	}
	for len(ids) < 2 {
		ids = append(ids, w.addProvider(g))
	}
	slices.Sort(ids)
	return ids
}

// provider is a new identity provider of g's organisation, of which there are few.
func (w *world) provider(g guest) string {
	for ids := w.providers(g); len(ids) >= sso.MaxProviders; ids = ids[:len(ids)-1] {
		if err := w.a.SSO.Remove(w.t.Context(), sallyport.Operator(g.actor.TenantID), ids[len(ids)-1]); err != nil {
			w.t.Fatal(err)
		}
	}
	return w.addProvider(g)
}

func (w *world) addProvider(g guest) string {
	w.made++
	p, err := w.a.SSO.Add(w.t.Context(), sallyport.Operator(g.actor.TenantID), sso.Input{
		Name: fmt.Sprintf("Provider %d", w.made), Protocol: sso.OpenID, Secret: "a secret",
		Settings: sso.Settings{Use: sso.Organisation, Issuer: "https://idp.invalid", ClientID: "sallyport", Provision: sso.ForNobody},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p.ID
}

// makeRoom removes channels of alerts, of which there are few, but for the first: that is somebody else's.
func (w *world) makeRoom(g guest) {
	by := sallyport.Operator(g.actor.TenantID)
	have, err := w.a.Alerts.List(w.t.Context(), by)
	slices.SortFunc(have, func(a, b alert.Channel) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for len(have) >= alert.MaxChannels && err == nil {
		err = w.a.Alerts.Remove(w.t.Context(), by, have[1].ID)
		have = slices.Delete(have, 1, 2)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// expectation is what becomes of visitors of a page: the status, and where they are led.
type expectation struct {
	nobody string // also of who is signed in to another organisation
	half   string // of who has given a password, and waits for the second factor
	in     string // of who is signed in, of whatever role, with what is their own
	member string // of members where admins get further; "" where the role decides nothing
}

// signedIn is a page for who is signed in: everybody else is sent to sign in, and back.
func signedIn(in string) expectation {
	return expectation{nobody: "303 /sign-in and back", half: "303 /sign-in and back", in: in}
}

// forAdmins is a page that needs a permission which members lack.
func forAdmins(in string) expectation {
	e := signedIn(in)
	e.member = "403"
	return e
}

func everybody(said string) expectation { return expectation{nobody: said, half: said, in: said} }

// matrix is what is expected of every page. The forms are empty, but for what is [typed],
// and the secrets of links are wrong.
var matrix = map[string]expectation{
	"GET /setup/{secret}":                                   everybody("303 /setup/link/{of}"),
	"GET /setup/link/{of}":                                  everybody("404"),
	"POST /setup/link/{of}":                                 everybody("404"),
	"GET /help":                                             everybody("200"),
	"GET /help/{page}":                                      everybody("404"), // there is no page of this name
	"GET /apps/enter":                                       signedIn("404"),  // of no app
	"GET /welcome":                                          signedIn("200"),
	"GET /sign-in":                                          {nobody: "200", half: "200", in: "303 /profile/security"},
	"POST /sign-in":                                         everybody("303 /sign-in"),
	"POST /sign-in/passkey":                                 everybody("303 /sign-in"),
	"POST /sign-in/passkey/options":                         everybody("200"),
	"POST /sign-in/forget-device":                           everybody("303 /sign-in"),
	"POST /sign-out":                                        everybody("303 /sign-in"),
	"GET /recovery":                                         everybody("200"),
	"GET /recovery/sent":                                    everybody("303 /recovery"),
	"POST /recovery":                                        everybody("303 /recovery"),
	"POST /sign-in/provider":                                everybody("303 /sign-in"), // there is no such provider
	"GET /sign-in/link":                                     everybody("303 /sign-in"),
	"POST /sign-in/link":                                    everybody("303 /sign-in"),
	"GET /sso/{provider}/callback":                          everybody("200"),
	"POST /sso/{provider}/callback":                         everybody("200"),
	"POST /sso/finish":                                      {nobody: "303 /sign-in", half: "303 /sign-in", in: "303 /profile/security/linked"},
	"GET /sso/{provider}/logout":                            everybody("404"),
	"POST /sso/{provider}/logout":                           everybody("404"),
	"POST /sso/{provider}/backchannel":                      everybody("400"),
	"GET /sso/{provider}/metadata":                          everybody("404"),
	"POST /step-up/provider":                                signedIn("404"),
	"GET /profile/security/linked":                          signedIn("200"),
	"GET /profile/security/linked/{id}/link":                signedIn("303 /step-up for link_account"),
	"POST /profile/security/linked/{id}/link":               signedIn("303 /step-up for link_account"),
	"GET /profile/security/linked/{id}/unlink":              signedIn("303 /step-up for link_account"),
	"POST /profile/security/linked/{id}/unlink":             signedIn("303 /step-up for link_account"),
	"GET /sign-in/factor":                                   {nobody: "303 /sign-in", half: "200", in: "303 /sign-in"},
	"POST /sign-in/factor":                                  {nobody: "303 /sign-in", half: "303 /sign-in/factor", in: "303 /sign-in"},
	"POST /sign-in/factor/send":                             {nobody: "303 /sign-in", half: "303 /sign-in/factor", in: "303 /sign-in"},
	"GET /sign-in/factor/state":                             everybody("200"),
	"GET /sign-in/codes-left":                               signedIn("200"),
	"GET /sign-in/passkey/offer":                            signedIn("200"),
	"GET /sign-in/new-password":                             {nobody: "303 /sign-in", half: "303 /sign-in/factor", in: "303 /sign-in"},
	"POST /sign-in/new-password":                            everybody("303 /sign-in"),
	"GET /sign-in/device":                                   everybody("303 /sign-in"),
	"POST /sign-in/device":                                  everybody("303 /sign-in"),
	"GET /sign-in/enrol":                                    everybody("303 /sign-in"),
	"POST /sign-in/enrol":                                   everybody("303 /sign-in"),
	"GET /sign-in/enrol/sms":                                everybody("303 /sign-in"),
	"POST /sign-in/enrol/sms":                               everybody("303 /sign-in"),
	"GET /sign-in/enrol/set-up":                             everybody("303 /sign-in"),
	"POST /sign-in/enrol/set-up":                            everybody("303 /sign-in"),
	"POST /sign-in/enrol/again":                             everybody("303 /sign-in"),
	"POST /sign-in/enrol/saved":                             {nobody: "303 /profile/security", half: "303 /sign-in/factor", in: "303 /profile/security"},
	"GET /step-up":                                          signedIn("200"),
	"POST /step-up":                                         signedIn("303 /step-up for remove_factor"),
	"POST /step-up/send":                                    signedIn("303 /step-up for remove_factor"),
	"POST /step-up/passkey":                                 signedIn("303 /step-up for remove_factor"),
	"GET /step-up/factor":                                   signedIn("303 /step-up for remove_factor"),
	"POST /step-up/factor":                                  signedIn("303 /step-up for remove_factor"),
	"GET /step-up/factor/state":                             signedIn("200"),
	"GET /approve":                                          signedIn("200"),
	"GET /approve/{id}":                                     signedIn("200"),
	"POST /approve/{id}":                                    signedIn("303 /approve/{id}"),
	"GET /approve/{id}/deny":                                signedIn("200"),
	"POST /approve/{id}/deny":                               signedIn("303 /approve/{id}"),
	"POST /step-up/factor/send":                             signedIn("303 /step-up for remove_factor"),
	"GET /recovery/{secret}":                                everybody("303 /recovery/link/{of}"),
	"GET /recovery/link/{of}":                               everybody("404"),
	"POST /recovery/link/{of}":                              everybody("404"),
	"GET /verify-email/{secret}":                            everybody("303 /verify-email/link/{of}"),
	"GET /verify-email/link/{of}":                           everybody("404"),
	"POST /verify-email/link/{of}":                          everybody("404"),
	"GET /invitation/{secret}":                              everybody("303 /invitation/link/{of}"),
	"GET /invitation/link/{of}":                             everybody("404"),
	"POST /invitation/link/{of}":                            everybody("404"),
	"GET /unlock/{secret}":                                  everybody("303 /unlock/link/{of}"),
	"GET /unlock/link/{of}":                                 everybody("404"),
	"POST /unlock/link/{of}":                                everybody("404"),
	"GET /not-me/{secret}":                                  everybody("303 /not-me/link/{of}"),
	"GET /not-me/link/{of}":                                 everybody("404"),
	"POST /not-me/link/{of}":                                everybody("404"),
	"GET /reopen/{secret}":                                  everybody("303 /reopen/link/{of}"),
	"GET /reopen/link/{of}":                                 everybody("404"),
	"POST /reopen/link/{of}":                                everybody("404"),
	"GET /trust-device/{secret}":                            everybody("303 /trust-device/link/{of}"),
	"GET /trust-device/link/{of}":                           everybody("404"),
	"POST /trust-device/link/{of}":                          everybody("404"),
	"GET /it-was-me/{secret}":                               everybody("303 /it-was-me/link/{of}"),
	"GET /it-was-me/link/{of}":                              everybody("404"),
	"POST /it-was-me/link/{of}":                             everybody("404"),
	"GET /undo-email/{secret}":                              everybody("303 /undo-email/link/{of}"),
	"GET /undo-email/link/{of}":                             everybody("404"),
	"POST /undo-email/link/{of}":                            everybody("404"),
	"GET /profile/general":                                  signedIn("200"),
	"POST /profile/general":                                 signedIn("303 /profile/general"),
	"GET /profile/general/sessions":                         signedIn("200"),
	"GET /profile/general/email":                            signedIn("303 /step-up for change_email"),
	"POST /profile/general/email":                           signedIn("303 /step-up for change_email"),
	"GET /profile/general/email/code":                       signedIn("303 /step-up for change_email"),
	"POST /profile/general/email/code":                      signedIn("303 /step-up for change_email"),
	"GET /profile/general/phone":                            signedIn("303 /step-up for change_phone"),
	"POST /profile/general/phone":                           signedIn("303 /step-up for change_phone"),
	"GET /profile/general/phone/code":                       signedIn("303 /step-up for change_phone"),
	"POST /profile/general/phone/code":                      signedIn("303 /step-up for change_phone"),
	"GET /profile/general/phone/remove":                     signedIn("303 /step-up for change_phone"),
	"POST /profile/general/phone/remove":                    signedIn("303 /step-up for change_phone"),
	"GET /profile/general/data":                             signedIn("200"),
	"GET /profile/general/data/html":                        signedIn("303 /step-up for export_own_data"),
	"POST /profile/general/data/html":                       signedIn("303 /step-up for export_own_data"),
	"GET /profile/general/data/json":                        signedIn("303 /step-up for export_own_data"),
	"POST /profile/general/data/json":                       signedIn("303 /step-up for export_own_data"),
	"GET /profile/general/data/delete":                      signedIn("303 /step-up for delete_account"),
	"POST /profile/general/data/delete":                     signedIn("303 /step-up for delete_account"),
	"GET /profile/general/data/keep":                        everybody("303 /profile/general/data"),
	"POST /profile/general/data/keep":                       signedIn("303 /profile/general/data"),
	"GET /profile/general/avatar":                           signedIn("200"),
	"POST /profile/general/avatar":                          signedIn("303 /profile/general/avatar"),
	"GET /profile/general/avatar/remove":                    signedIn("303 /profile/general"),
	"POST /profile/general/avatar/remove":                   signedIn("303 /profile/general"),
	"GET /avatars/{user}/{hash}/{size}":                     signedIn("404"),
	"GET /profile/security":                                 signedIn("200"),
	"GET /profile/security/password":                        signedIn("200"),
	"POST /profile/security/password":                       signedIn("303 /profile/security/password"),
	"GET /profile/security/verification":                    everybody("303 /profile/security"),
	"POST /profile/security/verification":                   signedIn("303 /profile/security"),
	"GET /profile/security/lockdown":                        signedIn("200"),
	"POST /profile/security/lockdown":                       signedIn("200"),
	"GET /profile/security/activity":                        signedIn("200"),
	"GET /settings/security":                                everybody("303 /profile/security"),
	"GET /.well-known/change-password":                      everybody("303 /profile/security/password"),
	"GET /.well-known/passkey-endpoints":                    everybody("200"),
	"GET /profile/notifications":                            signedIn("200"),
	"POST /profile/notifications":                           signedIn("303 /profile/notifications"),
	"GET /profile/notifications/browsers":                   everybody("303 /profile/notifications"),
	"POST /profile/notifications/browsers":                  signedIn("303 /profile/notifications"), // a script fills it in
	"GET /profile/notifications/browsers/{id}/remove":       signedIn("303 /profile/notifications"),
	"POST /profile/notifications/browsers/{id}/remove":      signedIn("303 /profile/notifications"),
	"GET /notifications":                                    signedIn("200"),
	"POST /notifications/read":                              signedIn("303 /notifications"),
	"GET /notifications/read":                               everybody("303 /notifications"),
	"GET /session/alive":                                    signedIn("409"),
	"GET /session/left":                                     signedIn("200"),
	"POST /session/left":                                    signedIn("200"),
	"GET /notifications/count":                              signedIn("200"),
	"GET /profile/security/sessions/{id}":                   signedIn("303 /profile/security"),
	"GET /profile/security/sessions/{id}/revoke":            signedIn("200"),
	"POST /profile/security/sessions/{id}/revoke":           signedIn("303 /profile/security"),
	"GET /profile/security/sessions/revoke-others":          signedIn("303 /profile/security"),
	"POST /profile/security/sessions/revoke-others":         signedIn("303 /profile/security"),
	"GET /profile/security/sessions/revoke-all":             signedIn("200"),
	"POST /profile/security/sessions/revoke-all":            signedIn("303 /sign-in"),
	"GET /profile/security/sessions/{id}/not-mine":          signedIn("200"),
	"POST /profile/security/sessions/{id}/not-mine":         signedIn("303 /profile/security/password"),
	"GET /profile/security/sessions/{id}/mine":              signedIn("303 /profile/security"),
	"POST /profile/security/sessions/{id}/mine":             signedIn("303 /profile/security"),
	"GET /profile/security/two-factor/add":                  signedIn("303 /step-up for add_factor"),
	"POST /profile/security/two-factor/add":                 signedIn("303 /step-up for add_factor"),
	"GET /profile/security/two-factor/add/sms":              signedIn("303 /step-up for add_factor"),
	"POST /profile/security/two-factor/add/sms":             signedIn("303 /step-up for add_factor"),
	"GET /profile/security/two-factor/add/{id}":             signedIn("200"),
	"POST /profile/security/two-factor/add/{id}":            signedIn("303 /profile/security/two-factor/add/{id}"),
	"GET /profile/security/two-factor/add/{id}/again":       signedIn("303 /profile/security/two-factor/add/{id}"),
	"POST /profile/security/two-factor/add/{id}/again":      signedIn("303 /profile/security/two-factor/add/{id}"),
	"POST /profile/security/two-factor/backup-codes/saved":  signedIn("303 /profile/security"),
	"GET /profile/security/two-factor/methods/{id}/rename":  signedIn("200"),
	"POST /profile/security/two-factor/methods/{id}/rename": signedIn("303 /profile/security"),
	"GET /profile/security/two-factor/methods/{id}/remove":  signedIn("303 /step-up for remove_factor"),
	"POST /profile/security/two-factor/methods/{id}/remove": signedIn("303 /step-up for remove_factor"),
	"GET /profile/security/two-factor/backup-codes":         signedIn("303 /profile/security"),
	"POST /profile/security/two-factor/backup-codes":        signedIn("303 /step-up for backup_codes"),
	"GET /profile/security/two-factor/disable":              signedIn("303 /profile/security"),
	"POST /profile/security/two-factor/disable":             signedIn("303 /step-up for remove_factor"),
	"GET /profile/security/devices":                         signedIn("200"),
	"GET /profile/security/devices/{id}/trust":              signedIn("200"),
	"POST /profile/security/devices/{id}/trust":             signedIn("303 /profile/security/devices"),
	"GET /profile/security/devices/{id}/confirm":            signedIn("200"),
	"POST /profile/security/devices/{id}/confirm":           signedIn("303 /profile/security/devices"),
	"GET /profile/security/devices/{id}/rename":             signedIn("200"),
	"POST /profile/security/devices/{id}/rename":            signedIn("303 /profile/security/devices"),
	"GET /profile/security/devices/{id}/primary":            signedIn("200"),
	"POST /profile/security/devices/{id}/primary":           signedIn("303 /profile/security/devices/{id}/primary"),
	"GET /profile/security/devices/{id}/lost":               signedIn("200"),
	"POST /profile/security/devices/{id}/lost":              signedIn("303 /sign-in"),
	"GET /profile/security/devices/{id}/remove":             signedIn("200"),
	"POST /profile/security/devices/{id}/remove":            signedIn("303 /sign-in"),
	"GET /profile/security/api-keys":                        signedIn("200"),
	"GET /profile/security/api-keys/new":                    signedIn("303 /step-up for manage_api_keys"),
	"POST /profile/security/api-keys/new":                   signedIn("303 /step-up for manage_api_keys"),
	"GET /profile/security/api-keys/{id}/rotate":            signedIn("303 /step-up for manage_api_keys"),
	"POST /profile/security/api-keys/{id}/rotate":           signedIn("303 /step-up for manage_api_keys"),
	"GET /profile/security/api-keys/{id}/revoke":            signedIn("200"),
	"POST /profile/security/api-keys/{id}/revoke":           signedIn("303 /profile/security/api-keys"),
	"GET /settings/api-keys":                                forAdmins("200"),
	"GET /settings/api-keys/key/{id}/revoke":                forAdmins("200"),
	"POST /settings/api-keys/key/{id}/revoke":               forAdmins("303 /settings/api-keys"),
	"GET /settings/api-keys/key/{id}/rotate":                forAdmins("303 /step-up for manage_api_keys"),
	"POST /settings/api-keys/key/{id}/rotate":               forAdmins("303 /step-up for manage_api_keys"),
	"GET /settings/api-keys/services":                       forAdmins("200"),
	"GET /settings/api-keys/services/new":                   forAdmins("200"),
	"POST /settings/api-keys/services/new":                  forAdmins("303 /settings/api-keys/services/new"),
	"GET /settings/api-keys/services/{id}":                  forAdmins("200"),
	"GET /settings/api-keys/services/{id}/key":              forAdmins("303 /step-up for manage_api_keys"),
	"POST /settings/api-keys/services/{id}/key":             forAdmins("303 /step-up for manage_api_keys"),
	"GET /settings/api-keys/services/{id}/disable":          forAdmins("200"),
	"POST /settings/api-keys/services/{id}/disable":         forAdmins("303 /settings/api-keys/services/{id}"),
	"GET /settings/api-keys/services/{id}/enable":           forAdmins("303 /settings/api-keys/services/{id}"),
	"POST /settings/api-keys/services/{id}/enable":          forAdmins("303 /settings/api-keys/services/{id}"),
	"GET /settings/apps":                                    forAdmins("200"),
	"GET /settings/apps/new":                                forAdmins("200"),
	"POST /settings/apps/new":                               forAdmins("303 /settings/apps/new"),
	"GET /settings/apps/{id}/change":                        forAdmins("200"),
	"POST /settings/apps/{id}/change":                       forAdmins("303 /settings/apps/{id}/change"),
	"GET /settings/apps/{id}/remove":                        forAdmins("200"),
	"POST /settings/apps/{id}/remove":                       forAdmins("303 /settings/apps"),
	"GET /settings/webhooks":                                forAdmins("200"),
	"GET /settings/webhooks/new":                            forAdmins("200"),
	"POST /settings/webhooks/new":                           forAdmins("303 /settings/webhooks/new"),
	"GET /settings/webhooks/{id}":                           forAdmins("200"),
	"POST /settings/webhooks/{id}/test":                     forAdmins("303 /settings/webhooks/{id}"),
	"POST /settings/webhooks/{id}/resend":                   forAdmins("404"),
	"GET /settings/webhooks/{id}/change":                    forAdmins("200"),
	"POST /settings/webhooks/{id}/change":                   forAdmins("303 /settings/webhooks/{id}/change"),
	"GET /settings/webhooks/{id}/rotate":                    forAdmins("200"),
	"POST /settings/webhooks/{id}/rotate":                   forAdmins("303 /settings/webhooks/{id}"),
	"GET /settings/webhooks/{id}/replay":                    forAdmins("200"),
	"POST /settings/webhooks/{id}/replay":                   forAdmins("303 /settings/webhooks/{id}/replay"),
	"GET /settings/webhooks/{id}/remove":                    forAdmins("200"),
	"POST /settings/webhooks/{id}/remove":                   forAdmins("303 /settings/webhooks"),
	"GET /settings/alerts":                                  forAdmins("200"),
	"GET /settings/alerts/new":                              forAdmins("200"),
	"POST /settings/alerts/new":                             forAdmins("303 /settings/alerts/new"),
	"POST /settings/alerts/{id}/test":                       forAdmins("303 /settings/alerts"),
	"GET /settings/alerts/{id}/change":                      forAdmins("200"),
	"POST /settings/alerts/{id}/change":                     forAdmins("303 /settings/alerts/{id}/change"),
	"GET /settings/alerts/{id}/remove":                      forAdmins("200"),
	"POST /settings/alerts/{id}/remove":                     forAdmins("303 /settings/alerts"),

	"GET /settings/sso":                                  forAdmins("200"),
	"GET /settings/sso/new":                              forAdmins("303 /step-up for manage_sso"),
	"GET /settings/sso/new/{form}":                       forAdmins("303 /step-up for manage_sso"),
	"POST /settings/sso/new/{form}":                      forAdmins("303 /step-up for manage_sso"),
	"GET /settings/sso/provider/{id}":                    forAdmins("200"),
	"GET /settings/sso/provider/{id}/change":             forAdmins("303 /step-up for manage_sso"),
	"POST /settings/sso/provider/{id}/change":            forAdmins("303 /step-up for manage_sso"),
	"GET /settings/sso/provider/{id}/test":               forAdmins("303 /settings/sso/provider/{id}"),
	"POST /settings/sso/provider/{id}/test":              forAdmins("200"),
	"GET /settings/sso/provider/{id}/on":                 forAdmins("303 /step-up for manage_sso"),
	"POST /settings/sso/provider/{id}/on":                forAdmins("303 /step-up for manage_sso"),
	"GET /settings/sso/provider/{id}/off":                forAdmins("303 /step-up for manage_sso"),
	"POST /settings/sso/provider/{id}/off":               forAdmins("303 /step-up for manage_sso"),
	"GET /settings/sso/provider/{id}/remove":             forAdmins("303 /step-up for manage_sso"),
	"POST /settings/sso/provider/{id}/remove":            forAdmins("303 /step-up for manage_sso"),
	"GET /settings/sso/provider/{id}/domain":             forAdmins("303 /step-up for manage_sso"),
	"POST /settings/sso/provider/{id}/domain":            forAdmins("303 /step-up for manage_sso"),
	"GET /settings/sso/domain/{id}/check":                forAdmins("303 /step-up for manage_sso"),
	"POST /settings/sso/domain/{id}/check":               forAdmins("303 /step-up for manage_sso"),
	"GET /settings/sso/domain/{id}/remove":               forAdmins("303 /step-up for manage_sso"),
	"POST /settings/sso/domain/{id}/remove":              forAdmins("303 /step-up for manage_sso"),
	"GET /settings/api-keys/clients":                     forAdmins("200"),
	"GET /settings/api-keys/clients/new":                 forAdmins("200"),
	"POST /settings/api-keys/clients/new":                forAdmins("303 /settings/api-keys/clients/new"),
	"GET /settings/api-keys/clients/{id}/rotate":         forAdmins("200"),
	"POST /settings/api-keys/clients/{id}/rotate":        forAdmins("303 /settings/api-keys/clients"),
	"GET /settings/api-keys/clients/{id}/delete":         forAdmins("200"),
	"POST /settings/api-keys/clients/{id}/delete":        forAdmins("303 /settings/api-keys/clients"),
	"GET /settings/team/{id}/lockdown":                   forAdmins("200"),
	"POST /settings/team/{id}/lockdown":                  forAdmins("303 /settings/team/{id}"),
	"GET /settings/team":                                 forAdmins("200"),
	"GET /settings/team/{id}":                            forAdmins("200"),
	"GET /settings/team/{id}/activity":                   forAdmins("200"),
	"GET /settings/team/{id}/exempt-mfa":                 forAdmins("200"),
	"POST /settings/team/{id}/exempt-mfa":                forAdmins("303 /settings/team/{id}/exempt-mfa"),
	"GET /settings/team/{id}/terminate-sessions":         forAdmins("200"),
	"POST /settings/team/{id}/terminate-sessions":        forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/restore-email":              forAdmins("200"),
	"POST /settings/team/{id}/restore-email":             forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/unlock":                     forAdmins("200"),
	"POST /settings/team/{id}/unlock":                    forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/reset-password":             forAdmins("200"),
	"POST /settings/team/{id}/reset-password":            forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/demand-password":            forAdmins("200"),
	"POST /settings/team/{id}/demand-password":           forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/keep":                       forAdmins("200"),
	"POST /settings/team/{id}/keep":                      forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/mail-set-up":                forAdmins("200"),
	"POST /settings/team/{id}/mail-set-up":               forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/require-mfa":                forAdmins("200"),
	"POST /settings/team/{id}/require-mfa":               forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/waive-mfa":                  forAdmins("200"),
	"POST /settings/team/{id}/waive-mfa":                 forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/end-exemption":              forAdmins("200"),
	"POST /settings/team/{id}/end-exemption":             forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/backup-codes":               forAdmins("200"),
	"POST /settings/team/{id}/backup-codes":              forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/reset-mfa":                  forAdmins("200"),
	"POST /settings/team/{id}/reset-mfa":                 forAdmins("303 /settings/team/{id}/reset-mfa"),
	"GET /foundation/security/sessions/{id}/suspend":     forAdmins("200"),
	"POST /foundation/security/sessions/{id}/suspend":    forAdmins("303 /foundation/security/sessions/{id}"),
	"GET /foundation/security/sessions/{id}/resume":      forAdmins("200"),
	"POST /foundation/security/sessions/{id}/resume":     forAdmins("303 /foundation/security/sessions/{id}"),
	"GET /foundation/security/sessions/{id}/revoke":      forAdmins("200"),
	"POST /foundation/security/sessions/{id}/revoke":     forAdmins("303 /foundation/security/sessions/{id}"),
	"GET /foundation/security/sessions/{id}/extend":      forAdmins("200"),
	"POST /foundation/security/sessions/{id}/extend":     forAdmins("303 /foundation/security/sessions/{id}"),
	"GET /foundation/security/sessions/{id}/terminate":   forAdmins("200"),
	"POST /foundation/security/sessions/{id}/terminate":  forAdmins("303 /foundation/security/sessions/{id}"),
	"GET /foundation/security/mfa/methods/{id}/suspend":  forAdmins("200"),
	"POST /foundation/security/mfa/methods/{id}/suspend": forAdmins("303 /settings/team/{id}"),
	"GET /foundation/security/mfa/methods/{id}/resume":   forAdmins("200"),
	"POST /foundation/security/mfa/methods/{id}/resume":  forAdmins("303 /settings/team/{id}"),
	"GET /foundation/security/mfa/methods/{id}/remove":   forAdmins("200"),
	"POST /foundation/security/mfa/methods/{id}/remove":  forAdmins("303 /settings/team/{id}"),
	"GET /foundation/security/sessions":                  forAdmins("200"),
	"GET /foundation/security/sessions/{id}":             forAdmins("200"),
	"GET /foundation/security/devices":                   forAdmins("200"),
	"GET /foundation/security/devices/{id}":              forAdmins("200"),
	"GET /foundation/security/devices/{id}/clear":        forAdmins("200"),
	"POST /foundation/security/devices/{id}/clear":       forAdmins("303 /foundation/security/devices/{id}"),
	"GET /foundation/security/devices/{id}/resume":       forAdmins("200"),
	"POST /foundation/security/devices/{id}/resume":      forAdmins("303 /foundation/security/devices/{id}"),
	"GET /foundation/security/devices/{id}/trust":        forAdmins("200"),
	"POST /foundation/security/devices/{id}/trust":       forAdmins("303 /foundation/security/devices/{id}"),
	"GET /foundation/security/devices/{id}/suspend":      forAdmins("200"),
	"POST /foundation/security/devices/{id}/suspend":     forAdmins("303 /foundation/security/devices/{id}"),
	"GET /foundation/security/devices/{id}/revoke":       forAdmins("200"),
	"POST /foundation/security/devices/{id}/revoke":      forAdmins("303 /foundation/security/devices/{id}"),
	"GET /foundation/security/devices/{id}/level":        forAdmins("200"),
	"POST /foundation/security/devices/{id}/level":       forAdmins("303 /foundation/security/devices/{id}/level"),
	"GET /foundation/security/devices/{id}/flag":         forAdmins("200"),
	"POST /foundation/security/devices/{id}/flag":        forAdmins("303 /foundation/security/devices/{id}/flag"),
	"GET /foundation/security/sessions/bulk":             forAdmins("303 /foundation/security/sessions"),
	"POST /foundation/security/sessions/bulk":            forAdmins("303 /foundation/security/sessions"),
	"GET /foundation/security/jobs/{id}":                 forAdmins("200"),
	"GET /foundation/security/jobs/{id}/results.csv":     forAdmins("200"),
	"GET /foundation/security/jobs/{id}/cancel":          forAdmins("200"),
	"POST /foundation/security/jobs/{id}/cancel":         forAdmins("303 /foundation/security/jobs/{id}"),
	"GET /foundation/security":                           forAdmins("200"),
	"GET /foundation/security/live":                      forAdmins("303 /foundation/security"),
	"POST /foundation/security/digest":                   forAdmins("303 /foundation/security"),
	"GET /foundation/security/review":                    forAdmins("200"),
	"POST /foundation/security/review":                   forAdmins("303 /foundation/security"),
	"GET /foundation/security/mails/retry":               forAdmins("303 /foundation/security"),
	"POST /foundation/security/mails/retry":              forAdmins("303 /foundation/security"),
	"GET /foundation/security/locked":                    forAdmins("200"),
	"GET /search":                                        forAdmins("200"),
	"GET /foundation/security/timeline":                  forAdmins("303 /search"),
	"GET /foundation/security/mfa":                       forAdmins("200"),
	"GET /foundation/security/mfa/not-enrolled":          forAdmins("200"),
	"GET /foundation/security/mfa/remind/{audience}":     forAdmins("200"),
	"POST /foundation/security/mfa/remind/{audience}":    forAdmins("303 /foundation/security/mfa"),
	"GET /settings/team/{id}/role":                       forAdmins("200"),
	"POST /settings/team/{id}/role":                      forAdmins("303 /settings/team/{id}/role"),
	"GET /settings/team/{id}/disable":                    forAdmins("200"),
	"POST /settings/team/{id}/disable":                   forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/enable":                     forAdmins("303 /settings/team/{id}"),
	"POST /settings/team/{id}/enable":                    forAdmins("303 /settings/team/{id}"),
	"GET /settings/team/{id}/resend":                     forAdmins("303 /settings/team"),
	"POST /settings/team/{id}/resend":                    forAdmins("303 /settings/team"),
	"GET /settings/team/{id}/withdraw":                   forAdmins("303 /settings/team"),
	"POST /settings/team/{id}/withdraw":                  forAdmins("303 /settings/team"),
	"GET /settings/team/invite":                          forAdmins("200"),
	"POST /settings/team/invite":                         forAdmins("303 /settings/team/invite"),
	"GET /settings/team/invite/list":                     forAdmins("200"),
	"POST /settings/team/invite/list":                    forAdmins("303 /settings/team/invite/list"),
	"GET /settings/team/invite/list/send":                everybody("303 /settings/team/invite/list"),
	"POST /settings/team/invite/list/send":               forAdmins("303 /settings/team/invite/list"),
	"GET /settings/roles":                                forAdmins("200"),
	"GET /settings/roles/new":                            forAdmins("200"),
	"POST /settings/roles/new":                           forAdmins("303 /settings/roles/new"),
	"GET /settings/roles/{id}":                           forAdmins("200"),
	"POST /settings/roles/{id}":                          forAdmins("303 /settings/roles/{id}"),
	"GET /settings/roles/{id}/delete":                    forAdmins("200"),
	"POST /settings/roles/{id}/delete":                   forAdmins("303 /settings/roles"),
	"GET /settings/audit-log":                            forAdmins("200"),
	"GET /settings/audit-log/{id}":                       forAdmins("200"),
	"GET /settings/audit-log/{id}/proof":                 forAdmins("200"),
	"GET /settings/audit-log/live":                       forAdmins("303 /settings/audit-log"),
	"GET /settings/audit-log/proof":                      forAdmins("200"),
	"GET /settings/audit-log/checkpoint":                 forAdmins("200"),
	"GET /settings/audit-log/export":                     forAdmins("200"),
	"POST /settings/audit-log/export":                    forAdmins("303 /settings/audit-log/export"),
	"GET /settings/audit-log/exports":                    forAdmins("200"),
	"GET /settings/audit-log/export/{id}/file":           forAdmins("200"),
	"GET /settings/look":                                 forAdmins("200"),
	"POST /settings/look":                                forAdmins("303 /settings/look"),
	"POST /settings/look/preview":                        forAdmins("200"),
	"GET /settings/look/preview":                         everybody("303 /settings/look"),
	"GET /settings/look/colour":                          forAdmins("200"),
	"GET /settings/compliance":                           forAdmins("200"),
	"POST /settings/compliance":                          forAdmins("303 /settings/compliance"),
	"GET /settings/compliance/presets":                   forAdmins("200"),
	"POST /settings/compliance/presets":                  forAdmins("404"),
	"GET /settings/compliance/versions":                  forAdmins("200"),
	"POST /settings/compliance/versions":                 forAdmins("404"),
	"GET /settings/compliance/groups":                    forAdmins("200"),
	"GET /settings/compliance/groups/{id}":               forAdmins("200"),
	"POST /settings/compliance/groups/{id}":              forAdmins("303 /settings/compliance/groups/{id}"),
	"GET /settings/compliance/groups/{id}/versions":      forAdmins("200"),
	"POST /settings/compliance/groups/{id}/versions":     forAdmins("404"),
	"GET /settings/compliance/previews/{id}":             forAdmins("200"),
	"POST /settings/compliance/previews/{id}":            forAdmins("303 /settings/compliance"),
	"GET /settings/compliance/previews/{id}/people":      forAdmins("404"),
	"GET /settings/groups":                               forAdmins("200"),
	"GET /settings/groups/new":                           forAdmins("200"),
	"POST /settings/groups/new":                          forAdmins("303 /settings/groups/new"),
	"GET /settings/groups/{id}":                          forAdmins("200"),
	"GET /settings/groups/{id}/change":                   forAdmins("200"),
	"POST /settings/groups/{id}/change":                  forAdmins("303 /settings/groups/{id}/change"),
	"GET /settings/groups/{id}/delete":                   forAdmins("200"),
	"POST /settings/groups/{id}/delete":                  forAdmins("303 /settings/groups"),
	"POST /settings/groups/{id}/add":                     forAdmins("303 /settings/groups/{id}"),
	"POST /settings/groups/{id}/remove":                  forAdmins("303 /settings/groups/{id}"),
	"GET /static/":                                       everybody("404"),
	"GET /worker.js":                                     everybody("200"),
	"GET /icon.png":                                      everybody("200"),
	"GET /manifest.webmanifest":                          everybody("200"),
	"GET /logo/{hash}":                                   everybody("404"), // there is none
	"GET /look/{sheet}":                                  everybody("404"),
	"GET /.well-known/security.txt":                      everybody("404"), // no contact is named
	"POST /zone":                                         everybody("204"),
	"POST /theme":                                        everybody("303 /profile/security"),
	"POST /language":                                     everybody("303 /profile/security"),
	"GET /{$}":                                           everybody("303 /profile/security"),
	"GET /profile":                                       everybody("303 /profile/security"),
	"/":                                                  everybody("404"),

	"GET /foundation/security/attempts":                         forAdmins("200"),
	"GET /foundation/security/attempts/{id}":                    forAdmins("200"),
	"GET /foundation/security/attempts/by-account":              forAdmins("200"),
	"GET /foundation/security/attempts/by-network":              forAdmins("200"),
	"GET /foundation/security/attempts/by-account/{id}/unlock":  forAdmins("200"),
	"POST /foundation/security/attempts/by-account/{id}/unlock": forAdmins("303 /foundation/security/attempts/by-account"),
	"GET /foundation/security/attempts/blocks":                  forAdmins("200"),
	"GET /foundation/security/attempts/blocks/new":              forAdmins("200"),
	"POST /foundation/security/attempts/blocks/new":             forAdmins("303 /foundation/security/attempts/blocks/new"),
	"GET /foundation/security/attempts/blocks/{id}/lift":        forAdmins("200"),
	"POST /foundation/security/attempts/blocks/{id}/lift":       forAdmins("303 /foundation/security/attempts/blocks"),
}

// leads are the pages that lead back to another one when the id is not one's own: that one asks,
// or says that it is over.
var leads = map[string]string{
	"GET /profile/notifications/browsers/{id}/remove":  "303 /profile/notifications",
	"POST /profile/notifications/browsers/{id}/remove": "303 /profile/notifications",
	"GET /profile/security/sessions/{id}":              "303 /profile/security",
	"GET /profile/security/sessions/{id}/mine":         "303 /profile/security",
	"GET /profile/security/two-factor/add/{id}/again":  "303 /profile/security/two-factor/add/{id}",
	"GET /profile/security/two-factor/add/{id}":        "303 /profile/security/two-factor/add",
	"POST /profile/security/two-factor/add/{id}":       "303 /profile/security/two-factor/add",
	"POST /profile/security/two-factor/add/{id}/again": "303 /profile/security/two-factor/add",
}

// typed is what stands in a form without which nothing is asked.
var typed = map[string]string{
	"POST /profile/security/two-factor/add":     "method=totp",
	"POST /profile/security/two-factor/add/sms": "country=DE&phoneNumber=01512+3456767",
}
