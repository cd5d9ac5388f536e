package admin

import (
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Routes is the table of this room.
func (p *Pages) Routes() []kit.Route {
	return []kit.Route{
		{
			Pattern: "GET " + teamPath, Guard: kit.SignedIn, Need: account.NeedView, Do: p.teamList,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.team", Icon: "user"},
		},
	}
}
