package api

import (
	"cmp"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/picture"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// entry is how the tests call an operation as every user: the thing it is about, a valid
// body, and what must be true first for it to succeed. The tests fail for an operation
// without an entry.
type entry struct {
	id     func(*person) string                                // what {id} is; nil for an operation on the caller's own things
	body   func(a *app, of *person) string                     // nil for none
	first  func(ctx context.Context, a *app, of *person) error // runs first, as the operator; nil for nothing
	role   bool                                                // the body gives the role of "of": the caller needs the rights for an act on a user with that role
	grant  bool                                                // it is about a role that allows what "of" may: the caller needs all of that
	apart  bool                                                // it is about something of "of" that is not their account, so people do it to their own
	shared bool                                                // it is about a thing of the organisation: whoever lacks the permission does not learn whether there is one
	free   bool                                                // how strong "of" is plays no part
	begun  bool                                                // it is about a bulk job, which only who began it and owners see
	gone   bool                                                // the user must be disabled first, so nobody can do it to themselves
	match  func(a *app, of *person) string                     // If-Match; nil for none
	query  string                                              // parameters without which it answers nothing
	want   int                                                 // status of a success; 0 for 200, 201, 202 or 204
}

// The things of a person that an operation can be about.
var (
	theUser    = func(p *person) string { return p.user.ID }
	theSession = func(p *person) string { return p.session }
	theDevice  = func(p *person) string { return p.device }
	theFactor  = func(p *person) string { return p.factor }
	thePending = func(p *person) string { return p.pending.id }
	theAttempt = func(p *person) string { return p.attempt }
	theRole    = func(p *person) string { return p.role }
	theGroup   = func(p *person) string { return p.group }
	theJob     = func(p *person) string { return p.job }
	theInvited = func(p *person) string { return p.invited }
	theBlock   = func(p *person) string { return p.block }
	thePreview = func(p *person) string { return p.preview }
	theEvent   = func(p *person) string { return p.event }
	theKey     = func(p *person) string { return p.key }
	theBrowser = func(p *person) string { return p.browser }
	theNotice  = func(p *person) string { return p.notice }
	theRequest = func(p *person) string { return p.request }
	theService = func(p *person) string { return p.service }
	theAsker   = func(p *person) string { return p.asks }
	theApp     = func(p *person) string { return p.app }
	theHook    = func(p *person) string { return p.hook }
	theChat    = func(p *person) string { return p.chat }
	theIDP     = func(p *person) string { return p.idp }
	theExport  = func(p *person) string { return p.export }
)

// saying makes a body of alternating names and values.
func saying(pairs ...any) func(*app, *person) string {
	return func(*app, *person) string { return object(pairs...) }
}

// aBrowser is the body of a browser that subscribes, each time another one.
func aBrowser(a *app, _ *person) string {
	key := must(ecdh.P256().GenerateKey(rand.Reader))(a.t)
	encode := base64.RawURLEncoding.EncodeToString
	return object("endpoint", "https://push.example.com/send/"+token.NewID(), "keys", map[string]string{"p256dh": encode(key.PublicKey().Bytes()), "auth": encode(make([]byte, 16))})
}

// aChat is the body of a channel of alerts, each time of another name.
func aChat(*app, *person) string {
	return object("name", token.NewID(), "format", "json", "topics", []string{"locks"}, "address", "https://localhost:9/alerts")
}

// anApp is the body of an app, each time of another name and address.
func anApp(*app, *person) string {
	id := token.NewID()
	return object("name", id, "address", "https://"+id+".test", "rules", []map[string]any{{"path": "/*"}})
}

// noApps removes the apps of everybody before, of which there can be so many.
func noApps(ctx context.Context, a *app, of *person) error {
	return a.db.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.Apps(ctx, of.user.TenantID)
		for _, v := range all {
			err = cmp.Or(err, tx.DropApp(ctx, v.TenantID, v.ID))
		}
		return err
	})
}

// explained adds the app that an address is asked about.
func explained(ctx context.Context, a *app, of *person) error {
	if err := noApps(ctx, a, of); err != nil {
		return err
	}
	return a.db.Write(ctx, func(tx *store.Tx) error {
		return tx.AddApp(ctx, sallyport.App{TenantID: of.user.TenantID, ID: token.NewID(), Name: "Wiki", Origin: "https://explained.test", Version: 1, Rules: []sallyport.AppRule{{Path: "/*"}}})
	})
}

