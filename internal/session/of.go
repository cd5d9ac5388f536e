package session

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/list"
)

// NeedView is what it takes to see the sessions of others.
var NeedView = act.Need{Permission: access.SessionsView}

// ListOf returns a page of somebody's live sessions, with whole addresses. It needs sessions.view.
// ErrNotFound when there is no such user.
func (s *Service) ListOf(ctx context.Context, actor sallyport.Actor, userID string, q list.Query) (list.Page[sallyport.Session], error) {
	none := list.Page[sallyport.Session]{}
	if _, err := s.acts.User(ctx, actor.TenantID, userID); err != nil {
		return none, err
	}
	if err := NeedView.ToLook(actor); err != nil {
		return none, err
	}
	found, err := s.acts.OwnSessions(ctx, actor.TenantID, userID, q)
	if err != nil {
		return none, err
	}
	found.Rows = s.live(found.Rows)
	return found, nil
}

// Get returns a live session of the organisation, with its whole address. It needs sessions.view.
// ErrNotFound when there is none, or it is over.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (sallyport.Session, error) {
	found, err := s.acts.Session(ctx, actor.TenantID, id)
	if err == nil {
		err = NeedView.ToLook(actor)
	}
	if err != nil {
		return sallyport.Session{}, err
	}
	if live := s.live([]sallyport.Session{found}); len(live) == 1 {
		return live[0], nil
	}
	return sallyport.Session{}, sallyport.ErrNotFound
}

// live returns the sessions that have not expired, with what this node knows of their use.
func (s *Service) live(rows []sallyport.Session) []sallyport.Session {
	now := s.acts.Now()
	live := rows[:0]
	for _, v := range rows {
		s.activity.refresh(&v)
		if v.EffectiveStatus(now).Live() {
			live = append(live, v)
		}
	}
	return live
}
