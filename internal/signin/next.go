package signin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// State says what the person has to do next in a flow.
type State string

// States. Done and Deny end the flow.
const (
	Password       State = "password"        // or a passkey instead, or a sign-in at an identity provider
	Link           State = "link"            // prove the account that one at an identity provider is to be linked with
	Factor         State = "factor"          // prove a second factor
	Enrol          State = "enrol"           // set up a second factor, which the organisation requires
	Device         State = "device"          // "Trust this device?"
	ChangePassword State = "change_password" // before anything else
	Done           State = "done"
	Deny           State = mfa.FlowDenied
)

// facts is everything that next decides by. Facts that a step established are stored
// with the flow; the others are read again at each step, so that a change by an admin
// during the sign-in counts.
type facts struct {
	PrimaryProven  bool `json:"primaryProven,omitempty"`  // the password, or a passkey instead
	FactorProven   bool `json:"factorProven,omitempty"`   // one that policy allows or, where the account has none, any of CanProve
	Linking        bool `json:"linking,omitempty"`        // the account has the address that an identity provider named, and has to be proven too
	Vouched        bool `json:"vouched,omitempty"`        // the identity provider has seen a second factor, and the organisation trusts it in that
	DeviceAnswered bool `json:"deviceAnswered,omitempty"` // trusted, or told not to
	Breached       bool `json:"breached,omitempty"`       // the password proven is known from a data breach

	Around             bool `json:"-"` // policy requires single sign-on, and this went past it
	Disabled           bool `json:"-"` // the account
	Closed             bool `json:"-"` // the account, because it is in danger: only proofs that are older than that count
	Reopening          bool `json:"-"` // the flow began with the mailed link that opens a closed account
	OldPassword        bool `json:"-"` // the password was proven, and is older than what closed the account
	HasFactor          bool `json:"-"` // an active second factor that policy allows
	HadFactor          bool `json:"-"` // a second factor, also a suspended one or one that policy forbids by now
	CanProve           bool `json:"-"` // a second factor or a backup code; without HasFactor also one that policy forbids by now
	FactorRequired     bool `json:"-"` // by policy or because the account has one
	DeviceKnown        bool `json:"-"`
	DeviceBlocked      bool `json:"-"` // suspended, revoked or compromised
	DeviceTrusted      bool `json:"-"`
	AskTrust           bool `json:"-"` // ask an unknown device "Trust this device?"
	RequireTrusted     bool `json:"-"`
	SkipFactor         bool `json:"-"` // policy asks no second factor on a device with this trust
	Suspicious         bool `json:"-"` // the risk is too high, and policy refuses that
	MustChangePassword bool `json:"-"`
}

// next decides what comes next, and for Deny the reason. It is the only place that
// does. The order of the cases matters: a client without the password learns nothing
// about the account, and a client without the second factor nothing about its devices.
func next(f facts) (State, sallyport.Code) {
	switch {
	case f.Linking:
		return Link, ""
	case !f.PrimaryProven:
		return Password, ""
	case f.Around:
		return Deny, sallyport.CodeSSORequired
	case f.Disabled:
		return Deny, sallyport.CodeAccountDisabled
	case f.Closed && !f.Reopening:
		return Deny, sallyport.CodeAccountClosed
	case f.Closed && !f.FactorProven && f.CanProve:
		return Factor, ""
	case f.Closed && !f.FactorProven && (f.HadFactor || !f.OldPassword):
		return Deny, sallyport.CodeAccountClosed // the mailbox alone is never enough
	case f.Vouched:
		return afterFactor(f)
	case f.FactorRequired && f.HasFactor && !f.FactorProven && !f.SkipFactor:
		return Factor, ""
	case f.FactorRequired && !f.HasFactor && !f.FactorProven && f.CanProve:
		return Factor, "" // the factors are suspended or forbidden: the password alone is still not enough
	case f.FactorRequired && !f.HasFactor && !f.FactorProven && f.HadFactor:
		return Deny, sallyport.CodeFactorUnavailable // nor is it where nothing can be proven
	case f.FactorRequired && !f.HasFactor:
		return Enrol, ""
	}
	return afterFactor(f)
}

// afterFactor decides what comes next once nothing of who it is has to be proven any more.
func afterFactor(f facts) (State, sallyport.Code) {
	switch {
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

// nextStepUp decides what comes next in a step-up that has to prove what ask names.
// Done also when the user never had means to prove more.
func nextStepUp(f facts, ask sallyport.StepUp) (State, sallyport.Code) {
	switch {
	case f.Disabled:
		return Deny, sallyport.CodeAccountDisabled
	case f.Closed:
		return Deny, sallyport.CodeAccountClosed
	case ask.Password && !f.PrimaryProven:
		return Password, ""
	case ask.Factor && !f.FactorProven && !f.Vouched && f.CanProve:
		return Factor, ""
	case ask.Factor && !f.FactorProven && !f.Vouched && f.HadFactor:
		return Deny, sallyport.CodeFactorUnavailable
	}
	return Done, ""
}
