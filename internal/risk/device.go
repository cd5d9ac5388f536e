package risk

import "time"

// settledAfter is how long a device must have been known before it counts as the owner's:
// by then the owner has read the mails about its first sign-ins and could answer "this
// wasn't me".
const settledAfter = 14 * 24 * time.Hour

// settled reports whether the sign-in comes from a device that has been known for long and
// whose credential was not copied.
func (f Facts) settled() bool {
	return f.DeviceID != "" && !f.CredentialReused && !f.DeviceSince.IsZero() && f.Now.Sub(f.DeviceSince) >= settledAfter
}

// vouched reports whether an earlier sign-in was surely the owner's: they confirmed it, or
// its device was settled by then. Without this a thief's first sign-in would make the
// second one look normal.
func (f Facts) vouched(v Visit) bool {
	if v.Confirmed {
		return true
	}
	if v.DeviceID == "" {
		return false
	}
	if v.DeviceID == f.DeviceID {
		return f.settled()
	}
	for _, other := range f.Visits {
		if other.DeviceID == v.DeviceID && f.Now.Sub(other.At) >= settledAfter {
			return true
		}
	}
	return false
}
