package policy

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
)

// Counts reports whether a factor can prove anything under p: it is active, and p allows
// its method now.
func Counts(p sallyport.Policy, f sallyport.Factor) bool {
	return f.Status == sallyport.FactorActive && slices.Contains(p.MFAMethods, f.Method)
}

// HasFactor reports whether one of the factors makes a sign-in two-factor under p. Backup
// codes alone do not, nor what only stands beside another method.
func HasFactor(p sallyport.Policy, factors []sallyport.Factor) bool {
	return slices.ContainsFunc(factors, func(f sallyport.Factor) bool {
		return sallyport.SecondFactor(f.Method) && Counts(p, f)
	})
}

// Had reports whether one of the factors made a sign-in two-factor under this or an earlier
// policy, and was not removed since. One that is suspended, or that policy forbids by now,
// cannot be used as before but is still a reason to ask for one. Otherwise forbidding text
// messages, or copying a passkey, would leave the account with only a password. So would a reset
// by an admin: the code that they handed over stands for what it removed, also when its time is over.
func Had(factors []sallyport.Factor) bool {
	return slices.ContainsFunc(factors, func(f sallyport.Factor) bool {
		had := f.Status == sallyport.FactorActive || f.Status == sallyport.FactorSuspended
		return had && sallyport.SecondFactor(f.Method) || f.HandedOver()
	})
}

// Provable reports whether factor f, of all factors of an account, may be proven under p. It
// is active, and p allows its method. When p allows none of the account's factors, those that
// it forbids may still be proven, backup codes too: before an allowed one is set up, its owner
// has to prove what the account was protected by (NIST SP 800-63B-4 section 4.1.2).
func Provable(p sallyport.Policy, f sallyport.Factor, all []sallyport.Factor) bool {
	return Counts(p, f) || f.Status == sallyport.FactorActive && !HasFactor(p, all)
}

// Reopens reports whether a factor opens an account that was closed because it is in danger,
// together with the mailbox: it is older than what put the account in danger, and it is not
// the mailbox itself, nor one that rests on sessions, of which a closed account has none.
func Reopens(f sallyport.Factor, disputedSince time.Time) bool {
	m := sallyport.MethodOf(f.Method)
	return f.Status == sallyport.FactorActive && f.VerifiedAt.Before(disputedSince) && !m.Mailbox && !m.Beside
}

// Enforced reports whether p, or an admin for this user, requires a second factor now. An
// exemption holds against p, and not against the admin.
func Enforced(p sallyport.Policy, u sallyport.User, now time.Time) bool {
	switch {
	case u.MFARequired:
		return true
	case Exempt2FA(u, now):
		return false
	case p.MFAEnforced == sallyport.EnforcedEveryone:
		return true
	case p.MFAEnforced == sallyport.EnforcedAdmins:
		return OverOthers(u)
	}
	return false
}

// OverOthers reports whether a user's role has any rights over others.
func OverOthers(u sallyport.User) bool {
	return u.Role == sallyport.RoleOwner || u.Role == sallyport.RoleAdmin || u.Granted != ""
}

// Exempt2FA reports whether an admin exempts a user from the second factor that policy demands.
func Exempt2FA(u sallyport.User, now time.Time) bool { return now.Before(u.MFAExemptUntil) }

// FactorRequired reports whether a sign-in needs a second factor: because one is enforced,
// or because the account has one, whatever its state.
func FactorRequired(p sallyport.Policy, u sallyport.User, factors []sallyport.Factor, now time.Time) bool {
	return Enforced(p, u, now) || Had(factors)
}
