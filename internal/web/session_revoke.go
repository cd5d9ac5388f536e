package web

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// sessionRevokeAsk asks before one session is revoked.
func (p *Pages) sessionRevokeAsk(v *visit) error {
	session, err := p.ownSession(v, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.showConfirm(v, confirmRevoke(v.speaker, session))
}

// sessionRevoke ends one of the user's sessions.
func (p *Pages) sessionRevoke(v *visit) error {
	if err := p.Sessions.RevokeOwn(v.r.Context(), p.actor(v), v.r.PathValue("id")); err != nil {
		return err
	}
	flash(v, "flash.sessionRevoked", 0)
	redirect(v, homePath+"#sessions")
	return nil
}

// ownSession finds one of the user's live sessions.
func (p *Pages) ownSession(v *visit, id string) (sallyport.Session, error) {
	for session, err := range list.All(list.OwnSessions.First(), func(q list.Query) (list.Page[sallyport.Session], error) {
		return p.Sessions.ListOwn(v.r.Context(), p.actor(v), q)
	}) {
		if err != nil || session.ID == id {
			return session, err
		}
	}
	return sallyport.Session{}, sallyport.ErrNotFound
}

func (p *Pages) showConfirm(v *visit, view *confirmView) error {
	return p.show(v, http.StatusOK, "act_confirm", view.Title, view)
}
