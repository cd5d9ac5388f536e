package api

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// person is a signed-in user with one of everything that an operation can be about. The
// session and the device are not the ones that the user's client uses.
type person struct {
	user    sallyport.User
	client  *client
	session string
	device  string
	factor  string
	pending *phone // an enrolment that is not finished
	attempt string
	role    string // id of a role that allows what the user's allows
	group   string // id of a group without members
	job     string // id of a bulk job that the user began
	block   string // id of a block of a network
	preview string // id of a preview of a change of the policy
	event   string // id of an event of the organisation, which a checkpoint covers
	export  string // id of an export of the audit log
	key     string // id of an API key of the user
	service string // id of a service account with the role of the user, which admins look after
	browser string // id of a subscription of one of the user's browsers
	notice  string // id of one in the user's bell
	request string // id of a request to approve a sign-in
	ofIt    string // id of a key of that account
	asks    string // id of a service that asks about tokens
	app     string // id of an app
	hook    string // id of a webhook
	chat    string // id of a channel of alerts
	idp     string // id of an identity provider, with a domain
	invited string // id of somebody invited, with the role of the user
}

// place is an organisation and its host name.
type place struct{ tenantID, host string }

// freshness is how long ago a user proved their identity.
type freshness time.Duration

const (
	fresh    freshness = 0 // in a step-up that counts for every act
	signedIn           = freshness(time.Second)
	stale              = freshness(time.Hour)
)

// person writes a user to the database who signed in two hours ago, proved their identity
// since, and has one of everything. That takes one transaction instead of twelve
// requests: the tests of every operation need hundreds of people.
func (a *app) person(at place, role sallyport.Role, proven freshness) *person {
	a.t.Helper()
	ctx, now := a.t.Context(), a.now()
	began := now.Add(-2 * time.Hour)
	u := sallyport.User{
		ID: token.NewID(), TenantID: at.tenantID, Email: token.NewID() + "@example.com", FirstName: "Noor", Role: role, Status: sallyport.UserActive,
		PasswordHash: a.member.PasswordHash, PasswordChangedAt: began, CreatedAt: began,
	}
	p := &person{
		user: u, client: a.client(), factor: token.NewID(), attempt: token.NewID(), role: token.NewID(), group: token.NewID(), job: token.NewID(), invited: token.NewID(), block: token.NewID(), preview: token.NewID(), export: token.NewID(),
		key: token.NewID(), service: token.NewID(), browser: token.NewID(), notice: token.NewID(), request: token.NewID(), ofIt: token.NewID(), asks: token.NewID(), app: token.NewID(), chat: token.NewID(), hook: token.NewID(), idp: token.NewID(),
	}
	p.client.host = at.host
	err := a.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.AddUser(ctx, u); err != nil {
			return err
		}
		inUse := ""
		for range 2 {
			d := sallyport.Device{
				ID: token.NewID(), TenantID: u.TenantID, UserID: u.ID, Status: sallyport.DeviceActive, CreatedAt: began, LastUsedAt: began,
				TrustLevel: sallyport.TrustMedium, TrustReason: string(policy.FactorPassed), VerifiedAt: began,
			}
			_, known := token.New(token.Device)
			if err := tx.AddDevice(ctx, d, known[:]); err != nil {
				return err
			}
			secret, hash := token.New(token.Session)
			shown := now.Add(-time.Duration(proven))
			s := sallyport.Session{
				ID: token.NewID(), TenantID: u.TenantID, UserID: u.ID, DeviceID: d.ID, Status: sallyport.SessionActive, CreatedAt: began,
				ExpiresAt: now.Add(24 * time.Hour), IdleTimeout: 24 * time.Hour, LastActivityAt: now,
				DeviceInfo: sallyport.DeviceInfo{Type: sallyport.DeviceUnknown}, AuthenticatedAt: shown, MFAVerifiedAt: shown, MFAMethod: sallyport.MethodTOTP, SteppedUpAt: shown,
			}
			if proven != signedIn {
				s.SteppedUpFor = string(policy.AddFactor)
			}
			if err := tx.AddSession(ctx, s, store.Held{Hash: hash[:]}); err != nil {
				return err
			}
			p.session, p.device = s.ID, d.ID
			inUse = cmp.Or(inUse, secret)
		}
		p.client.cookies["__Host-sallyport"] = inUse
		if err := tx.AddFactor(ctx, store.Factor{Factor: sallyport.Factor{
			ID: p.factor, TenantID: u.TenantID, UserID: u.ID, Method: sallyport.MethodTOTP, Status: sallyport.FactorActive, CreatedAt: began, VerifiedAt: began,
		}}); err != nil {
			return err
		}
		if err := a.addBelongings(ctx, tx, p); err != nil {
			return err
		}
		return tx.AddAttempt(ctx, sallyport.Attempt{ID: p.attempt, TenantID: u.TenantID, UserID: u.ID, Email: u.Email, DeviceID: p.device, Successful: true, CreatedAt: began})
	})
	if err != nil {
		a.t.Fatal(err)
	}
	p.user = must(a.db.User(ctx, u.TenantID, u.ID))(a.t)
	// An actor without a session needs no step-up.
	b := must(a.deps.Factors.Begin(ctx, sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID}, mfa.NewFactor{Method: sallyport.MethodTOTP}))(a.t)
	must(0, a.deps.Sequencer.Run(ctx))(a.t)
	p.event = must(a.db.Events(ctx, u.TenantID, 0, 1))(a.t)[0].ID
	p.pending = &phone{app: a, id: b.Factor.ID, secret: b.Secret}
	return p
}

