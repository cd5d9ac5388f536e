// Package profile is what people see of their own account: Profile > Security with its
// password, second factors, sessions, devices and activity.
package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/uses"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Pages are the pages of this room.
type Pages struct {
	*kit.Shell
	uses.All
}

// missing are the acts for which more has to be proven first.
type missing map[policy.Act]bool

// missing looks which of some acts those are.
func (p *Pages) missing(v *kit.Visit, acts ...policy.Act) missing {
	m := missing{}
	for _, act := range acts {
		m[act] = sallyport.CodeOf(p.MayAct(v, act)) == sallyport.CodeStepUp
	}
	return m
}

// before makes a dialog lead to the proof where an act needs more of it.
func (m missing) before(s kit.Speaker, act policy.Act, v *kit.ConfirmView) *kit.ConfirmView {
	if m[act] {
		return v.ProveFirst(s)
	}
	return v
}
