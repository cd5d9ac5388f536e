package admin

import (
	"slices"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Routes is the table of this room.
func (p *Pages) Routes() []kit.Route {
	return slices.Concat([]kit.Route{
		{
			Pattern: "GET " + teamPath, Guard: kit.SignedIn, Need: account.NeedView, Do: p.teamList,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.team", Icon: "user"},
		},
		{
			Pattern: "GET " + mfaPath, Guard: kit.SignedIn, Need: mfa.NeedView, Do: p.mfaShow,
			Entry: kit.Entry{Section: kit.Foundation, Words: "nav.mfa", Icon: "shield-check"},
		},
		{Pattern: "GET " + personPath, Guard: kit.SignedIn, Need: account.NeedView, Do: p.personShow},
		{Pattern: "GET " + personPath + "/activity", Guard: kit.SignedIn, Need: account.NeedView, Do: p.personActivity},
	}, p.personRoutes(), p.sessionRoutes(), p.methodRoutes(), p.exemptRoutes(), p.remindRoutes(), p.Confirm(kit.Confirm{Path: teamPath + "/{id}/lockdown", Need: account.NeedLockdownOf, Ask: p.lockdownAsk, Do: p.lockdown}))
}
