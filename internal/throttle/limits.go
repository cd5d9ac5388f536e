package throttle

import (
	"time"

	"github.com/sallyport/sallyport"
)

// Scope is what a limit counts by.
type Scope string

// Scopes.
const (
	Account Scope = "account"
	Device  Scope = "device"
	Network Scope = "network"
	Reauth  Scope = "reauth"
	Opening Scope = "opening"
	Asking  Scope = "asking"
	Mailing Scope = "mailing"
	Factor  Scope = "factor"

	PasswordRun Scope = "password_run"
	FactorRun   Scope = "factor_run"

	Sending       Scope = "sending"
	Texting       Scope = "texting"
	ProvenTexting Scope = "proven_texting"
	NewNumbers    Scope = "new_numbers"
	TextedNews    Scope = "texted_news"
	NewMailboxes  Scope = "new_mailboxes"

	OwnMailing Scope = "own_mailing"
	OwnData    Scope = "own_data"
	Inviting   Scope = "inviting"
	Inviter    Scope = "inviter"

	Blocked Scope = "blocked"

	Picturing Scope = "picturing"
	Approving Scope = "approving"
)

// Rule is a limit under one policy: Failures tries within Window, then none for the time
// Lock.
type Rule struct {
	Failures int
	Window   time.Duration
	Lock     time.Duration

	Progressive bool // each failed try makes the next wait longer
	// Run: counted are failures in a row, however slow. A right answer ends the run. So does a
	// time without failures: Window for each that there was, so that a flood of names leaves
	// little behind, and nobody gets more guesses by waiting. At its limit only recovery helps.
	Run bool
}

// Limit is one row of the table.
type Limit struct {
	Scope   Scope
	Subject string // what the counter belongs to
	Stops   string // the attack it prevents, for docs/rules.md
	Source  string
	Rule    func(sallyport.Policy) Rule

	Locks  bool // a lock is reported as CodeAccountLocked; other refusals are CodeRateLimited
	Shared bool // many people share a counter: a right answer gives back its own try only
}

