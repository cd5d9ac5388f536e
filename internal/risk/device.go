package risk

import "time"

// settling is how long a device must have been known to speak for its owner:
// long enough for the mails about its first sign-ins to have been read and
// answered with "this wasn't me".
const settling = 14 * 24 * time.Hour

// settled reports whether the sign-in comes from a device known for long, the
// only one that has its credential. Copies are nobody's device.
func (f Facts) settled() bool {
	return f.DeviceID != "" && !f.CredentialReused && !f.DeviceSince.IsZero() && f.Now.Sub(f.DeviceSince) >= settling
}

// vouched reports whether an earlier sign-in was surely the owner's: they said
// so, or it came from a device that signed in two weeks ago already. Without it
// a thief's first sign-in would make the second one look ordinary.
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
		if other.DeviceID == v.DeviceID && f.Now.Sub(other.At) >= settling {
			return true
		}
	}
	return false
}
