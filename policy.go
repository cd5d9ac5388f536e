package sallyport

import "time"

// Policy is what one tenant decides about its accounts. The rows that describe
// each field (bounds, presets, what it does) are in package policy.
type Policy struct {
	PasswordMinLength    int  // characters
	PasswordMaxLength    int  // characters
	PasswordRequireMix   bool // an upper-case letter, a number and a symbol
	PasswordHistory      int  // number of former passwords that cannot be used again
	PasswordRejectCommon bool // common passwords, and the user's own name or address
	LockoutFailures      int  // failures that lock
	LockoutWindow        time.Duration
	LockoutDuration      time.Duration
	SessionIdleWeb       time.Duration
	SessionIdleMobile    time.Duration
	SessionLifetime      time.Duration // absolute
	SessionMaskIP        bool          // mask addresses in the user's own view
	DeviceRequireTrusted bool
	MFAEnforced          string // "nobody", "admins", "everyone"
	SSORequired          bool
}
