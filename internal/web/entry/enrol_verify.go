package entry

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// enrolSetUp shows the method that was begun, and waits for its first use.
func (p *Pages) enrolSetUp(v *kit.Visit) error {
	begun, err := p.SignIn.Pending(v.R.Context(), p.from(v), request.FlowToken(v.R))
	if err != nil {
		return p.enrolOver(v, err)
	}
	view := kit.ViewSetUp(v.Speaker, placeOf(v), begun)
	again := p.SentBack(v)
	view.Refill(v.Speaker, again)
	return p.ShowEnrol(v, again.Status(v), view)
}

// enrolVerify makes the method count, which ends the sign-in or leads to its next
// step.
func (p *Pages) enrolVerify(v *kit.Visit) error {
	result, err := p.SignIn.Advance(v.R.Context(), p.from(v), request.FlowToken(v.R), signin.Step{
		State: signin.Enrol, Answer: kit.AnswerOf(v),
	})
	switch {
	case err == nil && result.State != signin.Done && result.Enrolled != nil && len(result.Enrolled.BackupCodes) > 0:
		// More is to be done before they are in, and there is no other time to show them.
		deliver(v, result)
		return p.codesAfterSignIn(v, v.R.FormValue("next"), result)
	case err == nil:
		return p.signInNext(v, v.R.FormValue("next"), result)
	}
	if kit.AsRefused(err) != nil {
		return p.SendBack(v, kit.WithNext(enrolSetUpPath, v.R.FormValue("next")), err)
	}
	return p.enrolOver(v, err)
}

// codesAfterSignIn shows the backup codes that came with a method set up on the way
// in, before it goes on to next.
func (p *Pages) codesAfterSignIn(v *kit.Visit, next string, result signin.Result) error {
	view := kit.ViewCodes(v.Speaker, v.Tenant.Name, result.Email, result.Enrolled.BackupCodes)
	view.Done, view.Path, view.Next = kit.CodesDone(v.Speaker, *result.Enrolled), enrolSavedPath, kit.LocalPath(next)
	return p.Write(v, http.StatusOK, "enrol_codes", kit.Page{Title: view.Title, Wide: true, Body: view})
}

// enrolSaved goes on after somebody said that they have saved their codes: in, or to
// the next step of the sign-in.
func (p *Pages) enrolSaved(v *kit.Visit) error {
	if flow := request.FlowToken(v.R); flow != "" {
		result, err := p.SignIn.CodesSaved(v.R.Context(), p.from(v), flow)
		if err != nil {
			return p.enrolOver(v, err)
		}
		result.FlowToken = flow
		return p.signInNext(v, v.Value("next"), result)
	}
	_, checked, err := p.Read.Check(v.R)
	if err == nil {
		err = p.Factors.CodesSaved(v.R.Context(), p.Read.Actor(v.R, checked))
	}
	if err != nil && request.Status(err) >= http.StatusInternalServerError {
		return err
	}
	return p.PastCodes(v) // who is not in any more is asked to sign in there
}
