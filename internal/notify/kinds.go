package notify

// Kind is the kind of a mail: what it is about.
type Kind string

// Kinds of mail. The table below describes each.
const (
	PasswordChanged    Kind = "password_changed"
	PasswordReset      Kind = "password_reset"
	PasswordResetDone  Kind = "password_reset_done"
	VerifyEmail        Kind = "verify_email"
	Invitation         Kind = "invitation"
	AccountLocked      Kind = "account_locked"
	FactorLocked       Kind = "factor_locked"
	PasswordSuspended  Kind = "password_suspended"
	FactorSuspended    Kind = "factor_suspended"
	NewSignIn          Kind = "new_sign_in"
	SignInCode         Kind = "sign_in_code"
	FactorCode         Kind = "factor_code"
	FactorAdded        Kind = "factor_added"
	FactorRemoved      Kind = "factor_removed"
	BackupCodesMade    Kind = "backup_codes_made"
	BackupCodeUsed     Kind = "backup_code_used"
	FactorsReset       Kind = "factors_reset"
	PasskeySuspended   Kind = "passkey_suspended"
	MethodTampered     Kind = "method_tampered"
	SignInRefused      Kind = "sign_in_refused"
	ApprovalDenied     Kind = "approval_denied"
	DeviceFlagged      Kind = "device_flagged"
	DeviceFlaggedAdmin Kind = "device_flagged_admin"
	DeviceConfirm      Kind = "device_confirm"
	DeviceExpiring     Kind = "device_expiring"
	DeviceCopied       Kind = "device_copied"
	AccountClosed      Kind = "account_closed"
	AccountReopen      Kind = "account_reopen"

	EmailCode            Kind = "email_code"
	EmailTaken           Kind = "email_taken"
	EmailChangeRequested Kind = "email_change_requested"
	EmailChanged         Kind = "email_changed"
	EmailConfirmed       Kind = "email_confirmed"
	EmailWithdrawn       Kind = "email_withdrawn"
	PhoneChanged         Kind = "phone_changed"
	DataExported         Kind = "data_exported"
	AccountDeletion      Kind = "account_deletion"
	AccountKept          Kind = "account_kept"

	RoleChanged      Kind = "role_changed"
	AccountDisabled  Kind = "account_disabled"
	AccountEnabled   Kind = "account_enabled"
	AccountUnlocked  Kind = "account_unlocked"
	RefreshReused    Kind = "refresh_reused"
	KeyCreated       Kind = "api_key_created"
	KeyRotated       Kind = "api_key_rotated"
	KeyRevoked       Kind = "api_key_revoked"
	SessionsEnded    Kind = "sessions_ended"
	MethodSuspended  Kind = "method_suspended"
	MethodResumed    Kind = "method_resumed"
	FactorDemanded   Kind = "factor_demanded"
	FactorExempted   Kind = "factor_exempted"
	PasswordDemanded Kind = "password_demanded"
	SetUpFactor      Kind = "set_up_factor"
	ReviewDue        Kind = "review_due"
	WeeklyDigest     Kind = "weekly_digest"
	AlertsOff        Kind = "alerts_off"
	WebhookOff       Kind = "webhook_off"
	IdentityLinked   Kind = "identity_linked"
	IdentityUnlinked Kind = "identity_unlinked"
	LinkCode         Kind = "link_code"
	GoneAround       Kind = "sso_gone_around"
)

// Texts of the catalogue that several mails share.
const (
	nothingToDo = "mail.advice.nothingToDo"
	askedForIt  = "mail.advice.askedForIt"
	textOfCode  = "text.code"
)

// Row describes one kind of mail. [Row.Words] has the ids of its texts in the message
// catalogue.
type Row struct {
	Kind  Kind
	Topic Topic  // that people choose about; "" for a mail that somebody waits for, or to another address than that of the account
	Means string // when and to whom it is sent, for operators and docs/rules.md
	// Event is the audit event in the same transaction as the mail.
	Event string
	// Security marks mails that warn of an attack. Nobody can switch them off, and each
	// can have the link that undoes the act.
	Security bool
	// Always marks mails that are no warning but cannot be switched off either, because
	// somebody waits for them.
	Always bool
	// Bulk mails are sent after all others: hundreds of them must not delay a mail that
	// somebody waits for.
	Bulk  bool
	Needs []Field // what Data must have, besides Organisation
	May   []Field // what Data can have besides
	// Advice is a shared advice text; "" when the mail has its own.
	Advice string

	// Storm marks what comes in numbers: within [StormWindow] one is told at once, and those after it are
	// one at its end. Of other kinds three are told at once.
	Storm bool

	// TimeOnly mails say when something happened and not from where: the user must not
	// learn an admin's place, device and address.
	TimeOnly bool
	// Text is the catalogue id for a text message; "" when the kind cannot be one.
	Text string
}

