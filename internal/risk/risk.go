// Package risk says why a sign-in may not be its owner's. It is pure: the facts
// and the time come in as arguments, an explained assessment goes out.
//
//	facts -> every signal of the table -> quiet ones left out -> sorted, summed, capped -> assessment
//	                                                                                        |
//	                          score >= Unusual: the owner is told    score >= Compromised: the policy acts
//
// The threat is somebody with the owner's password, or with a copy of a device's
// credential, far away or on a strange machine. The answer is a guess built on
// guesses: an address is not a place and a fingerprint is not a machine. So no
// weak signal reaches Compromised alone, every finding carries the numbers that
// a person needs to judge it, and a signal the owner has explained once on a
// device stays quiet there.
//
// All times are instants. No rule asks what day or hour it was anywhere, so that
// neither daylight saving nor the date line can make a finding or hide one.
package risk

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
)

// Scores from which something happens.
const (
	Compromised = 70 // the policy's automatic compromise detection acts (flag or alert)
	Unusual     = 30 // the owner is told by mail
)

// maxScore is the top of the scale; more doubt than certainty there is not.
const maxScore = 100

// Visit is one successful sign-in of the user before this one.
type Visit struct {
	At        time.Time
	Location  sallyport.Location
	DeviceID  string // "" for a device that was not known
	Confirmed bool   // the owner said it was them
}

// Facts are what a sign-in is judged by. Everything that is not known is left
// zero, and what is not known is never held against anybody.
type Facts struct {
	Now         time.Time
	Location    sallyport.Location
	DeviceID    string                // "" for one not known
	DeviceSince time.Time             // when the device became known; zero when unknown
	Fingerprint sallyport.Fingerprint // what the client sent now
	Before      sallyport.Fingerprint // what the device said last
	Visits      []Visit               // successful sign-ins of the user, newest first, at most 50

	FactorFailures   int                // second-factor failures on this device within the last 24 hours
	CredentialReused bool               // an old credential of the device came back
	OtherAccounts    int                // other accounts signed in from this browser within 24 hours
	Quiet            []sallyport.Signal // the owner said "it was me" about these on this device
}

// Assess returns what speaks against the sign-in: the findings by falling
// weight, and their sum, at most 100. Signals in Quiet are left out, except the
// ones that are proof rather than doubt: whoever copied a credential could also
// press "it was me".
func Assess(f Facts) sallyport.Assessment {
	var a sallyport.Assessment
	for _, row := range Signals {
		if !row.proof && slices.Contains(f.Quiet, row.Signal) {
			continue
		}
		weight, args := row.judge(f)
		if weight == 0 {
			continue
		}
		a.Score += weight
		a.Findings = append(a.Findings, sallyport.Finding{Signal: row.Signal, Weight: weight, Args: args})
	}
	a.Score = min(a.Score, maxScore)
	slices.SortStableFunc(a.Findings, func(x, y sallyport.Finding) int { return y.Weight - x.Weight })
	return a
}
