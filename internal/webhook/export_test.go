package webhook

import "time"

// Sign is sign, for tests.
func Sign(secret, id string, at time.Time, body []byte) string { return sign(secret, id, at, body) }

// WaitAfter is waitAfter, for tests.
func WaitAfter(failed int) time.Duration { return waitAfter(failed) }

// ReadAhead is how many events are read at once.
const ReadAhead = readAhead
