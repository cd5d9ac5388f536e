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

// needGroups is what it takes to filter by group: it tells who is in one.
var needGroups = act.Need{Permission: access.UsersView}

// List returns a page of the organisation's sessions, ended ones too, with whole addresses. It
// needs sessions.view, and users.view to filter by group.
func (s *Service) List(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Session], error) {
	if err := NeedView.ToLook(actor); err != nil {
		return list.Page[sallyport.Session]{}, err
	}
	if len(q.Given("groupId")) > 0 {
		if err := needGroups.ToLook(actor); err != nil {
			return list.Page[sallyport.Session]{}, err
		}
	}
	found, err := s.acts.ListSessions(ctx, actor.TenantID, q)
	return list.Map(found, s.present), err
}

// Get returns a session of the organisation, with its whole address; an ended one too. It needs
// sessions.view. ErrNotFound when there is none.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (sallyport.Session, error) {
	found, err := s.acts.Session(ctx, actor.TenantID, id)
	if err == nil {
		err = NeedView.ToLook(actor)
	}
	if err != nil {
		return sallyport.Session{}, err
	}
	return s.present(found), nil
}

// present returns a session as it is now: with what this node knows of its use, and over when its
// end has passed.
func (s *Service) present(v sallyport.Session) sallyport.Session {
	s.activity.refresh(&v)
	v.Status = v.EffectiveStatus(s.acts.Now())
	return v
}

// live returns the sessions that have not expired, with what this node knows of their use.
func (s *Service) live(rows []sallyport.Session) []sallyport.Session {
	live := rows[:0]
	for _, v := range rows {
		if v = s.present(v); v.Status.Live() {
			live = append(live, v)
		}
	}
	return live
}
