package signin

import (
	"github.com/sallyport/sallyport/internal/link"
)

// Way is a row about how somebody comes to a session or, without one, does something to an
// account.
type Way struct {
	Name   string
	Proves string    // what it takes
	Opens  string    // what there is at its end
	Never  string    // what it never goes past
	Counts string    // what the session counts as having proven
	Link   link.Kind // the mailed link that it is; "" for none
	// Routes are those that are reached without a proof. One that ends with * stands for all
	// that begin like it.
	Routes []string
}

// decided is what every way into a session goes past.
const decided = "`next`: a disabled or closed account, required single sign-on, a second factor that the account has or policy asks for, a blocked device or network, a password that must be changed"

// Ways is THE table of ways in. A test compares it with the routes that need no session.
var Ways = []Way{
	{
		Name: "Password", Proves: "the e-mail address and the password; a try is spent before it is compared", Opens: "a sign-in, in which `next` says what follows",
		Never: decided, Counts: "password",
		Routes: []string{
			"POST /sign-in", "GET /sign-in", "POST /sign-in/forget-device", "POST /api/v1/sign-in", "GET /api/v1/sign-in/{flowId}", "POST /api/v1/sign-in/{flowId}/password",
		},
	},
	{
		Name: "Passkey instead of a password", Proves: "a signature over a challenge of this sign-in, with the user verified by the authenticator", Opens: "the same",
		Never: decided + "; a passkey that is suspended, or that policy forbids as the only proof", Counts: "passkey, which is two factors",
		Routes: []string{"POST /sign-in/passkey", "POST /sign-in/passkey/options", "POST /api/v1/passkey-sign-in", "POST /api/v1/sign-in/{flowId}/passkey"},
	},
	{
		Name: "Identity provider", Proves: "a signed answer to what this browser asked, once; the account is tied to provider and subject, never to an address alone", Opens: "the same; an account that merely has the address is linked after a mailed code and, where it has them, its other proofs",
		Never: decided + "; a second factor is only what the provider vouches for where the organisation trusts it in that", Counts: "provider, with or without a second factor",
		Routes: []string{
			"POST /sign-in/provider", "* /sign-in/link", "* /sso/{provider}/callback", "POST /sso/finish",
			"GET /api/v1/sign-in-providers", "POST /api/v1/provider-sign-in", "POST /api/v1/sign-in/{flowId}/provider", "POST /api/v1/sign-in/{flowId}/provider/answer", "POST /api/v1/sign-in/{flowId}/link",
		},
	},
	{
		Name: "Code of an app, by SMS or by e-mail", Proves: "a code of this moment, or one that was sent for this sign-in; once, and within the limits of the factor", Opens: "the next step of a sign-in whose first proof was given; never one by itself",
		Never: decided + "; the lock of the factor", Counts: "second factor",
		Routes: []string{"* /sign-in/factor", "POST /sign-in/factor/send", "POST /api/v1/sign-in/{flowId}/factor", "POST /api/v1/sign-in/{flowId}/factor/send"},
	},
	{
		Name: "Backup code", Proves: "one of the codes that were shown once", Opens: "the same, in place of any second factor; in a sign-in the trust of devices ends",
		Never: decided + "; it works once, and replaces no password", Counts: "second factor",
		Routes: []string{"* /sign-in/factor", "POST /api/v1/sign-in/{flowId}/factor"},
	},
	{
		Name: "Approval on another device", Proves: "that somebody at a trusted device of the same user, signed in there, chose the number that the asking browser shows", Opens: "the same, within two minutes, once",
		Never: decided + "; three requests that nobody approved, or one denial, close it for an hour; it opens no closed account", Counts: "second factor",
		Routes: []string{"GET /sign-in/factor/state", "* /sign-in/factor", "POST /api/v1/sign-in/{flowId}/factor"},
	},
	{
		Name: "The rest of a sign-in", Proves: "nothing further: setting up a factor, a new password, the question about the device", Opens: "the session, when all that `next` asks for is done",
		Never: decided + "; what it sets up proves nothing in the same session", Counts: "what was proven before",
		Routes: []string{
			"* /sign-in/new-password", "* /sign-in/device", "* /sign-in/enrol*",
			"POST /api/v1/sign-in/{flowId}/change-password", "POST /api/v1/sign-in/{flowId}/enrol*", "POST /api/v1/sign-in/{flowId}/device",
		},
	},
	{
		Name: "New password by a mailed link", Link: link.Reset, Proves: "the mailbox", Opens: "no session: a new password, the end of all sessions and of the trust of devices",
		Never: "a second factor, which the next sign-in asks for; a closed account; required single sign-on; the rules for passwords", Counts: "nothing",
		Routes: []string{"* /recovery*", "POST /api/v1/recovery*"},
	},
	{
		Name: "Invitation", Link: link.Invitation, Proves: "the mailbox to which an admin sent it", Opens: "no session: a name and a password for an account that has none; its owner then signs in",
		Never: "an account whose user joined already; the rules for passwords; the second factor that policy asks for at the sign-in", Counts: "nothing",
		Routes: []string{"* /invitation/*", "POST /api/v1/accept-invitation"},
	},
	{
		Name: "Confirmed address", Link: link.VerifyEmail, Proves: "the mailbox", Opens: "no session: the address counts as proven",
		Never: "anything else", Counts: "nothing", Routes: []string{"* /verify-email/*", "POST /api/v1/verify-email"},
	},
	{
		Name: "Unlock", Link: link.Unlock, Proves: "the mailbox", Opens: "no session: the lock of the password ends before its time, where policy allows it",
		Never: "a lock of second factors; a run of failures that only recovery ends", Counts: "nothing", Routes: []string{"* /unlock/*", "POST /api/v1/unlock"},
	},
	{
		Name: "It was me", Link: link.Mine, Proves: "the mailbox", Opens: "no session: an unusual sign-in counts as answered",
		Never: "the risk of the next sign-in, which is judged anew", Counts: "nothing", Routes: []string{"* /it-was-me/*", "POST /api/v1/it-was-me"},
	},
	{
		Name: "It wasn't me", Link: link.NotMe, Proves: "the mailbox; closing the account in the same step takes the password too", Opens: "no session: takes back what was added, ends sessions",
		Never: "what the account needed before: with its last second factor gone it is closed", Counts: "nothing", Routes: []string{"* /not-me/*", "POST /api/v1/not-me*"},
	},
	{
		Name: "Link about a device", Link: link.Device, Proves: "the mailbox", Opens: "no session: the device whose user asked for it is trusted",
		Never: "a device that was blocked or flagged; the higher level that a second factor gives", Counts: "nothing", Routes: []string{"* /trust-device/*", "POST /api/v1/trust-device"},
	},
	{
		Name: "Reopening a closed account", Link: link.Reopen, Proves: "the mailbox, and in the sign-in that begins a proof that is older than the dispute", Opens: "a sign-in in which `next` says what follows",
		Never: decided + "; the mailbox alone is never enough where a second factor was", Counts: "what is proven in the sign-in", Routes: []string{"* /reopen/*", "POST /api/v1/reopen"},
	},
	{
		Name: "Undoing a change of address", Link: link.UndoEmail, Proves: "the former mailbox, for seven days", Opens: "no session: the account is closed until an older proof or an admin opens it",
		Never: "that closing: the former mailbox alone does not get the account", Counts: "nothing", Routes: []string{"* /undo-email/*", "POST /api/v1/undo-email"},
	},
	{
		Name: "Set-up", Proves: "a secret of 256 bits that `serve` prints on the console of a database without an owner", Opens: "the first account, its password and a session, once",
		Never: "the rules for passwords; an installation that has an owner", Counts: "password", Routes: []string{"* /setup/*"},
	},
	{
		Name: "Command line", Proves: "the rights to the data folder and the database", Opens: "no session: accounts, links, resets; each in the audit log as the operator's",
		Never: "the audit log; a second factor at the next sign-in, but by a reset of its own", Counts: "nothing",
	},
}
