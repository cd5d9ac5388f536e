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

// TrustLevel is how much a device is trusted, 0 to 3. Level 0 is a device that
// signed in but was not added to the user's list: it is recognised, so that a
// lockout caused by strangers does not keep its owner out, and nothing more.
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
	Primary     bool        // the one its owner uses most, by their own word
	TrustReason string      // a row of the table in package policy, for example "factor_passed"
	VerifiedAt  time.Time   // when its trust was last earned; zero at TrustNone
	EndedAt     time.Time   // when it was suspended or revoked
	EndedReason string      // stable snake_case
	Quiet       []Signal    // what its owner explained once and is not warned of again

	CompromisedAt     time.Time // zero unless flagged
	CompromisedReason string    // what a person wrote, or "" when signals decided
	CompromisedBy     string    // "system", "user" or "admin"
}

// Compromised reports whether the device was flagged.
func (d Device) Compromised() bool { return !d.CompromisedAt.IsZero() }

// MaxDeviceCredentials is how many credentials of devices one client may present.
const MaxDeviceCredentials = 8