// Limits is THE table of limits.
var Limits = []Limit{
	{
		Scope: Account, Subject: "the normalised e-mail address, whether or not anybody has it", Locks: true,
		Stops: "guessing one account's password from many places", Source: "OWASP ASVS 5.0 6.3.1, NIST SP 800-63B-4 3.2.2",
		Rule: byPolicy,
	},
	{
		Scope: Device, Subject: "the account on one device that signed in to it before", Locks: true,
		Stops:  "a lockout turned against its owner: strangers spend the account's tries, the owner's device has its own",
		Source: "OWASP Authentication Cheat Sheet, device cookies",
		Rule:   byPolicy,
	},
	{
		Scope: Network, Subject: "the IPv4 address, or the /64 of an IPv6 address", Shared: true,
		Stops:  "trying a few passwords on each of many accounts from one place; wide, since offices and carriers share addresses",
		Source: "OWASP ASVS 5.0 6.3.1, credential stuffing",
		Rule:   fixed(100, 15*time.Minute, 15*time.Minute),
	},
	{
		Scope: Opening, Subject: "the IPv4 address, or the /64 of an IPv6 address, when it starts a sign-in; a device that signed in before has its own", Shared: true,
		Stops: "filling the database with sign-ins that nobody goes on with", Source: "OWASP ASVS 5.0 2.4.1",
		Rule: fixed(300, 15*time.Minute, 5*time.Minute),
	},
	{
		Scope: Asking, Subject: "the IPv4 address, or the /64 of an IPv6 address, when it asks for a new password", Shared: true,
		Stops: "finding out addresses, and mailing others through us", Source: "OWASP Forgot Password Cheat Sheet",
		Rule: fixed(30, time.Hour, 15*time.Minute),
	},
	{
		Scope: Mailing, Subject: "the normalised e-mail address that somebody asks a link for without a proof; past it nothing is sent and nothing said",
		Stops: "filling somebody's mailbox", Source: "OWASP Forgot Password Cheat Sheet",
		Rule: fixed(4, time.Hour, time.Hour),
	},
	{
		Scope: Reauth, Subject: "the session, when it is asked for the password", Locks: true,
		Stops:  "guessing the password from a stolen session; the owner's other sessions have their own tries",
		Source: "OWASP ASVS 5.0 7.5.1",
		Rule:   byPolicy,
	},
	{
		Scope: PasswordRun, Locks: true,
		Subject: "wrong passwords in a row: of strangers by address; of each device that signed in before; of the sessions of each device. " +
			"Then only a new password, or an admin, helps that party",
		Stops: "guessing slowly, below every other limit", Source: "NIST SP 800-63B-4 3.2.2",
		Rule: run,
	},
	{
		Scope: Factor, Locks: true,
		Subject: "the user: strangers together, each device that signed in before, each session; for second factors of every kind, at sign-in, step-up and enrolment",
		Stops:   "guessing codes once the password is known; a right password does not give these tries back, nor does a link by mail; a right code does",
		Source:  "NIST SP 800-63B-4 3.2.2, OWASP ASVS 5.0 6.6.3",
		Rule:    byPolicy,
	},
	{
		Scope: FactorRun, Locks: true,
		Subject: "wrong answers with one method in a row: of strangers, of each device that signed in before, of the sessions of each device. " +
			"Then only a backup code, setting the method up anew, or an admin helps that party",
		Stops: "guessing slowly, below every other limit", Source: "NIST SP 800-63B-4 3.2.2",
		Rule: run,
	},
	{
		Scope: Sending, Subject: "the user a code is sent to: for strangers with the password together, for each device that signed in before, and for the sessions of each device",
		Stops: "filling somebody's phone or mailbox with codes", Source: "OWASP ASVS 5.0 6.6.3",
		Rule: fixed(5, 15*time.Minute, 15*time.Minute),
	},
	{
		Scope: Texting, Subject: "the phone number a code is sent to before anybody has proven it; whoever has proven it has quotas of their own",
		Stops: "making the service text numbers that earn money by it, and pestering their owners", Source: "OWASP ASVS 5.0 6.6.3",
		Rule: fixed(10, 24*time.Hour, 24*time.Hour),
	},
	{
		Scope: ProvenTexting, Subject: "the proven phone number of a user, for the same parties as above",
		Stops: "running up costs for one number", Source: "OWASP ASVS 5.0 6.6.3",
		Rule: fixed(10, 24*time.Hour, 24*time.Hour),
	},
	{
		Scope: NewNumbers, Subject: "the user who has codes sent to numbers that they have not proven",
		Stops: "one user texting many numbers", Source: "OWASP ASVS 5.0 2.4.1",
		Rule: fixed(10, 24*time.Hour, 24*time.Hour),
	},
	{
		Scope: TextedNews, Subject: "the user whose phone is told what happened on their account; past it their mailbox is told alone",
		Stops: "running up costs, and pestering somebody, by what is tried on their account", Source: "OWASP ASVS 5.0 6.6.3",
		Rule: fixed(10, 24*time.Hour, 24*time.Hour),
	},
	{
		Scope: NewMailboxes, Subject: "the user who has codes sent to e-mail addresses that they have not proven; and the normalised address that they go to, by a counter of its own",
		Stops: "pestering others by way of one's own account", Source: "OWASP ASVS 5.0 2.4.1",
		Rule: fixed(10, 24*time.Hour, 24*time.Hour),
	},
	{
		Scope: OwnMailing, Subject: "the user and kind of a link that is asked for in a session; for the sessions of each device. Past it the answer says so",
		Stops: "filling one's own mailbox from a stolen session", Source: "OWASP ASVS 5.0 2.4.1",
		Rule: fixed(4, time.Hour, time.Hour),
	},
	{
		Scope: OwnData, Subject: "the user who downloads what the service holds on them",
		Stops: "keeping the database busy, and carrying somebody's data off again and again", Source: "OWASP ASVS 5.0 2.4.1",
		Rule: fixed(5, time.Hour, time.Hour),
	},
	{
		Scope: Inviting, Subject: "the normalised e-mail address that an admin invites, or mails a link for a new password",
		Stops: "pestering somebody with invitations", Source: "OWASP ASVS 5.0 2.4.1",
		Rule: fixed(5, 24*time.Hour, 24*time.Hour),
	},
	{
		// As many as a list has at most, so that an organisation comes aboard in one day; whoever
		// holds an admin's session reaches no more people than that, each with a fixed text.
		Scope: Inviter, Subject: "the admin who does that; one list of people is within it",
		Stops: "mailing the world through us from one stolen session", Source: "OWASP ASVS 5.0 2.4.1",
		Rule: fixed(1000, 24*time.Hour, 24*time.Hour),
	},
	{
		// The count is of what is recorded. What is refused is all that store.Queries.Admit is asked
		// about.
		Scope: Blocked,
		Subject: "the name that somebody tries to sign in with from a network that an admin blocked, whether or not anybody has it. " +
			"Nothing is let in from there for as long as the admin said, 30 days at most, known devices no more than others; one refusal of a name is recorded",
		Stops: "whatever an admin sees coming from a network; and filling the log with what is refused", Source: "OWASP ASVS 5.0 6.3.1, OWASP Credential Stuffing Prevention Cheat Sheet",
		Rule: fixed(1, recordEvery, recordEvery),
	},
	{
		// A denial spends what is left: see Counters.Exhaust.
		Scope: Approving,
		Subject: "the user whose devices are asked to approve a sign-in: requests in a row that nobody approved. " +
			"A denial counts as all of them; an approval, and a backup code, end the run. Other methods stay",
		Stops: "asking until somebody gives in", Source: "OWASP Multifactor Authentication Cheat Sheet, CISA Implementing Number Matching in MFA Applications",
		Rule: fixed(3, time.Hour, time.Hour),
	},
	{
		Scope: Picturing, Subject: "the user who sends a picture, whether or not it can be used",
		Stops: "keeping the server busy with decoding pictures", Source: "OWASP ASVS 5.0 2.4.1, OWASP File Upload Cheat Sheet",
		Rule: fixed(20, time.Hour, 15*time.Minute),
	},
}

func byPolicy(p sallyport.Policy) Rule {
	return Rule{Failures: p.LockoutFailures, Window: p.LockoutWindow, Lock: p.LockoutDuration, Progressive: p.LockoutProgressive}
}

// LongestRun is how many failures in a row suspend a way to prove oneself.
const LongestRun = 100

func run(sallyport.Policy) Rule {
	return Rule{Failures: LongestRun, Window: 4 * 24 * time.Hour, Run: true}
}

func fixed(tries int, window, lock time.Duration) func(sallyport.Policy) Rule {
	return func(sallyport.Policy) Rule { return Rule{Failures: tries, Window: window, Lock: lock} }
}

func rule(s Scope, p sallyport.Policy) Rule { return limit(s).Rule(p) }

func limit(s Scope) Limit {
	for _, l := range Limits {
		if l.Scope == s {
			return l
		}
	}
	panic("throttle: no limit for scope " + string(s))
}
