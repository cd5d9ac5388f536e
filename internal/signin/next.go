package signin

import "github.com/sallyport/sallyport"

// State is where a flow stands: what the person has to do next.
type State string

// States. Done and Deny end the flow.
const (
	Password       State = "password"       // or a passkey instead
	Factor         State = "factor"         // prove a second factor
	Enrol          State = "enrol"          // set one up, the organisation asks for it
	Device         State = "device"         // "Trust this device?"
	ChangePassword State = "changePassword" // before anything else
	Done           State = "done"
	Deny           State = "deny"
)

// facts is all that next decides by. Those a step established are stored with
// the flow; the others are gathered anew at each step, so that what an admin
// changes in the middle of a sign-in counts.
type facts struct {
	PrimaryProven  bool `json:"primaryProven,omitempty"` // the password, or a passkey instead
	FactorProven   bool `json:"factorProven,omitempty"`
	DeviceAnswered bool `json:"deviceAnswered,omitempty"` // trusted, or told not to
	Breached       bool `json:"breached,omitempty"`       // the password proven is known from a data breach

	Disabled           bool `json:"-"` // the account
	HasFactor          bool `json:"-"` // an active second factor that policy allows
	HasCodes           bool `json:"-"` // backup codes that were not used
	FactorRequired     bool `json:"-"` // by policy or because the account has one
	DeviceKnown        bool `json:"-"`
	DeviceBlocked      bool `json:"-"` // suspended, revoked or compromised
	DeviceTrusted      bool `json:"-"`
	AskTrust           bool `json:"-"` // an unknown device is asked about
	RequireTrusted     bool `json:"-"`
	SkipFactor         bool `json:"-"` // policy asks for none on a device trusted this much
	Suspicious         bool `json:"-"` // it looks like somebody else's, and policy refuses that
	MustChangePassword bool `json:"-"`
}

// next decides what comes next, and for Deny the reason. It is the only place
// that does. The order is the gate's: nothing behind a door shows before that
// door has opened, so that a stranger without the password learns nothing of
// the account, and one without the second factor nothing of its devices.
func next(f facts) (State, sallyport.Code) {
	switch {
	case !f.PrimaryProven:
		return Password, ""
	case f.Disabled:
		return Deny, sallyport.CodeAccountDisabled
	case f.FactorRequired && !f.HasFactor && f.HasCodes && !f.FactorProven:
		return Factor, "" // what it had was suspended or forbidden: no reason to take the password alone
	case f.FactorRequired && !f.HasFactor:
		return Enrol, ""
	case f.FactorRequired && !f.FactorProven && !f.SkipFactor:
		return Factor, ""
	case f.DeviceBlocked, f.Suspicious:
		return Deny, sallyport.CodeDeviceNotTrusted
	case !f.DeviceTrusted && f.AskTrust && !f.DeviceAnswered:
		return Device, ""
	case f.RequireTrusted && !f.DeviceTrusted:
		return Deny, sallyport.CodeDeviceNotTrusted
	case f.MustChangePassword:
		return ChangePassword, ""
	}
	return Done, ""
}

// nextStepUp decides what comes next for somebody who is signed in and has to
// prove what ask names. Done is also where nobody can prove more.
func nextStepUp(f facts, ask sallyport.StepUp) (State, sallyport.Code) {
	switch {
	case f.Disabled:
		return Deny, sallyport.CodeAccountDisabled
	case ask.Password && !f.PrimaryProven:
		return Password, ""
	case ask.Factor && f.HasFactor && !f.FactorProven:
		return Factor, ""
	}
	return Done, ""
}
