// Package entry is how people come in and out: sign-in with its steps, step-up, the links of
// mails, and the set-up of a new installation. What comes next in a sign-in is decided by
// package signin; the pages go where it says.
package entry

import (
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/uses"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Pages are the pages of this room.
type Pages struct {
	*kit.Shell
	uses.All
}

// from is who signs in, or steps up, with the visit.
func (p *Pages) from(v *kit.Visit) signin.From {
	x := p.Read.Presented(v.R, v.Tenant, false)
	return signin.From{TenantID: x.TenantID, Client: x.Client, Devices: x.Devices, Session: x.Session, AsksTrust: true, ShowsPages: true}
}

// deliver gives the browser what a step left it.
func deliver(v *kit.Visit, r signin.Result) {
	request.Deliver(v.W, v.R, request.Left{
		Done: r.State == signin.Done, FlowToken: r.FlowToken, FlowEnds: r.ExpiresAt, SessionToken: r.SessionToken, Session: r.Session,
		DeviceToken: r.DeviceToken, FormerDeviceToken: r.FormerDeviceToken,
	})
}
