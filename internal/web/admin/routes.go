package admin

import (
	"slices"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Routes is the table of this room.
func (p *Pages) Routes() []kit.Route {
	return slices.Concat([]kit.Route{
		{
			Pattern: "GET " + teamPath, Guard: kit.SignedIn, Need: account.NeedView, Do: p.teamList,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.team", Icon: "user"},
		},
	}, p.Confirm(kit.Confirm{Path: teamPath + "/{id}/lockdown", Need: account.NeedLockdownOf, Ask: p.lockdownAsk, Do: p.lockdown}))
}
