package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
)

func (e *edge) addSessions() {
	handleList(e, get("listSessions", "/sessions", "The sessions of the organisation, the newest first").
		says("Those that ended are listed too.").needs(session.NeedView), list.Sessions, e.listSessions)
	handle(e, get("getSession", "/sessions/{id}", "One session", http.StatusNotFound).needs(session.NeedView), e.getSession)

	terminate := post("terminateSession", "/sessions/{id}/terminate", "End a session", http.StatusNotFound)
	terminate.Description = "A session that has ended already is no error."
	handle(e, terminate.needs(session.NeedTerminate), e.onID(e.Sessions.Terminate))

	suspend := post("suspendSession", "/sessions/{id}/suspend", "Pause a session", http.StatusNotFound, http.StatusConflict)
	suspend.Description = "It opens nothing until it is resumed. 409 when it has ended. That it is paused already is no error."
	handle(e, suspend.needs(session.NeedTerminate), e.onID(e.Sessions.Suspend))

	resume := post("resumeSession", "/sessions/{id}/resume", "Let a paused session go on", http.StatusNotFound, http.StatusConflict)
	resume.Description = "409 when it has ended. One that is not paused is no error."
	handle(e, resume.needs(session.NeedResume), e.onID(e.Sessions.Resume))

	revoke := post("revokeSession", "/sessions/{id}/revoke", "End a session for security", http.StatusNotFound)
	revoke.Description = "As terminateSession, and its status says that it was for security."
	handle(e, revoke.needs(session.NeedTerminate), e.onID(e.Sessions.Revoke))

	extend := post("extendSession", "/sessions/{id}/extend", "Let a session go on for longer", http.StatusNotFound, http.StatusConflict)
	extend.Description = "For as long as policy lets a new one, from now on. Its idle time stays. 409 when it has ended. One that ends later already is no error."
	handle(e, extend.needs(session.NeedResume), e.onID(e.Sessions.Extend))
}

func (e *edge) listSessions(ctx context.Context, q list.Query) (*pageOutput[sessionRecord], error) {
	found, err := e.Sessions.List(ctx, e.actor(ctx), q)
	return newPage(found, e.showSession(ctx)), err
}

type sessionOutput struct{ Body sessionRecord }

func (e *edge) getSession(ctx context.Context, in *idInput) (*sessionOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	s, err := e.Sessions.Get(ctx, e.actor(ctx), id)
	return &sessionOutput{e.showSession(ctx)(s)}, err
}

// onID returns the handler of an act that needs only the id of what it is done to.
func (e *edge) onID(act func(context.Context, sallyport.Actor, string) error) func(context.Context, *idInput) (*struct{}, error) {
	return func(ctx context.Context, in *idInput) (*struct{}, error) {
		id, err := in.id()
		if err != nil {
			return nil, err
		}
		return nil, act(ctx, e.actor(ctx), id)
	}
}
