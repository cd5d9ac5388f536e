package dashboard

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
)

// passing is what a batch of events says: what happened when, and of whom the state is to be counted
// again. An event says only that something about somebody may have changed, never how: the state is
// read, so that a new kind of event needs nothing here.
type passing struct {
	fine      time.Time // since when minutes, and countries in an hour, are counted
	hours     map[time.Time]*hour
	minutes   map[time.Time]int64
	countries map[country]*store.CountryCount
	people    map[string]bool // whose state may have changed; true where locks may have
	doubts    []store.Doubt
	everybody bool      // what is demanded of whom may have changed
	last      time.Time // the latest hour in which the state may have changed; zero for none
}

// hour is what happened in one.
type hour struct {
	outcomes map[string]int64
	locks    int64
}

// country is one in an hour or on a day.
type country struct {
	step string
	from time.Time
	code string
}

// unchanging are the kinds of event after which the state of their user is what it was: those of which
// an attacker can cause many.
var unchanging = []audit.Kind{audit.SignInFailed, audit.ReauthFailed, audit.CodeSent, audit.NetworkLimited, audit.PasswordResetRequested, audit.RefusalsRepeated}

// pass reads a batch. Events before the position settled say nothing of the state.
func pass(events []audit.Passed, settled int64, now time.Time) passing {
	p := passing{fine: now.Add(-store.FineKept), hours: map[time.Time]*hour{}, minutes: map[time.Time]int64{}, countries: map[country]*store.CountryCount{}, people: map[string]bool{}}
	for _, e := range events {
		p.happened(e.Event)
		if e.Position >= settled {
			p.changed(e.Event)
		}
	}
	return p
}

// happened counts attempts and locks.
func (p *passing) happened(e sallyport.Event) {
	switch audit.Kind(e.Kind) {
	case audit.SignedIn:
		p.attempt(e, Success)
	case audit.SignInFailed:
		p.attempt(e, e.Data["reason"])
	case audit.AccountLocked:
		p.in(e.CreatedAt).locks++
		if e.UserID != "" { // whatever its position: a count of everybody asks for no locks
			p.people[e.UserID] = true
		}
	case audit.SignInDoubted:
		p.doubts = append(p.doubts, store.Doubt{UserID: e.UserID, AttemptID: e.TargetID, CreatedAt: e.CreatedAt})
	}
}

func (p *passing) in(at time.Time) *hour {
	begins := at.UTC().Truncate(time.Hour)
	if p.hours[begins] == nil {
		p.hours[begins] = &hour{outcomes: map[string]int64{}}
	}
	return p.hours[begins]
}

// attempt counts one.
func (p *passing) attempt(e sallyport.Event, outcome string) {
	p.in(e.CreatedAt).outcomes[outcome]++
	recent := e.CreatedAt.After(p.fine)
	if outcome != Success && recent {
		p.minutes[e.CreatedAt.UTC().Truncate(time.Minute)]++
	}
	if e.Forgotten { // where it came from was counted when that was known
		return
	}
	p.from(country{store.StepDay, e.CreatedAt.UTC().Truncate(24 * time.Hour), e.Location.Country}, outcome)
	if recent {
		p.from(country{store.StepHour, e.CreatedAt.UTC().Truncate(time.Hour), e.Location.Country}, outcome)
	}
}

// from counts an attempt from a country.
func (p *passing) from(k country, outcome string) {
	if p.countries[k] == nil {
		p.countries[k] = &store.CountryCount{Step: k.step, From: k.from, Country: k.code}
	}
	if outcome == Success {
		p.countries[k].Succeeded++
	} else {
		p.countries[k].Failed++
	}
}

// changed says whose state may have changed.
func (p *passing) changed(e sallyport.Event) {
	kind := audit.Kind(e.Kind)
	if slices.Contains(unchanging, kind) {
		return
	}
	if begins := e.CreatedAt.UTC().Truncate(time.Hour); begins.After(p.last) {
		p.last = begins
	}
	if _, seen := p.people[e.UserID]; !seen && e.UserID != "" {
		p.people[e.UserID] = false
	}
	switch kind {
	case audit.PolicyChanged, audit.GroupPolicyChanged:
		p.everybody = p.everybody || e.Data["field"] == "mfaEnforced"
	case audit.RoleChanged, audit.GroupDeleted:
		p.everybody = true
	}
}

// counts returns the attempts by country in the order of the key.
func (p *passing) counts() []store.CountryCount {
	out := make([]store.CountryCount, 0, len(p.countries))
	for _, c := range p.countries {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b store.CountryCount) int {
		return strings.Compare(a.Step+a.From.String()+a.Country, b.Step+b.From.String()+b.Country)
	})
	return out
}

// failed returns the failed attempts by minute, in order.
func (p *passing) failed() []store.FailedMinute {
	out := make([]store.FailedMinute, 0, len(p.minutes))
	for _, at := range slices.SortedFunc(maps.Keys(p.minutes), time.Time.Compare) {
		out = append(out, store.FailedMinute{Minute: at, Failed: p.minutes[at]})
	}
	return out
}
