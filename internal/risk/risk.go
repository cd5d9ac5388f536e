// Package risk says why a sign-in may not be the account owner's. It is pure: it gets the
// facts and the time as arguments and returns an assessment with reasons.
//
//	facts -> every signal of the table -> quiet ones left out -> sorted, summed, capped -> assessment
//	                                                                                        |
//	                          score >= Unusual: the owner is told    score >= Compromised: the policy acts
//
// The threat is somebody who has the owner's password, or a copy of a device's credential,
// and is far away or on another machine. The facts are uncertain: an address is not a place
// and a fingerprint is not a machine. So no weak signal reaches Compromised alone, every
// finding carries the numbers that a person needs to judge it, and a signal that the owner
// explained once on a device is not reported there again.
//
// All times are instants. No rule uses a local day or hour, so that daylight saving and the
// date line make no difference.
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

// maxScore is the highest score.
const maxScore = 100

// Visit is one successful sign-in of the user before this one.
type Visit struct {
	At        time.Time
	Location  sallyport.Location
	DeviceID  string // "" when the device was not known
	Confirmed bool   // the owner said it was them
}

// Facts are what a sign-in is judged by. Unknown facts are zero, and never make a sign-in
// more suspicious.
type Facts struct {
	Now         time.Time
	Location    sallyport.Location
	DeviceID    string                // "" when not known
	DeviceSince time.Time             // when the device became known; zero when unknown
	Fingerprint sallyport.Fingerprint // what the client sent now
	Before      sallyport.Fingerprint // what the device sent last
	Visits      []Visit               // successful sign-ins of the user, newest first, at most 50

	FactorFailures   int                // second-factor failures on this device within the last 24 hours
	CredentialReused bool               // a replaced credential of the device was used
	OtherAccounts    int                // other accounts signed in from this browser within 24 hours
	Quiet            []sallyport.Signal // the owner said "it was me" about these on this device
}

// Assess returns the findings, heaviest first, and their sum, at most 100. It leaves out
// the signals in Quiet, except those that are proof and not only doubt: a thief with a
// copied credential could also press "it was me".
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