// addBelongings adds what of the organisation's an operation can be about: a role, a group, and
// somebody who is invited.
func (a *app) addBelongings(ctx context.Context, tx *store.Tx, p *person) error {
	me, err := tx.User(ctx, p.user.TenantID, p.user.ID)
	if err != nil {
		return err
	}
	at := me.CreatedAt
	if err := tx.AddRole(ctx, sallyport.CustomRole{TenantID: me.TenantID, ID: p.role, Name: "Role " + p.role, Permissions: access.Granted(me.Role, me.Granted), CreatedAt: at}); err != nil {
		return err
	}
	if err := tx.AddBlock(ctx, sallyport.NetworkBlock{TenantID: me.TenantID, ID: p.block, Network: strayNetwork(), Reason: "Guesses passwords", CreatedBy: "operator", CreatedAt: at, ExpiresAt: at.AddDate(0, 0, 7)}); err != nil {
		return err
	}
	if err := tx.AddPreview(ctx, store.PolicyPreview{
		TenantID: me.TenantID, ID: p.preview, UserID: me.ID, Edit: "{}", Found: "{}", Status: "finished", CreatedAt: at, EndedAt: at, ExpiresAt: at.Add(24 * time.Hour),
	}, at); err != nil {
		return err
	}
	if err := tx.AddExport(ctx, store.AuditExport{
		TenantID: me.TenantID, ID: p.export, UserID: me.ID, Wanted: `{"Format": "ndjson", "After": -1}`, Events: 1, CreatedAt: at, ExpiresAt: at.AddDate(9, 0, 0),
	}); err != nil {
		return err
	}
	if err := tx.AddGroup(ctx, sallyport.Group{TenantID: me.TenantID, ID: p.group, Name: "Group " + p.group, CreatedAt: at}); err != nil {
		return err
	}
	if err := tx.AddBulkJob(ctx, store.BulkJob{
		TenantID: me.TenantID, ID: p.job, UserID: me.ID, SessionID: p.session, Action: "revoke", Selection: "{}", Status: "running", CreatedAt: at,
	}); err != nil {
		return err
	}
	if err := a.addPrograms(ctx, tx, p, me); err != nil {
		return err
	}
	if err := tx.AddPushSubscription(ctx, store.PushSubscription{
		TenantID: me.TenantID, ID: p.browser, UserID: me.ID, SessionID: p.session, EndpointHash: []byte(p.browser), Service: "push.example.com", CreatedAt: at,
	}); err != nil {
		return err
	}
	if err := tx.AddNotice(ctx, sallyport.Notice{ID: p.notice, TenantID: me.TenantID, UserID: me.ID, Kind: "new_sign_in", Facts: "{}", Times: 1, CreatedAt: at, LastAt: at}); err != nil {
		return err
	}
	now := a.now()
	if err := tx.AddApproval(ctx, store.Approval{
		TenantID: me.TenantID, ID: p.request, UserID: me.ID, FlowID: p.request, Number: 47, Client: "web", CreatedAt: now, EndsAt: now.Add(mfa.ApprovalLifetime),
	}); err != nil {
		return err
	}
	return tx.AddUser(ctx, sallyport.User{
		ID: p.invited, TenantID: me.TenantID, Email: p.invited + "@example.com", Role: me.Role, Status: sallyport.UserInvited, CreatedAt: at,
	})
}

