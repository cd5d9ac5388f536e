package policy

import (
	"slices"

	"github.com/sallyport/sallyport"
)

// Counts reports whether a factor proves anything under p: it is active, and its
// method is one that p allows at this moment.
func Counts(p sallyport.Policy, f sallyport.Factor) bool {
	return f.Status == sallyport.FactorActive && slices.Contains(p.MFAMethods, f.Method)
}

// HasFactor reports whether one of the factors makes a sign-in two-factor under p.
// Backup codes alone do not: they stand in for another method.
func HasFactor(p sallyport.Policy, factors []sallyport.Factor) bool {
	return slices.ContainsFunc(factors, func(f sallyport.Factor) bool {
		return sallyport.SecondFactor(f.Method) && Counts(p, f)
	})
}

// Enforced reports whether p, or an admin for this user, demands a second factor.
func Enforced(p sallyport.Policy, u sallyport.User) bool {
	switch {
	case u.MFARequired, p.MFAEnforced == sallyport.EnforcedEveryone:
		return true
	case p.MFAEnforced == sallyport.EnforcedAdmins:
		return u.Role != sallyport.RoleMember // any role with rights over others
	}
	return false
}

// FactorRequired reports whether a sign-in needs a second factor: it is demanded,
// or the account has one. One that p no longer allows, or that is suspended, does
// not count and still asks for another in its place: neither forbidding text
// messages nor a copy of a passkey may make an account that had nothing else one
// with a password only.
func FactorRequired(p sallyport.Policy, u sallyport.User, factors []sallyport.Factor) bool {
	return Enforced(p, u) || slices.ContainsFunc(factors, func(f sallyport.Factor) bool {
		had := f.Status == sallyport.FactorActive || f.Status == sallyport.FactorSuspended
		return had && sallyport.SecondFactor(f.Method)
	})
}
