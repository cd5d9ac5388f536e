package notify

// Kind is what a mail is about.
type Kind string

// Kinds of mail. The table below describes each.
const (
	PasswordChanged    Kind = "password_changed"
	PasswordReset      Kind = "password_reset"
	PasswordResetDone  Kind = "password_reset_done"
	VerifyEmail        Kind = "verify_email"
	Invitation         Kind = "invitation"
	AccountLocked      Kind = "account_locked"
	EmailChangeConfirm Kind = "email_change_confirm"
	EmailChanged       Kind = "email_changed"
	NewSignIn          Kind = "new_sign_in"
	SignInCode         Kind = "sign_in_code"
	FactorCode         Kind = "factor_code"
	FactorAdded        Kind = "factor_added"
	FactorRemoved      Kind = "factor_removed"
	BackupCodesMade    Kind = "backup_codes_made"
	BackupCodeUsed     Kind = "backup_code_used"
	FactorsReset       Kind = "factors_reset"
	PasskeySuspended   Kind = "passkey_suspended"
	SignInRefused      Kind = "sign_in_refused"
	DeviceFlagged      Kind = "device_flagged"
	DeviceFlaggedAdmin Kind = "device_flagged_admin"
	DeviceConfirm      Kind = "device_confirm"
	DeviceExpiring     Kind = "device_expiring"
	DeviceCopied       Kind = "device_copied"
)

// Words are the sentences of a mail, as ids of the message catalogue. What a
// mail does not have is "".
type Words struct {
	Subject, Title, Lead string
	Advice               string // what to do when all is well
	Button               string // on the link that the mail is about
	NotMe                string // what to do when it was somebody else
}

// Row describes one kind of mail.
type Row struct {
	Kind  Kind
	Means string // when it goes to whom, for operators and docs/rules.md
	// Event is the audit event of the change that the mail goes with. Both are
	// of one transaction.
	Event string
	// Security mails warn of what an attacker would do. Nobody can switch them
	// off, and each has room for the link that undoes it.
	Security bool
	// Always is for mails that are no warning and cannot be switched off either:
	// somebody waits for them.
	Always bool
	// Bulk mails go after everything else that is due: hundreds of them must not
	// keep somebody waiting who has asked for a new password.
	Bulk  bool
	Needs []Field // what Data must have, besides Organisation
	May   []Field // what it can have
	Words Words

	// TimeOnly mails say when and nothing else of where it came from: an admin's
	// place, device and address are not the user's business.
	TimeOnly bool
	// ByAdmin is the lead in place of Words.Lead when an admin did it. Such a mail
	// says the time only, too.
	ByAdmin string
	// Text is the sentence of the text message, for kinds that can leave as one.
	Text string
}

