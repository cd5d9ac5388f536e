package policy

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
)

// Act is an act that needs more proof than a session.
type Act string

// Acts.
const (
	ChangePassword     Act = "change_password"
	AddFactor          Act = "add_factor"
	RemoveFactor       Act = "remove_factor"
	BackupCodes        Act = "backup_codes"
	ChangeEmail        Act = "change_email"
	ChangePhone        Act = "change_phone"
	ManageDevices      Act = "manage_devices"
	ManageFactors      Act = "manage_factors"
	Lockdown           Act = "lockdown"
	EndDevice          Act = "end_device"
	EndSessions        Act = "end_sessions"
	ManageUsers        Act = "manage_users"
	ManageRoles        Act = "manage_roles"
	TerminateSessions  Act = "terminate_sessions"
	ManageSessions     Act = "manage_sessions"
	ManagePolicy       Act = "manage_policy"
	ManageOrganisation Act = "manage_organisation"
	BlockNetworks      Act = "block_networks"
	ExportLog          Act = "export_log"
	ManageAPIKeys      Act = "manage_api_keys"
	ManageApps         Act = "manage_apps"
	EnterApp           Act = "enter_app"
	ManageAlerts       Act = "manage_alerts"
	ManageWebhooks     Act = "manage_webhooks"
	ManageSSO          Act = "manage_sso"
	LinkAccount        Act = "link_account"
	ExportOwnData      Act = "export_own_data"
	DeleteAccount      Act = "delete_account"
)

// ActRow says what has to be proven before an act, and how recently.
type ActRow struct {
	Act      Act
	Means    string
	Password time.Duration // greatest age of the proof; a passkey that verified its user counts too; 0: not required
	Factor   time.Duration // greatest age of the proof, for accounts that have a second factor; 0: not required
	// Again requires a step-up that was made for this act, or for one of its kind, however
	// recent the sign-in is: a stolen session is fresh, too. A factor that was added in the
	// session counts only where the account has no other one.
	Again  bool
	Trust  bool // the device needs the trust of the policy's deviceMinTrust
	Source string
}

// fresh is how old a proof may be for most acts. A sign-in counts as proof.
const fresh = 10 * time.Minute

