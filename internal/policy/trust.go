package policy

import (
	"time"

	"github.com/sallyport/sallyport"
)

// TrustReason is how a device came to its level of trust.
type TrustReason string

// Reasons.
const (
	ChosenAtSignIn     TrustReason = "chosen_at_sign_in"
	FactorPassed       TrustReason = "factor_passed"
	ConfirmedElsewhere TrustReason = "confirmed_elsewhere"
	ConfirmedByMail    TrustReason = "confirmed_by_mail"
	PasskeyStepUp      TrustReason = "passkey_step_up"
	SetByAdmin         TrustReason = "set_by_admin"
	Cleared            TrustReason = "cleared_by_admin"
	Overdue            TrustReason = "verification_overdue"
)

// TrustRow is one way to a level of trust.
type TrustRow struct {
	Reason TrustReason
	Level  sallyport.TrustLevel // that it leads to
	Means  string
}

// TrustRules is THE table of how devices earn trust. None is about age: that a device
// has been around for long says nothing of who holds it now.
var TrustRules = []TrustRow{
	{ChosenAtSignIn, sallyport.TrustLow, "Its owner chose to trust it when they signed in on it."},
	{FactorPassed, sallyport.TrustMedium, "A second factor was passed on it, other than a backup code."},
	{ConfirmedElsewhere, sallyport.TrustMedium, "Its owner confirmed it from another device of at least this level."},
	{ConfirmedByMail, sallyport.TrustMedium, "Its owner confirmed it through a link mailed to them."},
	{PasskeyStepUp, sallyport.TrustHigh, "Its owner used a passkey that asked for a PIN, a finger or a face, on top of a sign-in."},
	{SetByAdmin, sallyport.TrustHigh, "An admin set its level: this one or a lower one."},
	{Cleared, sallyport.TrustLow, "An admin cleared it after it had been marked as compromised."},
	{Overdue, sallyport.TrustLow, "It was not verified for longer than policy allows."},
}

// LevelOf returns the level a reason leads to.
func LevelOf(r TrustReason) sallyport.TrustLevel {
	for _, row := range TrustRules {
		if row.Reason == r {
			return row.Level
		}
	}
	panic("policy: no row for trust reason " + string(r))
}

// Trust returns how much a device is trusted at a moment: not at all when it is
// blocked, and at most TrustLow when policy asks for it to be verified again.
func Trust(p sallyport.Policy, d sallyport.Device, now time.Time) sallyport.TrustLevel {
	switch {
	case d.Status != sallyport.DeviceActive || d.Compromised():
		return sallyport.TrustNone
	case d.TrustLevel > sallyport.TrustLow && p.DeviceReverify > 0 && now.Sub(d.VerifiedAt) >= p.DeviceReverify:
		return sallyport.TrustLow
	}
	return d.TrustLevel
}

// Shown is what was proven on a device.
type Shown struct {
	Method       string // of the second factor that was passed; "" for none
	UserVerified bool   // by a passkey
	StepUp       bool   // on top of a sign-in
}

// Earned returns the level a device has after something was proven on it, and why; ""
// when that earns nothing. A device nobody chose to trust earns nothing, and one that
// is at the level already is verified anew.
func Earned(level sallyport.TrustLevel, s Shown) (sallyport.TrustLevel, TrustReason) {
	reason := TrustReason("")
	switch {
	case level < sallyport.TrustLow || s.Method == "" || !sallyport.SecondFactor(s.Method):
		return level, ""
	case s.StepUp && sallyport.MethodOf(s.Method).Alone && s.UserVerified:
		reason = PasskeyStepUp
	default:
		reason = FactorPassed
	}
	if to := LevelOf(reason); to >= level {
		return to, reason
	}
	return level, "" // what is worth less than what it has proves nothing for that level
}

// Raise is how the owner of a device can have it trusted more.
type Raise string

// Ways to have a device trusted more.
const (
	RaiseNot     Raise = ""        // there is none at this moment
	RaiseTrust   Raise = "trust"   // they choose to trust the one in use
	RaiseConfirm Raise = "confirm" // another one, from the one in use
	RaiseVerify  Raise = "verify"  // they prove something on the one in use
)

// MayRaise says how a device that may be used can be trusted more than it is. toHigh
// says that a passkey can be asked for now, which is the only way to the highest level.
func MayRaise(level sallyport.TrustLevel, inUse, toHigh bool) Raise {
	switch {
	case !inUse && level < LevelOf(ConfirmedElsewhere):
		return RaiseConfirm
	case inUse && level == sallyport.TrustNone:
		return RaiseTrust
	case inUse && (level < LevelOf(FactorPassed) || toHigh && level < LevelOf(PasskeyStepUp)):
		return RaiseVerify
	}
	return RaiseNot
}

// What happens to a device that looks compromised: values of Policy.DeviceCompromise.
const (
	FlagCompromised  = "flag"
	AlertCompromised = "alert"
)
