package web

import "github.com/sallyport/sallyport/internal/request"

// sessionRevokeOthersAsk asks before all sessions but this one end.
func (p *Pages) sessionRevokeOthersAsk(v *visit) error {
	view, err := p.security(v)
	if err != nil {
		return err
	}
	if view.RevokeOthers == nil { // nothing to end: back to the list
		redirect(v, homePath)
		return nil
	}
	return p.showConfirm(v, view.RevokeOthers)
}

// sessionRevokeOthers ends all of the user's sessions but this one.
func (p *Pages) sessionRevokeOthers(v *visit) error {
	ended, err := p.Sessions.RevokeOthers(v.r.Context(), p.actor(v))
	if err != nil {
		return err
	}
	flash(v, "flash.sessionsRevoked", ended)
	redirect(v, homePath+"#sessions")
	return nil
}

// sessionRevokeAllAsk asks before all sessions end, this one included.
func (p *Pages) sessionRevokeAllAsk(v *visit) error {
	view, err := p.security(v)
	if err != nil {
		return err
	}
	return p.showConfirm(v, view.RevokeAll)
}

// sessionRevokeAll ends all of the user's sessions.
func (p *Pages) sessionRevokeAll(v *visit) error {
	if _, err := p.Sessions.RevokeAll(v.r.Context(), p.actor(v)); err != nil {
		return err
	}
	request.ClearSession(v.w)
	flash(v, "flash.signedOutEverywhere", 0)
	redirect(v, signInPath)
	return nil
}