// Acts is THE table of acts that need a step-up.
var Acts = []ActRow{
	// Not limited to trusted devices: people must always be able to change a password that
	// somebody else knows, and a mailed link could change it anyway.
	{ChangePassword, "Change the password. The form asks for the current one itself.",
		0, fresh, true, false, "OWASP ASVS 5.0 6.2.3 and 7.5.1"},
	{AddFactor, "Add a second factor.",
		fresh, fresh, true, true, "OWASP ASVS 5.0 7.5.1, NIST SP 800-63B-4 4.1.2"},
	{RemoveFactor, "Remove a second factor, or all of them.",
		fresh, fresh, true, true, "OWASP ASVS 5.0 7.5.1"},
	{BackupCodes, "Replace the backup codes.",
		fresh, fresh, true, true, "OWASP ASVS 5.0 7.5.1"},
	// Whoever reads the mail of an account asks for new passwords there.
	{ChangeEmail, "Change one's e-mail address.",
		fresh, fresh, true, true, "OWASP ASVS 5.0 7.5.1"},
	{ChangePhone, "Change or remove one's phone number.",
		fresh, fresh, true, false, "OWASP ASVS 5.0 7.5.1"},
	// A stolen session must not carry everything off.
	{ExportOwnData, "Download what the service holds on oneself.",
		fresh, fresh, true, false, "OWASP ASVS 5.0 7.5.1"},
	// A key goes on when the session that made it is thrown out.
	{ManageAPIKeys, "Make an API key, one's own or that of a service account, or replace its text.",
		fresh, fresh, true, true, "OWASP ASVS 5.0 7.5.1 and 10.4.11"},
	// On any device: whoever leaves may have no trusted one any more.
	{DeleteAccount, "Have one's own account deleted.",
		fresh, fresh, true, false, "OWASP ASVS 5.0 7.5.1"},
	{ManageDevices, "Trust a device from another one, choose the primary one, or say that an unusual sign-in was one's own; " +
		"as an admin, whatever changes somebody's device.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.1"},
	{ManageFactors, "As an admin: reset somebody's second factors, issue backup codes to them, or decide whether they must have a factor.",
		fresh, fresh, false, true, "OWASP ASVS 5.0 7.5.3"},
	// On any device: whoever is in danger may have only a borrowed one.
	{Lockdown, "Lock one's own account down or, as an admin, somebody's.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.1"},
	// Also for the device in use: a stolen session must not shut its owner out of it.
	{EndDevice, "Remove one of one's devices, or report it as lost.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.1"},
	// A stolen session must not throw its owner out. A known device would prove nothing more: a stolen
	// session has its device's trust. Signing out oneself, and links that say "This wasn't me", are free.
	{EndSessions, "End other sessions of one's own, one of them or all.",
		15 * time.Minute, 0, false, false, "OWASP ASVS 5.0 7.5.2"},
	// The admins' acts below ask for no trusted device: the policy that asks for one must be
	// possible to change on any.
	{ManageUsers, "As an admin: add, invite, enable or disable a user, give them another role, put them into groups, or lift somebody's locks.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.3"},
	{ManageRoles, "As an admin: make, change or delete a role.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.3"},
	// A stolen session of an admin must not throw everybody out. One proof does for many sessions: a bulk
	// job, or several, that begin within its time.
	{TerminateSessions, "As an admin: end or suspend sessions of people, one of them, all of somebody's, or many.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.2 and 7.5.3"},
	{ManageSessions, "As an admin: let a suspended session go on, or give a session a later end.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.3"},
	{ManagePolicy, "As an admin: change the organisation's policy.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.3"},
	// People know the sign-in page by it: who changes it can lead them to a page that looks the same.
	{ManageOrganisation, "As an admin: change the organisation's name, look or links.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.3"},
	// Whoever asks about tokens learns who their holders are; rules of apps say who gets in.
	{ManageApps, "As an admin: add, change or remove an app, or let a service ask about tokens, replace its secret, or stop it.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.3"},
	// An app's rule decides that, and how old the last proof may be; a new one has to be younger.
	{EnterApp, "Go to an app whose rules ask for a second factor, or for one proven lately.",
		0, time.Minute, false, false, "OWASP ASVS 5.0 7.5.3"},
	// It decides who hears of an attack, and where that is told outside of the house.
	{ManageAlerts, "As an admin: add, change or remove a chat or a tool that is told what happens.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.3"},
	// It takes what everybody does, and from where, out of the house.
	{ManageWebhooks, "As an admin: add, change or remove a webhook, replace its secret, or have it sent events again.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.3"},
	// Whoever changes where people sign in can sign in as each of them.
	{ManageSSO, "As an admin: add, change, switch or remove an identity provider, or a domain whose people sign in there.",
		fresh, fresh, true, false, "OWASP ASVS 5.0 7.5.3"},
	// It is another way to sign in.
	{LinkAccount, "Link one's account with one at an identity provider, or take that back.",
		fresh, fresh, true, true, "OWASP ASVS 5.0 7.5.1"},
	{BlockNetworks, "As an admin: block a network, or lift a block.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.3"},
	// It takes what everybody did, and from where, out of the house.
	{ExportLog, "As an admin: export the audit log.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.3"},
}

// KeyActs are the acts that policy can let API keys do. None is among them by which a key could widen
// itself or others, or by which somebody's account could be taken over: roles, policy, second factors, keys.
var KeyActs = []Act{ManageUsers, TerminateSessions, ManageSessions, ManageDevices, ManageOrganisation, BlockNetworks, ExportLog}

// KeyMay reports whether a policy lets API keys do an act that people have to prove themselves for.
func KeyMay(p sallyport.Policy, a Act) bool {
	return slices.Contains(KeyActs, a) && slices.Contains(p.APIKeyActs, string(a))
}

func actNames(acts []Act) []string {
	names := make([]string, len(acts))
	for i, a := range acts {
		names[i] = string(a)
	}
	return names
}

// Exemption is a reason why an act that changes something needs no step-up.
type Exemption string

// Exemptions.
const (
	TakesAway Exemption = "takes_away"
	Harmless  Exemption = "harmless"
	IsProof   Exemption = "is_proof"
	ByLink    Exemption = "by_link"
	Stranger  Exemption = "stranger"
	Answers   Exemption = "answers"
)

