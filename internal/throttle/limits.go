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
	Sending Scope = "sending"
	Texting Scope = "texting"
)

// lockout lists the scopes whose lock is reported as CodeAccountLocked. Other scopes are
// reported as CodeRateLimited.
var lockout = map[Scope]bool{Account: true, Device: true, Reauth: true, Factor: true}

// Rule is a limit under one policy: Failures tries within Window, then none for the time
// Lock.
type Rule struct {
	Failures int
	Window   time.Duration
	Lock     time.Duration

	Progressive bool // each failed try makes the next wait longer
}

// Limit is one row of the table.
type Limit struct {
	Scope   Scope
	Subject string // what the counter belongs to
	Stops   string // the attack it prevents, for docs/rules.md
	Source  string
	Rule    func(sallyport.Policy) Rule
}

// Limits is THE table of limits.
var Limits = []Limit{
	{
		Account, "the normalised e-mail address, whether or not anybody has it",
		"guessing one account's password from many places",
		"OWASP ASVS 5.0 6.3.1, NIST SP 800-63B-4 3.2.2",
		byPolicy,
	},
	{
		Device, "the account on one device that signed in to it before",
		"a lockout turned against its owner: strangers spend the account's tries, the owner's device has its own",
		"OWASP Authentication Cheat Sheet, device cookies",
		byPolicy,
	},
	{
		Network, "the IPv4 address, or the /64 of an IPv6 address",
		"trying a few passwords on each of many accounts from one place; wide, since offices and carriers share addresses",
		"OWASP ASVS 5.0 6.3.1, credential stuffing",
		func(sallyport.Policy) Rule {
			return Rule{Failures: 100, Window: 15 * time.Minute, Lock: 15 * time.Minute}
		},
	},
	{
		Opening, "the IPv4 address, or the /64 of an IPv6 address, when it starts a sign-in",
		"filling the database with sign-ins that nobody goes on with",
		"OWASP ASVS 5.0 2.4.1",
		func(sallyport.Policy) Rule {
			return Rule{Failures: 300, Window: 15 * time.Minute, Lock: 5 * time.Minute}
		},
	},
	{
		Asking, "the IPv4 address, or the /64 of an IPv6 address, when it asks for a new password",
		"finding out addresses, and mailing others through us",
		"OWASP Forgot Password Cheat Sheet",
		func(sallyport.Policy) Rule { return Rule{Failures: 30, Window: time.Hour, Lock: 15 * time.Minute} },
	},
	{
		Mailing, "the normalised e-mail address a link is asked for; past it nothing is sent and nothing said",
		"filling somebody's mailbox",
		"OWASP Forgot Password Cheat Sheet",
		func(sallyport.Policy) Rule { return Rule{Failures: 4, Window: time.Hour, Lock: time.Hour} },
	},
	{
		Reauth, "the user, when asked for the password inside a session",
		"guessing the password from a stolen session",
		"OWASP ASVS 5.0 7.5.1",
		byPolicy,
	},
	{
		Factor, "the user, on each device that signed in before apart; for second factors of every kind, at sign-in, step-up and enrolment",
		"guessing codes once the password is known; a right password does not give these tries back, a right code does",
		"NIST SP 800-63B-4 3.2.2, OWASP ASVS 5.0 6.6.3",
		byPolicy,
	},
	{
		Sending, "the user a code is sent to",
		"filling somebody's phone or mailbox with codes",
		"OWASP ASVS 5.0 6.6.3",
		func(sallyport.Policy) Rule {
			return Rule{Failures: 5, Window: 15 * time.Minute, Lock: 15 * time.Minute}
		},
	},
	{
		Texting, "the phone number a code is sent to",
		"making the service text numbers that earn money by it, and pestering their owners",
		"OWASP ASVS 5.0 6.6.3",
		func(sallyport.Policy) Rule { return Rule{Failures: 10, Window: 24 * time.Hour, Lock: 24 * time.Hour} },
	},
}

func byPolicy(p sallyport.Policy) Rule {
	return Rule{p.LockoutFailures, p.LockoutWindow, p.LockoutDuration, p.LockoutProgressive}
}

func rule(s Scope, p sallyport.Policy) Rule {
	for _, l := range Limits {
		if l.Scope == s {
			return l.Rule(p)
		}
	}
	panic("throttle: no limit for scope " + string(s))
}