// AtOnce is how many of a kind are told at once within [StormWindow].
func AtOnce(k Kind) int { return known[k].atOnce() }

// atOnce is how many of a kind are told at once within [StormWindow].
func (r Row) atOnce() int {
	if r.Storm {
		return 1
	}
	return 3
}

// Kinds is THE table of mails. A kind that is not in it cannot be sent, and a mail without
// what its row needs is refused.
var Kinds = []Row{
	{
		Kind: PasswordChanged, Topic: Proofs, Means: "To the user, after they changed their password.",
		Event: "auth.password_changed", Security: true,
		Needs:  []Field{Origin, NotMe},
		Advice: nothingToDo,
	},
	{
		Kind: PasswordReset, Means: "To the user, when somebody, or an admin for them, asked for a new password.",
		Event: "auth.password_reset_requested", Security: true,
		Needs: []Field{Origin, Link}, May: []Field{NotMe, ByAdmin},
	},
	{
		Kind: PasswordResetDone, Topic: Proofs, Means: "To the user, after a new password was set through a mailed link.",
		Event: "auth.password_reset", Security: true,
		Needs: []Field{Origin, NotMe},
	},
	{
		Kind: VerifyEmail, Means: "To an address that an account names and nobody has proven.",
		Event: "user.email_verification_requested", Always: true,
		Needs:  []Field{Link},
		Advice: askedForIt,
	},
	{
		Kind: Invitation, Means: "To somebody who is asked to join an organisation.",
		Event: "user.invited", Always: true, Bulk: true,
		Needs: []Field{Link}, May: []Field{InvitedBy},
	},
	{
		Kind: AccountLocked, Topic: Locks, Means: "To the user, when wrong passwords locked their account.",
		Event: "auth.account_locked", Security: true, Storm: true,
		Needs: []Field{Origin, Attempts, Until, NotMe}, May: []Field{Link},
	},
	{
		Kind: FactorLocked, Topic: Locks, Means: "To the user, when wrong codes locked their second factors, for a client with their password or a session.",
		Event: "auth.account_locked", Security: true, Storm: true,
		Needs: []Field{Origin, Attempts, Until, NotMe},
	},
	{
		Kind: PasswordSuspended, Topic: Locks, Means: "To the user, when so many wrong passwords in a row were given that only a new one helps.",
		Event: "auth.account_locked", Security: true, Storm: true,
		Needs: []Field{Origin, Attempts, NotMe},
	},
	{
		Kind: FactorSuspended, Topic: Locks, Means: "To the user, when so many wrong codes in a row were given that waiting does not help.",
		Event: "auth.account_locked", Security: true, Storm: true,
		Needs: []Field{Origin, Attempts, NotMe},
	},
	{
		Kind: NewSignIn, Topic: SignIns, Means: "To the user, after a sign-in on a device not seen before.",
		Event: "device.added", Security: true,
		Needs: []Field{Origin, NotMe}, May: []Field{Reasons, Mine},
		Advice: nothingToDo,
	},
	{
		Kind: SignInCode, Means: "To the user, with the code that they sign in or confirm an act with.",
		Event: "auth.code_sent", Always: true,
		Needs: []Field{Origin, Code},
		Text:  textOfCode,
	},
	{
		Kind: FactorCode, Means: "To the user, with the code that turns on codes by e-mail or text message.",
		Event: "auth.2fa_enrolment_started", Always: true,
		Needs: []Field{Origin, Code},
		Text:  textOfCode,
	},
	{
		Kind: FactorAdded, Topic: Proofs, Means: "To the user, after a second factor was added.",
		Event: "auth.2fa_method_added", Security: true,
		Needs: []Field{Origin, NotMe, Method}, May: []Field{FactorName},
		Advice: nothingToDo,
	},
	{
		Kind: FactorRemoved, Topic: Proofs, Means: "To the user, after a second factor was removed, by them or by an admin.",
		Event: "auth.2fa_method_removed", Security: true,
		Needs: []Field{Origin, NotMe, Method}, May: []Field{FactorName, ByAdmin},
		Advice: nothingToDo,
	},
	{
		Kind: BackupCodesMade, Topic: Proofs, Means: "To the user, after new backup codes were made.",
		Event: "auth.2fa_recovery_codes_regenerated", Security: true,
		Needs:  []Field{Origin, NotMe},
		Advice: nothingToDo,
	},
	{
		Kind: BackupCodeUsed, Topic: Proofs, Means: "To the user, after a backup code stood in for their second factor.",
		Event: "auth.2fa_recovery_code_used", Security: true,
		Needs: []Field{Origin, NotMe, Remaining},
	},
	{
		Kind: FactorsReset, Topic: Proofs, Means: "To the user, after an admin removed every second factor.",
		Event: "auth.2fa_reset", Security: true,
		Needs: []Field{Origin}, May: []Field{NotMe},
		TimeOnly: true,
	},
	{
		Kind: MethodTampered, Topic: Proofs, Means: "To the user, when the row of a second factor was changed past the service, and the factor was suspended.",
		Event: "auth.2fa_method_tampered", Security: true,
		Needs: []Field{Origin, NotMe, Method}, May: []Field{FactorName},
	},
	{
		Kind: PasskeySuspended, Topic: Proofs, Means: "To the user, when a passkey looks copied and was suspended.",
		Event: "auth.passkey_suspended", Security: true,
		Needs: []Field{Origin, NotMe}, May: []Field{FactorName},
	},
	{
		Kind: SignInRefused, Topic: SignIns, Means: "To the user, when a sign-in with their password was refused because it looked like somebody else's.",
		Event: "auth.sign_in_doubted", Security: true, Storm: true,
		Needs: []Field{Origin, Reasons, NotMe, Mine},
	},
	{
		Kind: ApprovalDenied, Topic: SignIns, Means: "To the user, after they said of a sign-in, or an act, that they were asked to approve: this wasn't me.",
		Event: "auth.approval_refused", Always: true,
		Needs: []Field{Origin, Page},
	},
	{
		Kind: DeviceFlagged, Topic: DeviceAlerts, Means: "To the user, when a device of theirs was marked as compromised.",
		Event: "device.flagged", Security: true,
		Needs: []Field{Origin, DeviceName, Reasons}, May: []Field{NotMe, Mine},
	},
	{
		Kind: DeviceFlaggedAdmin, Topic: OrgAlerts, Means: "To each admin, when the device of somebody in the organisation was marked as compromised.",
		Event: "device.flagged", Always: true, Storm: true,
		Needs: []Field{Origin, DeviceName, Reasons, Person},
	},
	{
		Kind: DeviceConfirm, Means: "To the user, who has to confirm a device before it is trusted.",
		Event: "device.confirmation_requested", Always: true,
		Needs: []Field{Origin, Link},
	},
	{
		Kind: DeviceExpiring, Topic: Reminders, Means: "To the user, some time before a device that they do not use is removed.",
		Event: "device.revocation_announced",
		Needs: []Field{DeviceName, Until},
	},
	{
		Kind: DeviceCopied, Topic: DeviceAlerts, Means: "To the user, when a copy of a device's credential was used.",
		Event: "device.credential_reused", Security: true,
		Needs: []Field{Origin, NotMe, DeviceName},
	},
	{
		Kind: AccountClosed, Means: "To the user, when their account was closed because it is in danger.",
		Event: "user.locked_down", Always: true,
		Needs: []Field{Origin, Link}, May: []Field{ByAdmin},
	},
	{
		Kind: AccountReopen, Means: "To the user of a closed account, when somebody asked for a new password.",
		Event: "auth.password_reset_requested", Always: true,
		Needs: []Field{Origin, Link},
	},
	{
		Kind: EmailCode, Means: "To the address that a user wants to have, with the code that proves it.",
		Event: "user.email_change_requested", Always: true,
		Needs: []Field{Code},
	},
	{
		Kind: EmailTaken, Means: "To the address that a user wants to have, when it is or was somebody else's.",
		Event: "user.email_change_requested", Always: true,
		Advice: nothingToDo,
	},
	{
		Kind: EmailChangeRequested, Topic: AccountNews, Means: "To the user at the address that they have, when a code was sent to another one.",
		Event: "user.email_change_requested", Security: true,
		Needs: []Field{Origin, Address, NotMe}, Advice: nothingToDo,
	},
	{
		Kind: EmailChanged, Means: "To the address that a user had before, with the link that takes the change back.",
		Event: "user.email_changed", Always: true,
		Needs: []Field{Origin, Address, Link}, Advice: nothingToDo,
	},
	{
		Kind: EmailConfirmed, Means: "To the address that a user has now.",
		Event: "user.email_changed", Always: true,
		Needs: []Field{Origin},
	},
	{
		Kind: EmailWithdrawn, Means: "To the address that a user had, when a former one was given back to them.",
		Event: "user.email_restored", Always: true,
		Needs: []Field{Origin}, TimeOnly: true,
	},
	{
		Kind: PhoneChanged, Topic: AccountNews, Means: "To the user, after the phone number of their account was changed or removed.",
		Event: "user.phone_changed", Security: true,
		Needs: []Field{Origin, NotMe}, Advice: nothingToDo,
	},
	{
		Kind: DataExported, Topic: AccountNews, Means: "To the user, after what the service holds on them was downloaded.",
		Event: "data.exported", Security: true,
		Needs: []Field{Origin, NotMe}, Advice: nothingToDo,
	},
	{
		Kind: AccountDeletion, Topic: AccountNews, Means: "To the user, after they asked for the deletion of their account.",
		Event: "account.deletion_requested", Security: true,
		Needs: []Field{Origin, NotMe, Page, Until},
	},
	{
		Kind: AccountKept, Topic: AccountNews, Means: "To the user, when the deletion of their account was taken back.",
		Event: "account.deletion_cancelled", Always: true,
		Needs: []Field{Origin}, May: []Field{ByAdmin}, TimeOnly: true,
	},
	{
		Kind: RoleChanged, Topic: AccountNews, Means: "To the user, after an admin gave them another role.",
		Event: "user.role_changed", Always: true,
		Needs: []Field{Origin, Role}, TimeOnly: true,
	},
	{
		Kind: AccountDisabled, Topic: AccountNews, Means: "To the user, after their account was disabled.",
		Event: "user.disabled", Always: true,
		Needs: []Field{Origin}, TimeOnly: true,
	},
	{
		Kind: AccountEnabled, Topic: AccountNews, Means: "To the user, after an admin enabled their account again.",
		Event: "user.enabled", Always: true,
		Needs: []Field{Origin}, TimeOnly: true,
	},
	{
		Kind: AccountUnlocked, Topic: Locks, Means: "To the user, after an admin lifted the locks of their account.",
		Event: "auth.account_unlocked", Security: true,
		Needs: []Field{Origin, NotMe}, TimeOnly: true,
	},
	{
		Kind: RefreshReused, Topic: DeviceAlerts, Means: "To the user, when a copy of an app's refresh token was used.",
		Event: "auth.refresh_token_reused", Security: true,
		Needs: []Field{Origin, NotMe},
	},
	{
		Kind: KeyCreated, Topic: Programs, Means: "To the user, after an API key of theirs was made; of a service account to those who look after it.",
		Event: "api_key.created", Security: true,
		Needs: []Field{Origin, KeyName}, May: []Field{NotMe, Person},
	},
	{
		Kind: KeyRotated, Topic: Programs, Means: "To the same, after the text of an API key was replaced.",
		Event: "api_key.rotated", Security: true,
		Needs: []Field{Origin, KeyName}, May: []Field{NotMe, Person},
	},
	{
		Kind: KeyRevoked, Topic: Programs, Means: "To the same, after an admin or whoever had its text revoked an API key.",
		Event: "api_key.revoked", Always: true,
		Needs: []Field{Origin, KeyName}, May: []Field{Person}, TimeOnly: true,
	},
	{
		Kind: SessionsEnded, Topic: DeviceAlerts, Means: "To the user, after an admin ended all of their sessions.",
		Event: "auth.signed_out_everywhere", Always: true,
		Needs: []Field{Origin}, TimeOnly: true,
	},
	{
		Kind: MethodSuspended, Topic: Proofs, Means: "To the user, after an admin suspended one of their second factors.",
		Event: "auth.2fa_method_suspended", Always: true,
		Needs: []Field{Origin, Method}, May: []Field{FactorName}, TimeOnly: true,
	},
	{
		Kind: MethodResumed, Topic: Proofs, Means: "To the user, after an admin let a suspended second factor count again.",
		Event: "auth.2fa_method_resumed", Security: true,
		Needs: []Field{Origin, NotMe, Method}, May: []Field{FactorName}, TimeOnly: true,
	},
	{
		Kind: FactorDemanded, Topic: Proofs, Means: "To the user, after an admin demanded a second factor of them, or took an exemption back.",
		Event: "auth.2fa_requirement_changed", Always: true,
		Needs: []Field{Origin}, TimeOnly: true,
	},
	{
		Kind: FactorExempted, Topic: Proofs, Means: "To the user, after an admin exempted them from the second factor that policy demands.",
		Event: "auth.2fa_exemption_changed", Security: true,
		Needs: []Field{Origin, Until, NotMe}, TimeOnly: true,
	},
	{
		Kind: PasswordDemanded, Topic: Proofs, Means: "To the user, after an admin demanded a new password of them.",
		Event: "user.new_password_demanded", Always: true,
		Needs: []Field{Origin}, TimeOnly: true,
	},
	{
		Kind: SetUpFactor, Topic: Reminders, Means: "To the user, when an admin asks them to set a second factor up, and as a reminder.",
		Event: "auth.2fa_reminder_mailed", Bulk: true,
		Needs: []Field{Page},
	},
	{
		Kind: ReviewDue, Topic: OrgHouseWork, Means: "To each owner and admin, when the quarterly review of the security checklist is due, and once a month until somebody has done it.",
		Event: "review.reminded", Bulk: true,
		Needs: []Field{Page},
	},
	{
		Kind: WebhookOff, Topic: OrgAlerts, Means: "To each owner and admin, when a program that is sent the events of the log was switched off because it took none for three days.",
		Event: "webhook.switched_off", Always: true,
		Needs: []Field{Page, WebhookName},
	},
	{
		Kind: AlertsOff, Topic: OrgAlerts, Means: "To each owner and admin, when a chat or a tool that is told what happens was switched off because it took nothing for three days.",
		Event: "alert_channel.switched_off", Always: true,
		Needs: []Field{Page, ChannelName},
	},
	{
		Kind: IdentityLinked, Topic: Proofs, Means: "To the user, after an account at an identity provider was linked, with which they can sign in from now on.",
		Event: "identity.linked", Security: true,
		Needs: []Field{Origin, NotMe, ProviderName}, May: []Field{Address},
		Advice: nothingToDo,
	},
	{
		Kind: IdentityUnlinked, Topic: Proofs, Means: "To the user, after a linked account at an identity provider was taken away.",
		Event: "identity.unlinked", Security: true,
		Needs: []Field{Origin, ProviderName}, May: []Field{NotMe},
	},
	{
		Kind: LinkCode, Means: "To the user of an account that somebody has the address of who signed in at an identity provider, with the code that links both.",
		Event: "auth.code_sent", Always: true,
		Needs: []Field{Origin, Code, ProviderName},
	},
	{
		Kind: GoneAround, Topic: OrgAlerts, Means: "To each owner and admin, when an owner signed in with a passkey although policy requires single sign-on.",
		Event: "sso.gone_around", Always: true,
		Needs: []Field{Origin, Person},
	},
	{
		Kind: WeeklyDigest, Means: "To whoever chose it and may see the dashboard, every Monday from 7 in the morning on in their time zone.",
		Event: "digest.mailed", Bulk: true,
		Needs: []Field{Page, Figures}, May: []Field{Tasks},
	},
}

var known = func() map[Kind]Row {
	m := make(map[Kind]Row, len(Kinds))
	for _, r := range Kinds {
		m[r.Kind] = r
	}
	return m
}()