// ExemptionRow says what a reason covers.
type ExemptionRow struct {
	Exemption Exemption
	Means     string
}

// Exemptions is THE table of reasons. Whatever changes something in a session has a row
// of [Acts] or one of these; tests walk all pages and operations.
var Exemptions = []ExemptionRow{
	{TakesAway, "It only takes access away, and nothing may delay that: signing out, an end of one's own API key, which no session of its owner rests on. Whoever it hits signs in again."},
	{Harmless, "It changes nothing that protects an account: a name, a look, a mail to one's own address."},
	{IsProof, "It is a step of a sign-in or of a step-up: it is what proves."},
	{ByLink, "The mailed link is what it needs. It works once, and a table says how long."},
	{Answers, "It answers a request on another device, by the number that is shown there: it is what proves, or what stops, for that one."},
	{Stranger, "Nobody need be signed in for it. Limits on tries are what it needs."},
}

// Exempt reports whether a reason is a row of [Exemptions].
func Exempt(e Exemption) bool {
	return slices.ContainsFunc(Exemptions, func(r ExemptionRow) bool { return r.Exemption == e })
}

// ActOf returns the row of an act, and whether there is one.
func ActOf(a Act) (ActRow, bool) {
	for _, r := range Acts {
		if r.Act == a {
			return r, true
		}
	}
	return ActRow{}, false
}

// Proven is what a session has proven, and what its user is able to prove.
type Proven struct {
	AuthenticatedAt time.Time // last proof of the password or a passkey
	MFAVerifiedAt   time.Time
	SteppedUpAt     time.Time // last step-up
	SteppedUpFor    Act       // that it was made for
	HasPassword     bool
	HadFactor       bool // a second factor, also a suspended one or one that policy forbids by now
	HasFactor       bool // one that is active and that policy allows
	HasPasskey      bool
	Trust           sallyport.TrustLevel // of the session's device
}

// StepUp returns what has to be proven before an act, and false when nothing is missing.
// A second factor is required only of users who have one, but whatever policy says of it
// by now: a tighter policy must not leave an act with less proof.
func StepUp(p sallyport.Policy, act Act, f Proven, now time.Time) (sallyport.StepUp, bool) {
	r, ok := ActOf(act)
	if !ok {
		panic("policy: no row for act " + string(act))
	}
	ask := sallyport.StepUp{Act: string(act), Within: max(r.Password, r.Factor)}
	if r.Again && (!r.covered(f.SteppedUpFor) || stale(f.SteppedUpAt, fresh, now)) {
		f.AuthenticatedAt, f.MFAVerifiedAt = time.Time{}, time.Time{}
	}
	ask.Password = r.Password > 0 && (f.HasPassword || f.HadFactor) && stale(f.AuthenticatedAt, r.Password, now)
	ask.Factor = r.Factor > 0 && f.HadFactor && stale(f.MFAVerifiedAt, r.Factor, now)
	// Adding a first factor is allowed on any device, because it is needed to verify one.
	trust := r.Trust && (f.HadFactor || act != AddFactor)
	if least := sallyport.TrustLevel(p.DeviceMinTrust); trust && f.Trust < least {
		ask.Trust = least
		// A factor raises only a device that is trusted already, and only one that policy
		// allows; for the highest level it must be a passkey.
		able := f.Trust > sallyport.TrustNone && (f.HasFactor && least < sallyport.TrustHigh || f.HasPasskey)
		ask.Password, ask.Factor = ask.Password && able, able // where no proof helps, none is asked for in vain
	}
	return ask, ask.Password || ask.Factor || ask.Trust > sallyport.TrustNone
}

// covered reports whether a step-up made for another act counts for this one: for an act
// of the same kind that asked for no less.
func (r ActRow) covered(made Act) bool {
	m, ok := ActOf(made)
	return ok && m.Again && (m.Password > 0 || r.Password == 0)
}

// stale reports whether a proof is too old. A time in the future, from a clock that was set
// back, counts as no proof.
func stale(at time.Time, within time.Duration, now time.Time) bool {
	return at.IsZero() || at.After(now) || now.Sub(at) >= within
}
