// Package dashboard counts what admins watch, and says what needs them now.
//
//	events with places in the log ─ Count ─ figures, hours, countries ─ Figures, Charts
//	                                      ─ who is locked, flagged, in doubt ─ Needs
//
// Nothing here scans what is there: as events pass, those whom they are about are counted again, and
// the figures change by the difference. So the cost does not depend on how long an organisation has
// existed or how many people it has. [Service.Rebuild] counts everything anew.
package dashboard

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/store"
)

// NeedView is the need for figures and charts, which name nobody.
var NeedView = act.Need{Permission: access.DashboardView}

// Success is the outcome of an attempt that succeeded; others are codes of refusals.
const Success = "success"

// Service counts, and answers what was counted.
type Service struct {
	acts        *act.Runner
	certificate func() time.Time // when the one that is served ends; nil where none is
}

// New returns a service.
func New(acts *act.Runner) *Service { return &Service{acts: acts} }

// Gauges are the figures at one time.
type Gauges struct {
	Users       int64            `json:"users"`  // active people
	Strong      int64            `json:"strong"` // of them, with a strong second factor
	Weak        int64            `json:"weak"`   // of them, with none but a weak one
	Sessions    int64            `json:"sessions"`
	People      int64            `json:"people"` // who have active sessions
	Trusted     int64            `json:"trusted"`
	Compromised int64            `json:"compromised"`
	Methods     map[string]int64 `json:"methods"` // active people by method
}

// Share returns the percentage of the active people who have a second factor; 0 without any.
func (g Gauges) Share() int64 {
	if g.Users == 0 {
		return 0
	}
	return (200*(g.Strong+g.Weak) + g.Users) / (2 * g.Users)
}

func gaugesOf(f store.Figures, methods map[string]int64) Gauges {
	return Gauges{f.Users, f.Strong, f.Weak, f.Sessions, f.People, f.Trusted, f.Compromised, maps.Clone(methods)}
}

func gauges(text string) (g Gauges, err error) {
	err = json.Unmarshal([]byte(text), &g)
	return g, err
}
