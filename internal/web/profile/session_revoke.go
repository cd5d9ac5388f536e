package profile

import (
	"iter"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// sessionRevokeAsk asks before one session is revoked.
func (p *Pages) sessionRevokeAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	session, err := p.ownSession(v, v.R.PathValue("id"))
	if err != nil {
		return nil, err
	}
	devices, err := p.devicesByID(v)
	if err != nil {
		return nil, err
	}
	return leadsBack(v, confirmRevoke(v.Speaker, session, devices.nameOf(v.Speaker, session))), nil
}

// leadsBack keeps where the question came from, for the act behind it.
func leadsBack(v *kit.Visit, ask *kit.ConfirmView) *kit.ConfirmView {
	if back := kit.BackTo(v, ""); back != "" {
		ask.Path, ask.Back = kit.WithBack(ask.Path, back), back
	}
	return ask
}

// sessionRevoke ends one of the user's sessions.
func (p *Pages) sessionRevoke(v *kit.Visit) error {
	if err := p.Sessions.RevokeOwn(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return err
	}
	v.Flash("flash.sessionRevoked", 0)
	v.Redirect(kit.BackTo(v, sessionsSection))
	return nil
}

// eachSession reads the user's live sessions page by page.
func (p *Pages) eachSession(v *kit.Visit) iter.Seq2[sallyport.Session, error] {
	return list.All(list.OwnSessions.First(), func(q list.Query) (list.Page[sallyport.Session], error) {
		return p.Sessions.ListOwn(v.R.Context(), p.Actor(v), q)
	})
}

// ownSession finds one of the user's live sessions.
func (p *Pages) ownSession(v *kit.Visit, id string) (sallyport.Session, error) {
	for session, err := range p.eachSession(v) {
		if err != nil || session.ID == id {
			return session, err
		}
	}
	return sallyport.Session{}, sallyport.ErrNotFound
}
