// Package policy decides what a tenant's policy means for the case at hand. It
// is pure: facts, policy and time come in as arguments, a decision goes out.
package policy

import (
	"time"

	"github.com/sallyport/sallyport"
)

// SessionTimes returns how long a new session lives at most and how long it may
// idle. A native client on a phone or tablet gets the mobile idle time: a
// browser does not, wherever it runs, since its cookies are easier to lift.
func SessionTimes(p sallyport.Policy, native bool, t sallyport.DeviceType) (lifetime, idle time.Duration) {
	if native && (t == sallyport.DeviceMobile || t == sallyport.DeviceTablet) {
		return p.SessionLifetime, p.SessionIdleMobile
	}
	return p.SessionLifetime, p.SessionIdleWeb
}
