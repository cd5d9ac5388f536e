package policy

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
)

// TrustReason is why a device has its level of trust.
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

// TrustRow is one way to reach a level of trust.
type TrustRow struct {
	Reason TrustReason
	Level  sallyport.TrustLevel // the level it gives
	Means  string
}

// TrustRules is THE table of how devices earn trust. No rule is about age, because an old
// device can be in new hands.
var TrustRules = []TrustRow{
	{ChosenAtSignIn, sallyport.TrustLow, "Its owner chose to trust it when they signed in on it."},
	{FactorPassed, sallyport.TrustMedium, "A second factor was passed on it, other than a backup code or an approval on another device."},
	{ConfirmedElsewhere, sallyport.TrustMedium, "Its owner confirmed it from another device of at least this level."},
	{ConfirmedByMail, sallyport.TrustMedium, "Its owner confirmed it through a link mailed to them."},
	{PasskeyStepUp, sallyport.TrustHigh, "Its owner used a passkey that asked for a PIN, a finger or a face, on top of a sign-in."},
	{SetByAdmin, sallyport.TrustHigh, "An admin set its level: this one or a lower one."},
	{Cleared, sallyport.TrustLow, "An admin cleared it after it had been marked as compromised."},
	{Overdue, sallyport.TrustLow, "It was not verified for longer than policy allows."},
}

// LevelOf returns the level that a reason gives.
func LevelOf(r TrustReason) sallyport.TrustLevel {
	for _, row := range TrustRules {
		if row.Reason == r {
			return row.Level
		}
	}
	panic("policy: no row for trust reason " + string(r))
}

// Trust returns how much a device is trusted at a time: TrustNone when it is blocked, and at
// most TrustLow when policy wants it verified again.
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
	Method       string // of the second factor; "" for none
	UserVerified bool   // by the passkey
	StepUp       bool   // in a step-up, not in a sign-in
}

// Earned returns the level of a device under p after a proof on it, and the reason; "" when
// the proof earns nothing. A device below TrustLow earns nothing, and a method that p forbids
// by now earns nothing. A proof for the device's own level renews its verification.
func Earned(p sallyport.Policy, level sallyport.TrustLevel, s Shown) (sallyport.TrustLevel, TrustReason) {
	reason := TrustReason("")
	switch {
	case level < sallyport.TrustLow || !slices.Contains(p.MFAMethods, s.Method) || !sallyport.SecondFactor(s.Method):
		return level, ""
	case s.StepUp && sallyport.MethodOf(s.Method).Alone && s.UserVerified:
		reason = PasskeyStepUp
	default:
		reason = FactorPassed
	}
	if to := LevelOf(reason); to >= level {
		return to, reason
	}
	return level, "" // a proof for a lower level earns nothing
}

// Raise is how the owner of a device can raise its trust.
type Raise string

// Ways to raise the trust of a device.
const (
	RaiseNot     Raise = ""        // no way at present
	RaiseTrust   Raise = "trust"   // choose to trust the device in use
	RaiseConfirm Raise = "confirm" // confirm another device from the one in use
	RaiseVerify  Raise = "verify"  // prove something on the device in use
)

// MayRaise says how the trust of a usable device can be raised. toHigh says that a step-up
// can ask for a passkey now, which is the only way to the highest level.
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

// Values of Policy.DeviceCompromise: what happens to a device that looks compromised.
const (
	FlagCompromised  = "flag"
	AlertCompromised = "alert"
)
