package sallyport

import "time"

// DeviceStatus says whether a device may start sessions.
type DeviceStatus string

// Device statuses.
const (
	DeviceActive    DeviceStatus = "active"
	DeviceSuspended DeviceStatus = "suspended" // temporarily blocked
	DeviceRevoked   DeviceStatus = "revoked"   // permanently removed
)

// TrustLevel is how much a device is trusted, 0 to 3. A device at level 0 signed in
// but was not added to the user's list. It is only recognised, so that a lockout
// caused by strangers does not lock out the owner.
type TrustLevel int

// Trust levels.
const (
	TrustNone   TrustLevel = 0
	TrustLow    TrustLevel = 1
	TrustMedium TrustLevel = 2
	TrustHigh   TrustLevel = 3
)

// Device is one browser or native client of one user, known by a secret
// credential that only it holds; two users of one browser have two devices.
type Device struct {
	ID           string
	TenantID     string
	UserID       string
	Name         string
	Info         DeviceInfo
	TrustLevel   TrustLevel
	Status       DeviceStatus
	LastUsedAt   time.Time
	LastLocation Location
	LastIP       string
	CreatedAt    time.Time

	Fingerprint Fingerprint // what it last said of itself
	Primary     bool        // its owner said that they use this one most
	TrustReason string      // a row of the table in package policy, for example "factor_passed"
	VerifiedAt  time.Time   // when its trust was last earned; zero at TrustNone
	EndedAt     time.Time   // when it was suspended or revoked
	EndedReason string      // stable snake_case
	Quiet       []Signal    // signals that the owner explained; they warn no more

	CompromisedAt     time.Time // zero unless flagged as compromised
	CompromisedReason string    // what a person wrote; "" when risk signals flagged it
	CompromisedBy     string    // "system", "user" or "admin"
}

// Compromised reports whether the device is flagged as compromised.
func (d Device) Compromised() bool { return !d.CompromisedAt.IsZero() }

// MaxDeviceCredentials is how many credentials of devices one client may present.
const MaxDeviceCredentials = 8
