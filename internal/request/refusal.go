package request

import (
	"net/http"
	"strings"

	"github.com/sallyport/sallyport"
)

// Reasons of refusals that are no code of an error.
const (
	UnknownToken  = "unknown_token"  // a session token or API key was sent that opens nothing and never did
	UnknownClient = "unknown_client" // a service that is not known here, or whose secret is wrong
	LimitPrefix   = "limit_"         // before the scope of a limit that was used up
)

// RefusalCodes are the errors that say by themselves that somebody asked for what they may not have.
var RefusalCodes = []sallyport.Code{sallyport.CodeForbidden, sallyport.CodeNotByKey, sallyport.CodeKeyNetwork, sallyport.CodeCrossOrigin, sallyport.CodeNotFound}

// Refusal returns why a request is refused, as far as an operator should know: "" for what happens to
// everybody, such as a session that is over or a form with a mistake. What is not found counts only where
// somebody who is signed in names a thing by its id: whoever guesses ids gets this answer.
func Refusal(r *http.Request, err error) string {
	switch code := sallyport.CodeOf(err); code {
	case sallyport.CodeForbidden, sallyport.CodeNotByKey, sallyport.CodeKeyNetwork, sallyport.CodeCrossOrigin:
		return string(code)
	case sallyport.CodeNotFound:
		if t := TraceOf(r.Context()); t.UserID != "" && strings.Contains(t.Route, "/{") {
			return string(code)
		}
	case sallyport.CodeNotSignedIn:
		if SessionToken(r) != "" {
			return UnknownToken
		}
	}
	return ""
}

// NoteRefusal keeps in the trace of a request why it is refused. All edges call it, where they turn an error
// into an answer; the server makes of it a line in the log, a figure and, when it goes on, an event.
func NoteRefusal(r *http.Request, err error) {
	if why := Refusal(r, err); why != "" {
		TraceOf(r.Context()).note(why)
	}
}

// NoteLimit keeps that a limit was used up. Whoever asked may be told nothing of it.
func (t *Trace) NoteLimit(scope string) { t.note(LimitPrefix + scope) }

// note keeps the first reason: what follows from it is no other one.
func (t *Trace) note(why string) {
	if t.Refused == "" {
		t.Refused = why
	}
}
