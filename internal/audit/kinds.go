package audit

// Kind is what happened, in the form noun.past_participle.
type Kind string

// Event kinds. The table below describes each.
const (
	SetUpCompleted  Kind = "installation.claimed"
	TenantCreated   Kind = "tenant.created"
	UserCreated     Kind = "user.created"
	UserDisabled    Kind = "user.disabled"
	UserEnabled     Kind = "user.enabled"
	SignedIn        Kind = "auth.signed_in"
	SignInFailed    Kind = "auth.sign_in_failed"
	SignedOut       Kind = "auth.signed_out"
	AccountLocked   Kind = "auth.account_locked"
	AccountUnlocked Kind = "auth.account_unlocked"
	NetworkLimited  Kind = "auth.network_limited"
	PasswordChanged Kind = "auth.password_changed"
	ReauthFailed    Kind = "auth.reauthentication_failed"
	SessionRevoked  Kind = "auth.session_revoked"

	PasswordResetRequested Kind = "auth.password_reset_requested"
	PasswordReset          Kind = "auth.password_reset"
	PasswordWithdrawn      Kind = "auth.password_withdrawn"
	ReportedNotMe          Kind = "auth.reported_not_me"
	VerificationRequested  Kind = "user.email_verification_requested"
	EmailVerified          Kind = "user.email_verified"
	UserInvited            Kind = "user.invited"
	InvitationAccepted     Kind = "user.invitation_accepted"

	SessionTerminated Kind = "session.terminated"
	SessionSuspended  Kind = "session.suspended"
	SessionResumed    Kind = "session.resumed"
	SessionExpired    Kind = "session.expired"
	DeviceAdded       Kind = "device.added"
	DeviceTrustEnded  Kind = "device.trust_ended"
	PolicyChanged     Kind = "policy.changed"
)

// Row describes one kind of event.
type Row struct {
	Kind  Kind
	Means string   // what happened, for operators and docs/rules.md
	Data  []string // names that may stand in Event.Data
}

// Kinds is THE table of events: what is not a row of it cannot be appended.
var Kinds = []Row{
	{SetUpCompleted, "The installation was claimed through its set-up link.", nil},
	{TenantCreated, "An organisation was created.", []string{"name"}},
	{UserCreated, "A user was added.", []string{"role"}},
	{UserDisabled, "A user was disabled; all their sessions and pending sign-ins ended.", []string{"sessions"}},
	{UserEnabled, "A disabled user was enabled again.", nil},
	{SignedIn, "A sign-in succeeded and a session began.", []string{"client"}},
	{SignInFailed, "A sign-in failed: to this account, or to an address nobody has.", []string{"reason"}},
	{SignedOut, "A user ended the session they were using, or replaced it by signing in again.", []string{"reason"}},
	{AccountLocked, "Too many failures locked an account (or an address nobody has) for strangers, for one known device, or inside a session.", []string{"scope", "until"}},
	{NetworkLimited, "A network used up its tries; more from it are refused unread until then.", []string{"scope", "until"}},
	{AccountUnlocked, "A lock was lifted before its time.", nil},
	{PasswordChanged, "The password was changed with the current one.", []string{"sessions"}},
	{ReauthFailed, "A signed-in user was asked for the password and gave a wrong one.", nil},
	{SessionRevoked, "A user, or a change that demands it, force-ended a session.", []string{"reason", "browser", "system"}},
	{SessionTerminated, "An admin ended a session.", []string{"reason"}},
	{SessionSuspended, "An admin paused a session.", nil},
	{SessionResumed, "An admin let a paused session go on.", nil},
	{SessionExpired, "A session ended because its time was over.", []string{"reason"}},
	{DeviceAdded, "An account was used from a new device, which is known from now on.", nil},
	{DeviceTrustEnded, "A device lost its trust and its credential; it is a stranger from now on.", []string{"reason"}},
	{PasswordResetRequested, "A link for a new password was mailed to the user.", nil},
	{PasswordReset, "A new password was set through a mailed link; all sessions ended.", []string{"sessions"}},
	{PasswordWithdrawn, "The password was made useless, because its owner said that somebody else used it.", nil},
	{ReportedNotMe, "The owner of the account followed \"This wasn't me\" in a mail and confirmed.", []string{"sessions"}},
	{VerificationRequested, "A link to prove the e-mail address was mailed to it.", nil},
	{EmailVerified, "The e-mail address was proven.", nil},
	{UserInvited, "Somebody was invited by mail to join.", []string{"role"}},
	{InvitationAccepted, "An invited user chose a password.", nil},
	{PolicyChanged, "A field of the organisation's policy was changed.", []string{"field", "old", "new"}},
}

var known = func() map[Kind]Row {
	m := make(map[Kind]Row, len(Kinds))
	for _, r := range Kinds {
		m[r.Kind] = r
	}
	return m
}()