// aHook is the body of a webhook, each time of another name.
func aHook(*app, *person) string {
	return object("name", token.NewID(), "kinds", []string{"devices"}, "address", "https://localhost:9/hook")
}

// anEvent is the body of what is about the person's event.
func anEvent(_ *app, p *person) string { return object("eventId", p.event) }

// noHooks removes the webhooks of everybody before, of which there can be few.
func noHooks(ctx context.Context, a *app, of *person) error {
	return a.db.Write(ctx, func(tx *store.Tx) error {
		hooks, err := tx.LockWebhooks(ctx, of.user.TenantID)
		for _, w := range hooks {
			err = cmp.Or(err, tx.DropWebhook(ctx, w.TenantID, w.ID))
		}
		return err
	})
}

// aProvider is the body of an identity provider, each time of another name.
func aProvider(pairs ...any) func(*app, *person) string {
	return func(*app, *person) string {
		return object(append(pairs, "name", token.NewID(), "use", "organisation", "provision", "nobody", "issuer", "https://idp.invalid", "clientId", "sallyport", "secret", "a secret")...)
	}
}

// noProviders removes the identity providers of everybody before, of which there can be few.
func noProviders(ctx context.Context, a *app, of *person) error {
	return a.db.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.IdentityProviders(ctx, of.user.TenantID)
		for _, p := range all {
			err = cmp.Or(err, tx.DropIdentityProvider(ctx, p.TenantID, p.ID))
		}
		return err
	})
}

// aDomain is the body of a domain of the person's provider, each time another one.
func aDomain(_ *app, p *person) string {
	return object("domain", "d"+token.NewID()+".example", "providerId", p.idp)
}

// theDomain is the body of what is about the domain of the person's provider.
func theDomain(_ *app, p *person) string { return object("domain", p.idp+".example") }

// noChats removes the channels of alerts of everybody before, of which there can be few.
func noChats(ctx context.Context, a *app, of *person) error {
	return a.db.Write(ctx, func(tx *store.Tx) error {
		channels, err := tx.LockAlertChannels(ctx, of.user.TenantID)
		for _, c := range channels {
			err = cmp.Or(err, tx.DropAlertChannel(ctx, c.TenantID, c.ID))
		}
		return err
	})
}

// newName is the body of what needs a name that nothing else has.
func newName(*app, *person) string { return object("name", token.NewID()) }

// waiting is the body of a code that waits to be entered in the person's session, for an address or
// a number.
func waiting(kind string, address func(*person) string) func(*app, *person) string {
	return func(a *app, of *person) string {
		const code = "123456"
		in, err := a.deps.Sessions.Look(a.t.Context(), of.user.TenantID, of.client.cookies["__Host-sallyport"])
		if err != nil {
			return object("code", code)
		}
		c := store.ContactCode{TenantID: of.user.TenantID, UserID: of.user.ID, Kind: kind, ID: token.NewID(), Address: address(of), SessionID: in.Session.ID, ExpiresAt: a.now().Add(time.Minute)}
		c.Code = must(a.keys.Seal(seal.Place{Column: "contact_codes.code", TenantID: c.TenantID, ID: c.ID}, []byte(code)))(a.t)
		must(0, a.db.Write(a.t.Context(), func(tx *store.Tx) error { return tx.PutContactCode(a.t.Context(), c) }))(a.t)
		return object("code", code)
	}
}

// movedBack gives a person another address, and theirs back: the other one is reserved for them.
func movedBack(ctx context.Context, a *app, of *person) error {
	return a.db.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, of.user.TenantID, of.user.ID)
		for _, to := range []string{token.NewID() + "@example.com", of.user.Email} {
			if err == nil {
				former := store.FormerEmail{Email: u.Email, UserID: u.ID, ChangedAt: a.now(), ReservedUntil: a.now().Add(time.Hour)}
				u.Email = to
				err = tx.ChangeEmail(ctx, u, u.EmailVerifiedAt, former)
			}
		}
		return err
	})
}

