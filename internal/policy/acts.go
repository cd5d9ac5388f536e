package policy

import (
	"time"

	"github.com/sallyport/sallyport"
)

// Act is something that a session alone is not enough for.
type Act string

// Acts.
const (
	ChangePassword Act = "change_password"
	AddFactor      Act = "add_factor"
	RemoveFactor   Act = "remove_factor"
	BackupCodes    Act = "backup_codes"
	ManageDevices  Act = "manage_devices"
	ManageFactors  Act = "manage_factors"
)

// ActRow says what has to be proven before an act, and how fresh the proof is.
type ActRow struct {
	Act      Act
	Means    string
	Password time.Duration // a passkey that verified its user is as good; 0: not asked
	Factor   time.Duration // asked of accounts that have one; 0: not asked
	// Again asks for the password, or a passkey, after the sign-in, however fresh
	// that is: somebody may have come by an unlocked screen.
	Again  bool
	Trust  bool // the device needs the policy's deviceMinTrust
	Source string
}

// fresh is how long a proof is good for most acts. A sign-in is one.
const fresh = 10 * time.Minute

// Acts is THE table of acts that need a step-up.
var Acts = []ActRow{
	// Not for trusted devices only: nothing may keep people from changing a password that
	// somebody else knows, and a mailed link would change it anyway.
	{ChangePassword, "Change the password. The form asks for the current one itself.",
		0, fresh, false, false, "OWASP ASVS 5.0 6.2.3 and 7.5.1"},
	{AddFactor, "Add a second factor.",
		fresh, fresh, false, true, "OWASP ASVS 5.0 7.5.1, NIST SP 800-63B-4 4.1.2"},
	{RemoveFactor, "Remove a second factor, or all of them.",
		fresh, fresh, true, true, "OWASP ASVS 5.0 7.5.1"},
	{BackupCodes, "Replace the backup codes.",
		fresh, fresh, false, true, "OWASP ASVS 5.0 7.5.1"},
	{ManageDevices, "Trust a device from another one, or choose the primary one; as an admin, set a level or clear a mark.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.1"},
	{ManageFactors, "As an admin: reset somebody's second factors or issue backup codes to them.",
		fresh, fresh, false, true, "OWASP ASVS 5.0 7.5.3"},
}

// ActOf returns the row of an act, and whether there is one.
func ActOf(a Act) (ActRow, bool) {
	for _, r := range Acts {
		if r.Act == a {
			return r, true
		}
	}
	return ActRow{}, false
}

// Proven is what a session has shown, and what its user could show.
type Proven struct {
	SignedInAt      time.Time // when the session began
	AuthenticatedAt time.Time // password or passkey
	MFAVerifiedAt   time.Time
	HasPassword     bool
	HasFactor       bool
	HasPasskey      bool
	Trust           sallyport.TrustLevel // of the session's device
}

// StepUp returns what has to be proven before act may happen, and false when
// nothing has. Not only freshness decides: who has a second factor is asked for it.
func StepUp(p sallyport.Policy, act Act, f Proven, now time.Time) (sallyport.StepUp, bool) {
	r, ok := ActOf(act)
	if !ok {
		panic("policy: no row for act " + string(act))
	}
	ask := sallyport.StepUp{Act: string(act), Within: fresh}
	proven := f.AuthenticatedAt
	if r.Again && !f.AuthenticatedAt.After(f.SignedInAt) {
		proven = time.Time{} // not since the sign-in
	}
	ask.Password = r.Password > 0 && (f.HasPassword || f.HasFactor) && stale(proven, r.Password, now)
	ask.Factor = r.Factor > 0 && f.HasFactor && stale(f.MFAVerifiedAt, r.Factor, now)
	// A first factor may come from any device: it is what a device is verified with.
	trust := r.Trust && (f.HasFactor || act != AddFactor)
	if least := sallyport.TrustLevel(p.DeviceMinTrust); trust && f.Trust < least {
		ask.Trust = least
		// A trusted device is verified by what is proven on it, for the highest level by a
		// passkey; one that is not trusted has to be first.
		able := f.HasFactor && least < sallyport.TrustHigh || f.HasPasskey
		ask.Factor = ask.Factor || able && f.Trust > sallyport.TrustNone
	}
	return ask, ask.Password || ask.Factor || ask.Trust > sallyport.TrustNone
}

// stale reports whether a proof is too old. One from the future, which a clock that
// was set back leaves, is no proof.
func stale(at time.Time, within time.Duration, now time.Time) bool {
	return at.IsZero() || at.After(now) || now.Sub(at) >= within
}
