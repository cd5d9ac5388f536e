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
	// Bulk mails go after everything else that is due: hundreds of them must not
	// keep somebody waiting who has asked for a new password.
	Bulk  bool
	Needs []Field // what Data must have, besides Organisation
	May   []Field // what it can have
	Words Words
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
		Event: "user.email_verification_requested",
		Needs: []Field{Link},
		Words: Words{
			"mail.verifyEmail.subject", "mail.verifyEmail.title", "mail.verifyEmail.lead",
			"mail.advice.askedForIt", "mail.verifyEmail.button", "",
		},
	},
	{
		Kind: Invitation, Means: "To somebody who is asked to join an organisation.",
		Event: "user.invited", Bulk: true,
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
		Event: "user.email_change_requested",
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
		Needs: []Field{Origin, NotMe},
		Words: Words{
			"mail.newSignIn.subject", "mail.newSignIn.title", "mail.newSignIn.lead",
			"mail.advice.nothingToDo", "", "mail.newSignIn.notMe",
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
