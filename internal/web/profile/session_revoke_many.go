package profile

import (
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// sessionRevokeOthersAsk asks before all sessions but this one end.
func (p *Pages) sessionRevokeOthersAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	view, err := p.overview(v)
	if err != nil {
		return nil, err
	}
	if view.RevokeOthers == nil { // nothing to end: back to the list
		v.Redirect(kit.BackTo(v, kit.HomePath))
		return nil, nil
	}
	return leadsBack(v, view.RevokeOthers), nil
}

// sessionRevokeOthers ends all of the user's sessions but this one.
func (p *Pages) sessionRevokeOthers(v *kit.Visit) error {
	ended, err := p.Sessions.RevokeOthers(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	v.Flash("flash.sessionsRevoked", ended)
	v.Redirect(kit.BackTo(v, sessionsSection))
	return nil
}

// sessionRevokeAllAsk asks before all sessions end, this one included.
func (p *Pages) sessionRevokeAllAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	view, err := p.overview(v)
	if err != nil {
		return nil, err
	}
	return leadsBack(v, view.RevokeAll), nil
}

// sessionRevokeAll ends all of the user's sessions.
func (p *Pages) sessionRevokeAll(v *kit.Visit) error {
	if _, err := p.Sessions.RevokeAll(v.R.Context(), p.Actor(v)); err != nil {
		return err
	}
	request.EndSession(v.W)
	v.Flash("flash.signedOutEverywhere", 0)
	v.Redirect(kit.SignInPath)
	return nil
}
