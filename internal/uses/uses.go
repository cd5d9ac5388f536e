// Package uses builds all uses on one database, for the server, the command line and
// tests.
package uses

import (
	"context"
	"crypto"
	"log/slog"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/bulk"
	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/export"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/group"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notice"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/oauth"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/owndata"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/preview"
	"github.com/sallyport/sallyport/internal/push"
	"github.com/sallyport/sallyport/internal/retention"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/search"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/webhook"
)

// Config is what the uses need.
type Config struct {
	DB     *store.Store
	Now    func() time.Time // nil for time.Now
	Policy act.PolicyOf     // nil for the stored policies

	// Optional: keys that seal second factors, the outbox for mails, the address that
	// links start with, the password hasher, and the list of breached passwords.
	Keys   *seal.Keys
	Outbox *notify.Outbox
	Base   link.Base
	Hasher password.Hasher
	Breach *factor.Breach
	Log    *slog.Logger    // nil for no log
	Alerts *notify.Alerter // sends messages to chats; nil when nothing is sent

	Hooks *http.Client // reaches webhooks; nil for one that reaches the public internet alone

	// Optional, for single sign-on: how providers are spoken with, and the DNS.
	OpenID   *openid.Client
	Fetch    sso.Fetch
	Resolver sso.Resolver
}

// All holds the uses of one node.
type All struct {
	Acts      *act.Runner
	Sessions  *session.Service
	Bulk      *bulk.Service
	APIKeys   *apikey.Service
	Push      *push.Service
	OAuth     *oauth.Service
	Apps      *apps.Service
	Alerts    *alert.Service
	Webhooks  *webhook.Service
	SSO       *sso.Service
	Notices   *notice.Service
	Devices   *device.Service
	Factors   *mfa.Service
	Contacts  *contact.Service
	Accounts  *account.Service
	OwnData   *owndata.Service
	Tenants   *tenant.Service
	Roles     *role.Service
	Groups    *group.Service
	SignIn    *signin.Machine
	Audit     *audit.Log
	Exports   *export.Service
	Search    *search.Service
	Previews  *preview.Service
	Retention *retention.Service
	Dashboard *dashboard.Service
	// Sequencer gives events their places in the logs.
	Sequencer *audit.Sequencer
}

// New builds the uses.
func New(c Config) All {
	if c.Now == nil {
		c.Now = time.Now
	}
	acts := act.New(act.Config{DB: c.DB, Outbox: c.Outbox, Base: c.Base, Policy: c.Policy, Now: c.Now})
	passwords := password.New(acts, c.Hasher, c.Breach, c.Base.Labels()...)
	factors := mfa.New(mfa.Config{Acts: acts, Keys: c.Keys, Outbox: c.Outbox, Base: c.Base, Log: c.Log})
	sessions := session.New(acts, c.DB)
	providers := sso.New(sso.Config{Acts: acts, Keys: c.Keys, OpenID: c.OpenID, Fetch: c.Fetch, Resolver: c.Resolver, Base: c.Base})
	all := All{
		Acts:      acts,
		Sessions:  sessions,
		Bulk:      bulk.New(acts, sessions),
		APIKeys:   apikey.New(acts, c.DB),
		Notices:   notice.New(acts),
		Push:      push.New(acts, c.Outbox),
		Devices:   device.New(acts),
		Factors:   factors,
		Contacts:  contact.New(acts, c.Keys),
		Accounts:  account.New(acts, passwords, factors),
		OwnData:   owndata.New(acts),
		Tenants:   tenant.New(acts),
		Roles:     role.New(acts),
		Groups:    group.New(acts),
		SignIn:    signin.New(acts, passwords, factors, providers),
		SSO:       providers,
		Audit:     audit.NewLog(c.DB, acts.Policy),
		Retention: retention.New(acts),
		Sequencer: audit.NewSequencer(c.DB, c.Now, logKeys(c.Keys)...),
	}
	all.OAuth = oauth.New(oauth.Config{Acts: acts, Sessions: sessions, APIKeys: all.APIKeys, Keys: c.Keys, Base: c.Base})
	all.Apps = apps.New(apps.Config{Acts: acts, Base: c.Base, Memory: c.DB.Memory()})
	all.Alerts = alert.New(alert.Config{Acts: acts, Keys: c.Keys, Alerter: c.Alerts, Base: c.Base})
	all.Dashboard = dashboard.New(acts)
	all.Webhooks = webhook.New(webhook.Config{Acts: acts, Keys: c.Keys, Client: c.Hooks})
	all.Sequencer.Then(func(ctx context.Context) error {
		all.Webhooks.Wake()
		return all.Dashboard.Count(ctx)
	})
	all.Exports = export.New(acts, all.Audit)
	acts.OnEvent(func(sallyport.Event) { all.Sequencer.Wake() })
	all.Previews = preview.New(acts, all.Tenants, factors)
	all.Search = search.New(search.Uses{Acts: acts, Accounts: all.Accounts, Sessions: all.Sessions, Devices: all.Devices, Audit: all.Audit})
	return all
}

// logKeys returns the keys that sign checkpoints; none where the uses have no keys.
func logKeys(k *seal.Keys) []crypto.Signer {
	if k == nil {
		return nil
	}
	return k.LogKeys()
}