// Kinds is THE table of mails: what is not a row of it cannot be sent, and a
// mail without what its row needs is refused.
var Kinds = []Row{
	{
		Kind: PasswordChanged, Means: "To the user, after they changed their password.",
		Event: "auth.password_changed", Security: true,
		Needs: []Field{Origin, NotMe},
		Words: Words{
			"mail.passwordChanged.subject", "mail.passwordChanged.title", "mail.passwordChanged.lead",
			"mail.advice.nothingToDo", "", "mail.passwordChanged.notMe",
		},
	},
	{
		Kind: PasswordReset, Means: "To the user, when somebody asked for a new password.",
		Event: "auth.password_reset_requested", Security: true,
		Needs: []Field{Origin, Link}, May: []Field{NotMe},
		Words: Words{
			"mail.passwordReset.subject", "mail.passwordReset.title", "mail.passwordReset.lead",
			"mail.passwordReset.advice", "mail.passwordReset.button", "mail.passwordReset.notMe",
		},
	},
	{
		Kind: PasswordResetDone, Means: "To the user, after a new password was set through a mailed link.",
		Event: "auth.password_reset", Security: true,
		Needs: []Field{Origin, NotMe},
		Words: Words{
			"mail.passwordResetDone.subject", "mail.passwordResetDone.title", "mail.passwordResetDone.lead",
			"mail.passwordResetDone.advice", "", "mail.passwordResetDone.notMe",
		},
	},
	{
		Kind: VerifyEmail, Means: "To an address that an account names and nobody has proven.",
		Event: "user.email_verification_requested", Always: true,
		Needs: []Field{Link},
		Words: Words{
			"mail.verifyEmail.subject", "mail.verifyEmail.title", "mail.verifyEmail.lead",
			"mail.advice.askedForIt", "mail.verifyEmail.button", "",
		},
	},
	{
		Kind: Invitation, Means: "To somebody who is asked to join an organisation.",
		Event: "user.invited", Always: true, Bulk: true,
		Needs: []Field{Link}, May: []Field{InvitedBy},
		Words: Words{
			"mail.invitation.subject", "mail.invitation.title", "mail.invitation.lead",
			"mail.invitation.advice", "mail.invitation.button", "",
		},
	},
	{
		Kind: AccountLocked, Means: "To the user, when failed attempts locked their account.",
		Event: "auth.account_locked", Security: true,
		Needs: []Field{Origin, Attempts, Until, NotMe}, May: []Field{Link},
		Words: Words{
			"mail.accountLocked.subject", "mail.accountLocked.title", "mail.accountLocked.lead",
			"mail.accountLocked.advice", "mail.accountLocked.button", "mail.accountLocked.notMe",
		},
	},
	{
		Kind: EmailChangeConfirm, Means: "To the new address, before it becomes the address of an account.",
		Event: "user.email_change_requested", Always: true,
		Needs: []Field{Link}, // and no more: whether the address is theirs is not known yet
		Words: Words{
			"mail.emailChangeConfirm.subject", "mail.emailChangeConfirm.title", "mail.emailChangeConfirm.lead",
			"mail.advice.askedForIt", "mail.emailChangeConfirm.button", "",
		},
	},
	{
		Kind: EmailChanged, Means: "To the old address, after another one became the address of the account.",
		Event: "user.email_changed", Security: true,
		Needs: []Field{Origin, OldEmail, NewEmail, NotMe},
		Words: Words{
			"mail.emailChanged.subject", "mail.emailChanged.title", "mail.emailChanged.lead",
			"mail.advice.nothingToDo", "", "mail.emailChanged.notMe",
		},
	},
	{
		Kind: NewSignIn, Means: "To the user, after a sign-in on a device not seen before.",
		Event: "device.added", Security: true,
		Needs: []Field{Origin, NotMe}, May: []Field{Reasons, Mine},
		Words: Words{
			"mail.newSignIn.subject", "mail.newSignIn.title", "mail.newSignIn.lead",
			"mail.advice.nothingToDo", "", "mail.newSignIn.notMe",
		},
	},
	{
		Kind: SignInCode, Means: "To the user, with the code that they sign in or confirm an act with.",
		Event: "auth.code_sent", Always: true,
		Needs: []Field{Origin, Code},
		Words: Words{
			"mail.signInCode.subject", "mail.signInCode.title", "mail.signInCode.lead",
			"mail.signInCode.advice", "", "",
		},
		Text: "text.code",
	},
	{
		Kind: FactorCode, Means: "To the user, with the code that turns on codes by e-mail or text message.",
		Event: "auth.2fa_enrolment_started", Always: true,
		Needs: []Field{Origin, Code},
		Words: Words{
			"mail.factorCode.subject", "mail.factorCode.title", "mail.factorCode.lead",
			"mail.factorCode.advice", "", "",
		},
		Text: "text.code",
	},
	{
		Kind: FactorAdded, Means: "To the user, after a second factor was added.",
		Event: "auth.2fa_method_added", Security: true,
		Needs: []Field{Origin, NotMe, Method}, May: []Field{FactorName},
		Words: Words{
			"mail.factorAdded.subject", "mail.factorAdded.title", "mail.factorAdded.lead",
			"mail.advice.nothingToDo", "", "mail.factorAdded.notMe",
		},
	},
	{
		Kind: FactorRemoved, Means: "To the user, after a second factor was removed, by them or by an admin.",
		Event: "auth.2fa_method_removed", Security: true,
		Needs: []Field{Origin, NotMe, Method}, May: []Field{FactorName, ByAdmin},
		Words: Words{
			"mail.factorRemoved.subject", "mail.factorRemoved.title", "mail.factorRemoved.lead",
			"mail.advice.nothingToDo", "", "mail.factorRemoved.notMe",
		},
		ByAdmin: "mail.factorRemoved.byAdmin",
	},
	{
		Kind: BackupCodesMade, Means: "To the user, after new backup codes were made.",
		Event: "auth.2fa_recovery_codes_regenerated", Security: true,
		Needs: []Field{Origin, NotMe},
		Words: Words{
			"mail.backupCodesMade.subject", "mail.backupCodesMade.title", "mail.backupCodesMade.lead",
			"mail.advice.nothingToDo", "", "mail.backupCodesMade.notMe",
		},
	},
	{
		Kind: BackupCodeUsed, Means: "To the user, after a backup code stood in for their second factor.",
		Event: "auth.2fa_recovery_code_used", Security: true,
		Needs: []Field{Origin, NotMe, Remaining},
		Words: Words{
			"mail.backupCodeUsed.subject", "mail.backupCodeUsed.title", "mail.backupCodeUsed.lead",
			"mail.backupCodeUsed.advice", "", "mail.backupCodeUsed.notMe",
		},
	},
	{
		Kind: FactorsReset, Means: "To the user, after an admin removed every second factor.",
		Event: "auth.2fa_reset", Security: true,
		Needs: []Field{Origin}, May: []Field{NotMe},
		Words: Words{
			"mail.factorsReset.subject", "mail.factorsReset.title", "mail.factorsReset.lead",
			"mail.factorsReset.advice", "", "mail.factorsReset.notMe",
		},
		TimeOnly: true,
	},
	{
		Kind: PasskeySuspended, Means: "To the user, when a passkey looks copied and was suspended.",
		Event: "auth.passkey_suspended", Security: true,
		Needs: []Field{Origin, NotMe}, May: []Field{FactorName},
		Words: Words{
			"mail.passkeySuspended.subject", "mail.passkeySuspended.title", "mail.passkeySuspended.lead",
			"mail.passkeySuspended.advice", "", "mail.passkeySuspended.notMe",
		},
	},
	{
		Kind: SignInRefused, Means: "To the user, when a sign-in with their password was refused because it looked like somebody else's.",
		Event: "auth.sign_in_doubted", Security: true,
		Needs: []Field{Origin, Reasons, NotMe, Mine},
		Words: Words{
			"mail.signInRefused.subject", "mail.signInRefused.title", "mail.signInRefused.lead",
			"mail.signInRefused.advice", "", "mail.signInRefused.notMe",
		},
	},
	{
		Kind: DeviceFlagged, Means: "To the user, when a device of theirs was marked as compromised.",
		Event: "device.flagged", Security: true,
		Needs: []Field{Origin, DeviceName, Reasons}, May: []Field{NotMe, Mine},
		Words: Words{
			"mail.deviceFlagged.subject", "mail.deviceFlagged.title", "mail.deviceFlagged.lead",
			"mail.deviceFlagged.advice", "", "mail.deviceFlagged.notMe",
		},
	},
	{
		Kind: DeviceFlaggedAdmin, Means: "To each admin, when the device of somebody in the organisation was marked as compromised.",
		Event: "device.flagged", Always: true,
		Needs: []Field{Origin, DeviceName, Reasons, Person},
		Words: Words{
			"mail.deviceFlaggedAdmin.subject", "mail.deviceFlaggedAdmin.title", "mail.deviceFlaggedAdmin.lead",
			"mail.deviceFlaggedAdmin.advice", "", "",
		},
	},
	{
		Kind: DeviceConfirm, Means: "To the user, who has to confirm a device before it is trusted.",
		Event: "device.confirmation_requested", Always: true,
		Needs: []Field{Origin, Link},
		Words: Words{
			"mail.deviceConfirm.subject", "mail.deviceConfirm.title", "mail.deviceConfirm.lead",
			"mail.deviceConfirm.advice", "mail.deviceConfirm.button", "",
		},
	},
	{
		Kind: DeviceExpiring, Means: "To the user, some time before a device that they do not use is removed.",
		Event: "device.revocation_announced",
		Needs: []Field{DeviceName, Until},
		Words: Words{
			"mail.deviceExpiring.subject", "mail.deviceExpiring.title", "mail.deviceExpiring.lead",
			"mail.deviceExpiring.advice", "", "",
		},
	},
	{
		Kind: DeviceCopied, Means: "To the user, when a copy of a device's credential was used.",
		Event: "device.credential_reused", Security: true,
		Needs: []Field{Origin, NotMe, DeviceName},
		Words: Words{
			"mail.deviceCopied.subject", "mail.deviceCopied.title", "mail.deviceCopied.lead",
			"mail.deviceCopied.advice", "", "mail.deviceCopied.notMe",
		},
	},
}

var known = func() map[Kind]Row {
	m := make(map[Kind]Row, len(Kinds))
	for _, r := range Kinds {
		m[r.Kind] = r
	}
	return m
}()
