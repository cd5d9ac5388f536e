// Package policy derives decisions from a tenant's policy. It is pure: it gets facts,
// policy and time as arguments and returns a decision.
package policy

import (
	"time"

	"github.com/sallyport/sallyport"
)

// SessionTimes returns the longest lifetime and the idle time of a new session. A native
// client on a phone or tablet gets the mobile idle time. A browser does not, on any
// machine, because its cookies are easier to steal.
func SessionTimes(p sallyport.Policy, native bool, t sallyport.DeviceType) (lifetime, idle time.Duration) {
	if native && (t == sallyport.DeviceMobile || t == sallyport.DeviceTablet) {
		return p.SessionLifetime, p.SessionIdleMobile
	}
	return p.SessionLifetime, p.SessionIdleWeb
}
