package sallyport

import "time"

// Policy is what one tenant decides about its accounts. The table in package
// policy describes each field: bounds, presets, what it does. Durations are whole
// days or minutes, as the table says; a 0 there means never or no limit.
type Policy struct {
	PasswordMinLength    int  // characters
	PasswordMaxLength    int  // characters
	PasswordRequireMix   bool // an upper-case letter, a number and a symbol
	PasswordHistory      int  // former passwords that cannot be used again
	PasswordRejectCommon bool // common passwords, and the user's own name or address
	PasswordRotation     time.Duration

	MFAEnforced        string   // "nobody", "admins" or "everyone"
	MFAMethods         []string // allowed method types
	MFABackupCodes     int      // issued at a time
	LockoutFailures    int
	LockoutWindow      time.Duration
	LockoutDuration    time.Duration
	LockoutProgressive bool // growing delay between attempts
	LockoutSelfUnlock  bool // by mailed link

	SessionIdleWeb            time.Duration
	SessionIdleMobile         time.Duration
	SessionLifetime           time.Duration // absolute
	SessionMaskIP             bool          // mask addresses in the user's own view
	SessionRevokeOnRoleChange bool

	DeviceRequireTrusted bool
	DeviceMinTrust       int // for sensitive operations, 0 for none
	DeviceMaxPerUser     int
	DeviceAutoRevoke     time.Duration // idle time
	DeviceReverify       time.Duration
	DeviceCompromise     string // "flag" or "alert"
	DeviceSkipMFA        bool   // on trusted devices

	SSORequired bool // for primary sign-in
}

// For whom a second factor is enforced.
const (
	EnforcedNobody   = "nobody"
	EnforcedAdmins   = "admins"
	EnforcedEveryone = "everyone"
)