// addPrograms adds what programs act with: a key of the user, a service account with one, and a service
// that asks about tokens.
func (a *app) addPrograms(ctx context.Context, tx *store.Tx, p *person, me sallyport.User) error {
	err := tx.AddUser(ctx, sallyport.User{
		ID: p.service, TenantID: me.TenantID, FirstName: "Nightly", Role: me.Role, Status: sallyport.UserService, OwnedBy: sallyport.RoleAdmin, CreatedAt: me.CreatedAt,
	})
	for id, user := range map[string]string{p.key: me.ID, p.ofIt: p.service} {
		_, hash := token.NewKey(token.APIKey)
		err = cmp.Or(err, tx.AddKey(ctx, sallyport.APIKey{ID: id, TenantID: me.TenantID, UserID: user, Name: "Backup", CreatedAt: me.CreatedAt}, hash[:]))
	}
	address, errSeal := notify.SealAddress(a.keys, me.TenantID, p.chat, "https://localhost:9/alerts")
	err = cmp.Or(err, errSeal, tx.AddAlertChannel(ctx, store.AlertChannel{
		TenantID: me.TenantID, ID: p.chat, Name: p.chat, Format: notify.AlertJSON, Address: address, Host: "localhost:9", Topics: []string{"locks"}, CreatedAt: me.CreatedAt,
	}))
	err = cmp.Or(err, tx.AddApp(ctx, sallyport.App{
		TenantID: me.TenantID, ID: p.app, Name: p.app, Origin: "https://" + p.app + ".test", Rules: []sallyport.AppRule{{Path: "/*"}}, Version: 1, CreatedAt: me.CreatedAt, ChangedAt: me.CreatedAt,
	}))
	sealed, errSeal := a.keys.Seal(seal.Place{Column: "webhooks.sealed", TenantID: me.TenantID, ID: p.hook}, []byte(`{"address":"https://localhost:9/hook","secret":"whsec_"}`))
	err = cmp.Or(err, errSeal, tx.AddWebhook(ctx, store.Webhook{
		TenantID: me.TenantID, ID: p.hook, Name: p.hook, Sealed: sealed, Host: "localhost:9", Kinds: []string{"devices"}, CreatedAt: me.CreatedAt,
	}))
	if err == nil {
		err = tx.AddWebhookDelivery(ctx, store.WebhookDelivery{TenantID: me.TenantID, WebhookID: p.hook, EventID: p.hook, Kind: "webhook.test", Position: -1, Cause: "test", TriedAt: me.CreatedAt, Outcome: "late"}, 1)
	}
	settings := `{"use":"organisation","issuer":"https://idp.invalid","clientId":"sallyport","provision":"nobody"}`
	err = cmp.Or(err, tx.AddIdentityProvider(ctx, store.IdentityProvider{TenantID: me.TenantID, ID: p.idp, Name: p.idp, Protocol: "openid", Settings: settings, Version: 1, CreatedAt: me.CreatedAt, ChangedAt: me.CreatedAt}))
	err = cmp.Or(err, tx.AddSSODomain(ctx, store.SSODomain{TenantID: me.TenantID, Domain: p.idp + ".example", ProviderID: p.idp, Record: "record", CreatedAt: me.CreatedAt}))
	return cmp.Or(err, tx.AddClient(ctx, store.OAuthClient{
		OAuthClient: sallyport.OAuthClient{TenantID: me.TenantID, ID: p.asks, Name: p.asks, CreatedAt: me.CreatedAt}, Hash: []byte(p.asks),
	}))
}

