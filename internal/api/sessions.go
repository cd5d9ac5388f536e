package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport"
)

func (e *edge) addSessions() {
	terminate := post("terminateSession", "/sessions/{id}/terminate", "End a session", http.StatusForbidden, http.StatusNotFound)
	terminate.Description = "Needs sessions.terminate. A session that has ended already is no error."
	handle(e, e.behind(terminate), e.onSession(e.Sessions.Terminate))

	suspend := post("suspendSession", "/sessions/{id}/suspend", "Pause a session", http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	suspend.Description = "Needs sessions.terminate. It opens nothing until it is resumed."
	handle(e, e.behind(suspend), e.onSession(e.Sessions.Suspend))

	resume := post("resumeSession", "/sessions/{id}/resume", "Let a paused session go on", http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	resume.Description = "Needs sessions.terminate."
	handle(e, e.behind(resume), e.onSession(e.Sessions.Resume))
}

// onSession makes the operation of an act on one session.
func (e *edge) onSession(act func(context.Context, sallyport.Actor, string) error) func(context.Context, *idInput) (*struct{}, error) {
	return func(ctx context.Context, in *idInput) (*struct{}, error) {
		id, err := in.id()
		if err != nil {
			return nil, err
		}
		return nil, act(ctx, e.actor(ctx), id)
	}
}
