package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/session"
)

func (e *edge) addSessions() {
	terminate := post("terminateSession", "/sessions/{id}/terminate", "End a session", http.StatusNotFound)
	terminate.Description = "A session that has ended already is no error."
	handle(e, terminate.needs(session.NeedTerminate), e.onID(e.Sessions.Terminate))

	suspend := post("suspendSession", "/sessions/{id}/suspend", "Pause a session", http.StatusNotFound, http.StatusConflict)
	suspend.Description = "It opens nothing until it is resumed. 409 when it has ended. That it is paused already is no error."
	handle(e, suspend.needs(session.NeedTerminate), e.onID(e.Sessions.Suspend))

	resume := post("resumeSession", "/sessions/{id}/resume", "Let a paused session go on", http.StatusNotFound, http.StatusConflict)
	resume.Description = "409 when it has ended. One that is not paused is no error."
	handle(e, resume.needs(session.NeedResume), e.onID(e.Sessions.Resume))
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
