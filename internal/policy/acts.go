package policy

import (
	"time"

	"github.com/sallyport/sallyport"
)

// Act is an act that needs more proof than a session.
type Act string

// Acts.
const (
	ChangePassword Act = "change_password"
	AddFactor      Act = "add_factor"
	RemoveFactor   Act = "remove_factor"
	BackupCodes    Act = "backup_codes"
	ManageDevices  Act = "manage_devices"
	ManageFactors  Act = "manage_factors"
	Lockdown       Act = "lockdown"
)

// ActRow says what has to be proven before an act, and how recently.
type ActRow struct {
	Act      Act
	Means    string
	Password time.Duration // greatest age of the proof; a passkey that verified its user counts too; 0: not required
	Factor   time.Duration // greatest age of the proof, for accounts that have a second factor; 0: not required
	// Again requires the password or a passkey once more after the sign-in, however
	// recent that is: somebody else may use an unlocked screen.
	Again  bool
	Trust  bool // the device needs the trust of the policy's deviceMinTrust
	Source string
}

// fresh is how old a proof may be for most acts. A sign-in counts as proof.
const fresh = 10 * time.Minute

// Acts is THE table of acts that need a step-up.
var Acts = []ActRow{
	// Not limited to trusted devices: people must always be able to change a password that
	// somebody else knows, and a mailed link could change it anyway.
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
	// On any device: whoever is in danger may have only a borrowed one.
	{Lockdown, "Lock one's own account down or, as an admin, somebody's.",
		fresh, fresh, false, false, "OWASP ASVS 5.0 7.5.1"},
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

// Proven is what a session has proven, and what its user is able to prove.
type Proven struct {
	SignedInAt      time.Time // when the session began
	AuthenticatedAt time.Time // last proof of the password or a passkey
	MFAVerifiedAt   time.Time
	HasPassword     bool
	HadFactor       bool // a second factor, also a suspended one or one that policy forbids by now
	HasFactor       bool // one that is active and that policy allows
	HasPasskey      bool
	Trust           sallyport.TrustLevel // of the session's device
}

// StepUp returns what has to be proven before an act, and false when nothing is missing.
// A second factor is required only of users who have one, but whatever policy says of it
// by now: a tighter policy must not leave an act with less proof.
func StepUp(p sallyport.Policy, act Act, f Proven, now time.Time) (sallyport.StepUp, bool) {
	r, ok := ActOf(act)
	if !ok {
		panic("policy: no row for act " + string(act))
	}
	ask := sallyport.StepUp{Act: string(act), Within: fresh}
	proven := f.AuthenticatedAt
	if r.Again && !f.AuthenticatedAt.After(f.SignedInAt) {
		proven = time.Time{} // no proof since the sign-in
	}
	ask.Password = r.Password > 0 && (f.HasPassword || f.HadFactor) && stale(proven, r.Password, now)
	ask.Factor = r.Factor > 0 && f.HadFactor && stale(f.MFAVerifiedAt, r.Factor, now)
	// Adding a first factor is allowed on any device, because it is needed to verify one.
	trust := r.Trust && (f.HadFactor || act != AddFactor)
	if least := sallyport.TrustLevel(p.DeviceMinTrust); trust && f.Trust < least {
		ask.Trust = least
		// A factor raises only a device that is trusted already, and only one that policy
		// allows; for the highest level it must be a passkey.
		able := f.HasFactor && least < sallyport.TrustHigh || f.HasPasskey
		ask.Factor = ask.Factor || able && f.Trust > sallyport.TrustNone
	}
	return ask, ask.Password || ask.Factor || ask.Trust > sallyport.TrustNone
}

// stale reports whether a proof is too old. A time in the future, from a clock that was set
// back, counts as no proof.
func stale(at time.Time, within time.Duration, now time.Time) bool {
	return at.IsZero() || at.After(now) || now.Sub(at) >= within
}