// rows returns, as text, all rows that an operation on a person could change: theirs, and how many others there are.
func (a *app) rows(p *person) string {
	a.t.Helper()
	ctx, tenantID := a.t.Context(), p.user.TenantID
	theRole, errRole := a.db.Role(ctx, tenantID, p.role)
	theGroup, errGroup := a.db.Group(ctx, tenantID, p.group)
	key, errKey := a.db.APIKey(ctx, tenantID, p.key)
	client, errClient := a.db.OAuthClient(ctx, tenantID, p.asks)
	chat, errChat := a.db.AlertChannel(ctx, tenantID, p.chat)
	chat.AlertState = store.AlertState{} // a test changes it
	idp, errIDP := a.db.IdentityProvider(ctx, tenantID, p.idp)
	theApp, errApp := a.db.App(ctx, tenantID, p.app)
	hook, errHook := a.db.Webhook(ctx, tenantID, p.hook)
	hook.Deliveries = 0 // a test changes it
	programs := fmt.Sprintf("%+v %v\n%+v %v\n%+v %v\n%+v %v\n%+v %v\n%+v %v\n%d\n%+v\n%+v", theApp, errApp, hook, errHook, idp, errIDP, key, errKey, client, errClient, chat, errChat, len(must(a.db.ServiceAccounts(ctx, tenantID))(a.t)),
		must(a.db.PushSubscriptionsOf(ctx, tenantID, p.user.ID))(a.t), must(a.db.OpenApprovals(ctx, tenantID, p.user.ID, time.Time{}))(a.t))
	return programs + fmt.Sprintf("%+v\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v\n%d\n%d\n%+v %v\n%+v %v\n%d %d\n%d",
		must(a.db.User(ctx, tenantID, p.user.ID))(a.t),
		must(a.db.OwnSessions(ctx, tenantID, p.user.ID, list.OwnSessions.First()))(a.t),
		must(a.db.Session(ctx, tenantID, p.session))(a.t),
		must(a.db.OwnDevices(ctx, p.user, "", time.Time{}, list.OwnDevices.First()))(a.t),
		must(a.db.LiveFactors(ctx, tenantID, p.user.ID))(a.t),
		must(a.db.RevokedFactors(ctx, tenantID, p.user.ID, 10))(a.t),
		must(a.db.OwnAttempts(ctx, tenantID, p.user.ID, list.OwnAttempts.First()))(a.t),
		must(a.db.BulkJob(ctx, tenantID, p.job))(a.t),
		must(a.db.CountUsers(ctx, tenantID))(a.t),
		a.policyVersion(p),
		theRole, errRole, theGroup, errGroup,
		a.number("SELECT COUNT(*) FROM roles WHERE tenant_id = $1", tenantID), a.number("SELECT COUNT(*) FROM user_groups WHERE tenant_id = $1", tenantID),
		must(a.db.CountBlocks(ctx, tenantID, time.Time{}))(a.t))
}

// events returns a number that is larger after any event of any organisation.
func (a *app) events() (n int) {
	a.t.Helper()
	for _, t := range must(a.db.Tenants(a.t.Context()))(a.t) {
		n += a.number("SELECT COALESCE(MAX(seq), 0) FROM events WHERE tenant_id = $1", t.ID)
	}
	return n
}

// number asks the database for a number.
func (a *app) number(query string, args ...any) (n int) {
	a.t.Helper()
	if err := a.raw.QueryRowContext(a.t.Context(), query, args...).Scan(&n); err != nil {
		a.t.Fatal(err)
	}
	return n
}
