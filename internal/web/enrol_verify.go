package web

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
)

// enrolSetUp shows the method that was begun, and waits for its first use.
func (p *Pages) enrolSetUp(v *visit) error { return p.showEnrolSetUp(v, http.StatusOK, nil) }

func (p *Pages) showEnrolSetUp(v *visit, status int, refused *sallyport.Error) error {
	begun, err := p.SignIn.Pending(v.r.Context(), p.Read.From(v.r, v.tenant, false), request.FlowToken(v.r))
	if err != nil {
		return p.enrolOver(v, err)
	}
	view := viewSetUp(v.speaker, v.place(), begun)
	view.keep(v)
	if refused != nil {
		view.refuse(v.speaker, refused)
	}
	return p.showEnrol(v, status, view)
}

// enrolVerify makes the method count, which ends the sign-in or leads to its next
// step.
func (p *Pages) enrolVerify(v *visit) error {
	result, err := p.SignIn.Advance(v.r.Context(), p.Read.From(v.r, v.tenant, false), request.FlowToken(v.r), signin.Step{
		State: signin.Enrol, Answer: answerOf(v),
	})
	switch {
	case err == nil && result.State != signin.Done && result.Enrolled != nil && len(result.Enrolled.BackupCodes) > 0:
		// More is to be done before they are in, and there is no other time to show them.
		request.Deliver(v.w, v.r, result)
		return p.codesAfterSignIn(v, v.r.FormValue("next"), result)
	case err == nil:
		return p.signInNext(v, v.r.FormValue("next"), result)
	}
	if e := asRefused(err); e != nil {
		request.SetRetryAfter(v.w.Header(), err)
		return p.showEnrolSetUp(v, request.Status(err), e)
	}
	return p.enrolOver(v, err)
}

// codesAfterSignIn shows the backup codes that came with a method set up on the way
// in, before it goes on to next.
func (p *Pages) codesAfterSignIn(v *visit, next string, result signin.Result) error {
	view := viewCodes(v.speaker, v.tenant.Name, result.Email, result.Enrolled.BackupCodes)
	view.Done, view.Path, view.Next = codesDone(v.speaker, *result.Enrolled), enrolSavedPath, localPath(next)
	return p.write(v, http.StatusOK, "enrol_codes", page{Title: view.Title, Wide: true, Body: view})
}

// enrolSaved goes on after somebody said that they have saved their codes: in, or to
// the next step of the sign-in.
func (p *Pages) enrolSaved(v *visit) error {
	if flow := request.FlowToken(v.r); flow != "" {
		result, err := p.SignIn.Look(v.r.Context(), p.Read.From(v.r, v.tenant, false), flow)
		if err != nil {
			return p.enrolOver(v, err)
		}
		result.FlowToken = flow
		return p.signInNext(v, formOf(v, "next"), result)
	}
	return p.codesSaved(v)
}