// likeTheirs is the body of a role that allows what "of" may.
func likeTheirs(_ *app, of *person) string {
	may := append([]string{}, access.Granted(of.user.Role, of.user.Granted).Names()...)
	return object("name", "Role "+token.NewID(), "permissions", may)
}

// operatorOf returns the operator of a person's organisation.
func operatorOf(p *person) sallyport.Actor { return sallyport.Operator(p.user.TenantID) }

// mayLeave lets everybody delete their account.
func mayLeave(_ context.Context, a *app, _ *person) error {
	a.policy.AccountDeletion = sallyport.DeletedByEverybody
	return nil
}

// withoutFactors takes all second factors away from a person.
func withoutFactors(ctx context.Context, a *app, of *person) error {
	_, err := a.deps.Factors.ResetOf(ctx, operatorOf(of), of.user.ID, mfa.Grounds{Reason: "Lost phone", Checked: "video"})
	return err
}

// withAvatar gives a person a picture of themselves.
func withAvatar(ctx context.Context, a *app, of *person) error {
	actor := sallyport.Actor{Type: sallyport.ActorUser, TenantID: of.user.TenantID, UserID: of.user.ID, SessionID: of.session, Role: of.user.Role, Granted: of.user.Granted}
	return a.deps.Accounts.SetAvatar(ctx, actor, []byte(portrait), picture.Crop{})
}

// withProvider gives the organisation of a person an identity provider, unless it has one.
func withProvider(ctx context.Context, a *app, of *person) error {
	tenantID := of.user.TenantID
	if _, err := a.db.IdentityProvider(ctx, tenantID, "idp"); err == nil || tenantID == "" {
		return nil
	}
	const settings = `{"use":"personal","provision":"nobody","issuer":"https://github.com","clientId":"client","auth":"none"}`
	now := a.now()
	at := store.IdentityProvider{TenantID: tenantID, ID: "idp", Name: "Northwind", Protocol: "github", Enabled: true, Settings: settings, Version: 1, CreatedAt: now, ChangedAt: now}
	return a.db.Write(ctx, func(tx *store.Tx) error { return tx.AddIdentityProvider(ctx, at) })
}

// withIdentity gives a person an account there, with their own id, unless they have it.
func withIdentity(ctx context.Context, a *app, of *person) error {
	if err := withProvider(ctx, a, of); err != nil {
		return err
	}
	tenantID, id, now := of.user.TenantID, of.user.ID, a.now()
	if have, err := a.db.IdentitiesOf(ctx, tenantID, id); err != nil || len(have) > 0 {
		return err
	}
	i := store.Identity{TenantID: tenantID, ID: id, ProviderID: "idp", Subject: id, UserID: id, CreatedAt: now, UsedAt: now}
	return a.db.Write(ctx, func(tx *store.Tx) error { return tx.AddIdentity(ctx, i) })
}

