// Package policy decides what a tenant's policy means for the case at hand. It
// is pure: facts, policy and time come in as arguments, a decision goes out.
package policy

import (
	"time"

	"github.com/sallyport/sallyport"
)

// Default is the policy a new tenant starts with.
func Default() sallyport.Policy {
	const day = 24 * time.Hour
	return sallyport.Policy{
		PasswordMinLength:    12,
		PasswordMaxLength:    128,
		PasswordRequireMix:   true,
		PasswordHistory:      5,
		PasswordRejectCommon: true,
		LockoutFailures:      5,
		LockoutWindow:        15 * time.Minute,
		LockoutDuration:      30 * time.Minute,
		SessionIdleWeb:       7 * day,
		SessionIdleMobile:    30 * day,
		SessionLifetime:      90 * day,
		MFAEnforced:          "nobody",
	}
}

// SessionTimes returns how long a new session lives at most and how long it may
// idle. A native client on a phone or tablet gets the mobile idle time: a
// browser does not, wherever it runs, since its cookies are easier to lift.
func SessionTimes(p sallyport.Policy, native bool, t sallyport.DeviceType) (lifetime, idle time.Duration) {
	if native && (t == sallyport.DeviceMobile || t == sallyport.DeviceTablet) {
		return p.SessionLifetime, p.SessionIdleMobile
	}
	return p.SessionLifetime, p.SessionIdleWeb
}