// entries has a line for each operation.
var entries = map[string]entry{
	// Without a session.
	"openSignIn":           {body: saying("email", "nobody@example.com")},
	"openPasskeySignIn":    {},
	"listSignInProviders":  {},
	"openProviderSignIn":   {body: saying("providerId", "idp"), first: withProvider},
	"describeProblem":      {},
	"requestPasswordReset": {body: func(*app, *person) string { return object("email", token.NewID()+"@example.com") }},
	"resetPassword":        {body: saying("newPassword", otherPassword), want: http.StatusNotFound},
	"verifyEmail":          {want: http.StatusNotFound},
	"acceptInvitation":     {body: saying("password", otherPassword), want: http.StatusNotFound},
	"unlockByLink":         {want: http.StatusNotFound},
	"trustDeviceByLink":    {want: http.StatusNotFound},
	"answerMineByLink":     {want: http.StatusNotFound},
	"notMe":                {want: http.StatusNotFound},
	"notMeAndLockDown":     {want: http.StatusNotFound, body: saying("currentPassword", goodPassword)},
	"undoEmail":            {want: http.StatusNotFound},
	"reopenAccount":        {want: http.StatusNotFound, body: saying("client", "web")},

	// With the token of a flow.
	"getSignIn":         {},
	"provePassword":     {body: saying("password", goodPassword)},
	"chooseNewPassword": {body: saying("newPassword", otherPassword)},
	"proveFactor":       {body: saying("methodType", "totp", "code", "123456")},
	"sendFactor":        {body: saying("methodType", "webauthn")},
	"beginEnrolment":    {body: saying("methodType", "totp")},
	"verifyEnrolment":   {body: saying("code", "123456")},
	"provePasskey":      {body: saying("credential", map[string]any{"id": "x"})},
	"askProvider":       {body: saying("providerId", "none")},
	"answerProvider":    {body: saying("providerId", "none", "parameters", map[string]string{"state": "none"})},
	"proveLink":         {body: saying("code", "123456")},
	"answerDevice":      {body: saying("trust", true)},
	"getStepUp":         {},
	"stepUpPassword":    {body: saying("password", goodPassword)},
	"stepUpPasskey":     {body: saying("credential", map[string]any{"id": "x"})},
	"stepUpFactor":      {body: saying("methodType", "totp", "code", "123456")},
	"stepUpSendFactor":  {body: saying("methodType", "webauthn")},

	// On the caller's own account.
	"openStepUp":          {body: saying("act", "add_factor")},
	"checkSession":        {},
	"signOut":             {},
	"getMe":               {},
	"changeMe":            {body: saying("language", "de")},
	"requestVerification": {},
	"changeMyEmail":       {body: func(*app, *person) string { return object("email", token.NewID()+"@example.com") }},
	"confirmMyEmail":      {body: waiting("email", func(of *person) string { return strings.ToUpper(of.user.Email) })},
	"changeMyPhone": {body: func(*app, *person) string {
		return object("phoneNumber", fmt.Sprintf("+4179%07d", mathrand.IntN(10_000_000)))
	}},
	"confirmMyPhone":        {body: waiting("phone", func(*person) string { return "+41791234567" })},
	"removeMyPhone":         {},
	"listMyIdentities":      {},
	"unlinkMyIdentity":      {id: theUser, first: withIdentity},
	"setMyAvatar":           {body: func(*app, *person) string { return portrait }},
	"removeMyAvatar":        {},
	"getMyAvatar":           {first: withAvatar},
	"changePassword":        {body: saying("currentPassword", goodPassword, "newPassword", otherPassword)},
	"listMyEvents":          {},
	"listMySignIns":         {},
	"listPolicyFields":      {},
	"listMySessions":        {},
	"revokeMySession":       {id: theSession},
	"revokeMyOtherSessions": {},
	"revokeAllMySessions":   {},
	"listMyFactors":         {},
	"beginFactor":           {body: saying("methodType", "totp")},
	"verifyFactor":          {id: thePending, body: func(_ *app, of *person) string { return object("code", of.pending.at(0)) }},
	"renameFactor":          {id: theFactor, body: saying("deviceName", "Mine")},
	"revokeFactor":          {id: theFactor},
	"disableFactors":        {},
	"renewBackupCodes":      {},
	"confirmBackupCodes":    {},
	"listMyDevices":         {},
	"trustMyDevice":         {id: theDevice},
	"confirmMyDevice":       {},
	"renameMyDevice":        {id: theDevice, body: saying("name", "Mine")},
	"choosePrimaryDevice":   {id: theDevice},
	"revokeMyDevice":        {id: theDevice},
	"reportMyDeviceLost":    {id: theDevice},
	"answerMine":            {id: theAttempt},
	"lockDownMyAccount":     {body: saying("sessionId", "")},

	// On another user's things, with a permission.
	"listSessions":     {},
	"getSession":       {id: theSession},
	"terminateSession": {id: theSession},
	"suspendSession":   {id: theSession},
	"resumeSession": {id: theSession, first: func(ctx context.Context, a *app, of *person) error {
		return a.deps.Sessions.Suspend(ctx, operatorOf(of), of.session)
	}},
	"search":       {query: "q=corp"},
	"getTimeline":  {query: "ip=192.0.2.0%2F24"},
	"listVisitors": {query: "ip=192.0.2.1"},

	"revokeSession": {id: theSession},
	"extendSession": {id: theSession},
	"previewBulk":   {body: func(_ *app, of *person) string { return object("action", "revoke", "ids", []string{of.session}) }},
	"startBulk": {body: func(_ *app, of *person) string {
		return object("action", "revoke", "ids", []string{of.session}, "expectedCount", 1)
	}},
	"listBulk":             {},
	"getBulk":              {id: theJob, shared: true, begun: true},
	"cancelBulk":           {id: theJob, shared: true, begun: true},
	"listBulkResults":      {id: theJob, shared: true, begun: true},
	"listEvents":           {},
	"getEvent":             {id: theEvent, shared: true},
	"getEventProof":        {id: theEvent, shared: true},
	"getCheckpoint":        {},
	"getConsistency":       {query: "from=1"},
	"listLogKeys":          {},
	"beginExport":          {body: saying("filter", map[string]any{"kind": []string{"auth.signed_in"}})},
	"listExports":          {},
	"downloadExport":       {id: theExport, shared: true},
	"followSessionChanges": {},
	"listUsers":            {},
	"inviteUser": {role: true, body: func(_ *app, of *person) string {
		return object("email", token.NewID()+"@example.com", "role", of.user.Role)
	}},
	"inviteUsers":        {body: func(*app, *person) string { return object("list", token.NewID()+"@example.com") }},
	"changeUserRole":     {id: theUser, role: true, body: func(_ *app, of *person) string { return object("role", of.user.Role) }},
	"resendInvitation":   {id: theInvited, apart: true},
	"withdrawInvitation": {id: theInvited, apart: true},
	"getUser":            {id: theUser},
	"getUserAvatar":      {id: theUser, first: withAvatar},
	"listUserEvents":     {id: theUser},
	"unlockUser":         {id: theUser},
	"restoreUserEmail":   {id: theUser, first: movedBack},
	"keepUser":           {id: theUser},
	"downloadMyData":     {},
	"deleteMe":           {first: mayLeave},
	"keepMe":             {},
	"disableUser":        {id: theUser},
	"lockDownUser":       {id: theUser, body: saying("sessionId", "")},
	"enableUser": {id: theUser, gone: true, first: func(ctx context.Context, a *app, of *person) error {
		_, err := a.deps.Accounts.Disable(ctx, operatorOf(of), of.user.ID)
		return err
	}},
	"listFactors":       {},
	"listUserFactors":   {id: theUser},
	"resetUserFactors":  {id: theUser, body: saying("reason", "Lost phone", "checked", "video")},
	"issueBackupCodes":  {id: theUser},
	"requireUserFactor": {id: theUser},
	"suspendUserFactor": {id: theUser},
	"resumeUserFactor": {id: theUser, first: func(ctx context.Context, a *app, of *person) error {
		return a.deps.Factors.SuspendOf(ctx, operatorOf(of), of.user.ID, of.factor)
	}},
	"revokeUserFactor":      {id: theUser},
	"exemptUser":            {id: theUser, body: saying("until", "2026-11-28T12:00:00Z", "reason", "Lost phone")},
	"mailSetUp":             {id: theUser, first: withoutFactors},
	"demandPassword":        {id: theUser},
	"resetUserPassword":     {id: theUser},
	"terminateUserSessions": {id: theUser},
	"getAdoption":           {},
	"listAdoption":          {},
	"listNotEnrolled":       {},
	"remindOfFactors":       {body: saying("audience", "weak")},

	"listMyApiKeys":  {},
	"addMyApiKey":    {body: newName},
	"rotateMyApiKey": {id: theKey, body: saying("overlapHours", 24)},
	"revokeMyApiKey": {id: theKey},
	"listApiKeys":    {},
	"getApiKey":      {id: theKey, shared: true},
	"revokeApiKey":   {id: theKey, shared: true},

	"listMyNotices":       {},
	"countMyNotices":      {},
	"readMyNotice":        {id: theNotice},
	"readMyNotices":       {body: saying("upTo", "2026-11-01T00:00:00Z")},
	"listMyNotifications": {},
	"changeMyNotifications": {body: func(*app, *person) string {
		return object("choices", []map[string]any{{"topic": "reminders", "channel": "email", "wanted": false}})
	}},

	"listMyApprovals":      {},
	"approve":              {id: theRequest, body: saying("number", "47")},
	"deny":                 {id: theRequest},
	"getMyPush":            {},
	"subscribeMyBrowser":   {body: aBrowser},
	"unsubscribeMyBrowser": {id: theBrowser},

	"listServiceAccounts":    {},
	"getServiceAccount":      {id: theService, shared: true},
	"listServiceAccountKeys": {id: theService, shared: true},
	"addServiceAccount": {role: true, body: func(_ *app, of *person) string {
		return object("name", "Nightly", "role", of.user.Role, "ownedBy", "admin")
	}},
	"addServiceAccountKey":    {id: theService, apart: true, body: newName},
	"rotateServiceAccountKey": {id: theService, apart: true, body: saying("overlapHours", 1)},

	"listOauthClients":  {},
	"getOauthClient":    {id: theAsker, shared: true},
	"addOauthClient":    {body: newName},
	"rotateOauthClient": {id: theAsker, shared: true, free: true, apart: true, body: saying("overlapHours", 0)},
	"deleteOauthClient": {id: theAsker, shared: true, free: true, apart: true},

	"listApps":        {},
	"getApp":          {id: theApp, shared: true},
	"explainAddress":  {query: "address=https%3A%2F%2Fexplained.test%2Fx", first: explained},
	"addApp":          {body: anApp, first: noApps},
	"changeApp":       {id: theApp, shared: true, free: true, apart: true, body: anApp},
	"removeApp":       {id: theApp, shared: true, free: true, apart: true},
	"beginAppSession": {body: saying("code", "spo_unknown", "state", "unknown"), want: http.StatusNotFound},

	"listWebhooks":          {},
	"getWebhook":            {id: theHook, shared: true},
	"addWebhook":            {body: aHook, first: noHooks},
	"changeWebhook":         {id: theHook, shared: true, free: true, apart: true, body: aHook},
	"rotateWebhook":         {id: theHook, shared: true, free: true, apart: true, body: saying("overlapHours", 1)},
	"replayWebhook":         {id: theHook, shared: true, free: true, apart: true, body: saying("position", 0)},
	"resendToWebhook":       {id: theHook, shared: true, free: true, apart: true, body: anEvent},
	"testWebhook":           {id: theHook, shared: true, free: true, apart: true},
	"removeWebhook":         {id: theHook, shared: true, free: true, apart: true},
	"listWebhookDeliveries": {id: theHook, shared: true},
	"getWebhookDelivery":    {id: theHook, shared: true, query: "number=1"},
	"listAlertChannels":     {},
	"addAlertChannel":       {body: aChat, first: noChats},
	"changeAlertChannel":    {id: theChat, shared: true, free: true, apart: true, body: aChat},
	"testAlertChannel":      {id: theChat, shared: true, free: true, apart: true},
	"removeAlertChannel":    {id: theChat, shared: true, free: true, apart: true},

	"listIdentityProviders":  {},
	"getIdentityProvider":    {id: theIDP, shared: true},
	"addIdentityProvider":    {body: aProvider("protocol", "openid"), first: noProviders},
	"changeIdentityProvider": {id: theIDP, shared: true, free: true, apart: true, body: aProvider("version", 1)},
	"switchIdentityProvider": {id: theIDP, shared: true, free: true, apart: true, body: saying("on", true)},
	"removeIdentityProvider": {id: theIDP, shared: true, free: true, apart: true},
	"readProviderMetadata":   {body: saying("address", "https://idp.invalid/metadata")},
	"listSsoDomains":         {},
	"addSsoDomain":           {body: aDomain},
	"proveSsoDomain":         {body: theDomain},
	"removeSsoDomain":        {body: theDomain},

	"getDashboard":    {},
	"listLockedUsers": {},
	"recordReview":    {},
	"chooseDigest":    {body: saying("weekly", true)},
	"retryMails":      {},

	"listDevices":  {},
	"listAttempts": {},
	"getAttempt":   {id: theAttempt, shared: true},

	"listGuessedAccounts":  {},
	"listGuessingNetworks": {},
	"listNetworkBlocks":    {},
	"blockNetwork": {body: func(*app, *person) string {
		return object("network", strayNetwork().String(), "until", "2026-11-28T12:00:00Z", "reason", "Guesses passwords")
	}},
	"liftNetworkBlock": {id: theBlock, shared: true, free: true, apart: true},

	"getDevice":      {id: theDevice},
	"trustDevice":    {id: theDevice},
	"suspendDevice":  {id: theDevice},
	"revokeDevice":   {id: theDevice},
	"setDeviceLevel": {id: theDevice, body: saying("trustLevel", 2)},
	"flagDevice":     {id: theDevice, body: saying("reason", "Left in a taxi")},
	"resumeDevice": {id: theDevice, first: func(ctx context.Context, a *app, of *person) error {
		return a.deps.Devices.Suspend(ctx, operatorOf(of), of.device)
	}},
	"clearDevice": {id: theDevice, first: func(ctx context.Context, a *app, of *person) error {
		return a.deps.Devices.Flag(ctx, operatorOf(of), of.device, "Left in a taxi")
	}},
	"listRoles":          {},
	"getRole":            {id: theRole, shared: true},
	"addRole":            {grant: true, apart: true, body: likeTheirs},
	"changeRole":         {id: theRole, shared: true, grant: true, apart: true, body: likeTheirs},
	"deleteRole":         {id: theRole, shared: true, grant: true, apart: true},
	"listPermissions":    {},
	"listGroups":         {},
	"getGroup":           {id: theGroup, shared: true},
	"addGroup":           {body: func(*app, *person) string { return object("name", "Group "+token.NewID()) }},
	"changeGroup":        {id: theGroup, shared: true, free: true, apart: true, body: func(*app, *person) string { return object("name", "Group "+token.NewID()) }},
	"deleteGroup":        {id: theGroup, shared: true, free: true, apart: true},
	"addGroupMembers":    {id: theGroup, body: func(_ *app, of *person) string { return object("userIds", []string{of.user.ID}) }},
	"removeGroupMembers": {id: theGroup, body: func(_ *app, of *person) string { return object("userIds", []string{of.user.ID}) }},
	"getOrganisation":    {},
	"setLogo":            {body: func(*app, *person) string { return portrait }},
	"removeLogo":         {},
	"changeOrganisation": {body: saying("accent", "#ffee00")},
	"getPolicy":          {},
	"changePolicy": {match: (*app).policyTag, body: func(a *app, of *person) string {
		return object("passwordHistory", 5+a.policyVersion(of)%2)
	}},
	"applyPreset": {match: (*app).policyTag, body: func(a *app, of *person) string {
		return object("preset", []string{"balanced", "managed"}[a.policyVersion(of)%2])
	}},
	"restorePolicy":           {match: (*app).policyTag, body: saying("version", 0)},
	"listPolicyVersions":      {},
	"getPolicyVersion":        {},
	"listGroupPolicies":       {},
	"getGroupPolicy":          {id: theGroup, shared: true},
	"changeGroupPolicy":       {id: theGroup, shared: true, free: true, apart: true, match: anyVersion, body: saying("passwordHistory", 9)},
	"applyPresetToGroup":      {id: theGroup, shared: true, free: true, apart: true, match: anyVersion, body: saying("preset", "strict")},
	"restoreGroupPolicy":      {id: theGroup, shared: true, free: true, apart: true, match: anyVersion, body: saying("version", 0)},
	"listGroupPolicyVersions": {id: theGroup, shared: true},
	"getUserPolicy":           {id: theUser},
	"previewPolicy":           {body: saying("fields", map[string]any{"passwordHistory": 7})},
	"getPolicyPreview":        {id: thePreview, shared: true},
	"listPolicyPreviewPeople": {id: thePreview, shared: true, query: "effect=asked"},
}

func anyVersion(*app, *person) string { return "*" }

func (a *app) policyTag(of *person) string { return policyTag(a.policyVersion(of)) }

func (a *app) policyVersion(of *person) int64 {
	a.t.Helper()
	return must(a.db.Policy(a.t.Context(), of.user.TenantID))(a.t).Version
}

// strayNetwork returns an IPv6 network that no other call has.
func strayNetwork() netip.Prefix {
	address := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	rand.Read(address[4:8]) //nolint:errcheck // it never fails
	return netip.PrefixFrom(netip.AddrFrom16(address), 64)
}

// strangeSession returns a session token that nobody has.
func strangeSession() string {
	secret, _ := token.New(token.Session)
	return secret
}
