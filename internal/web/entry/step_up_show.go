package entry

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// stepUpShow asks somebody who is signed in to prove anew who they are, and says what
// for. Nothing begins before they answer.
func (p *Pages) stepUpShow(v *kit.Visit) error {
	at, ask, err := p.stepUpChallenge(v)
	if err != nil {
		return err
	}
	if ask == nil {
		v.Redirect(kit.LocalPath(v.R.FormValue("next")))
		return nil
	}
	return p.showStepUp(v, at, ask, p.SentBack(v))
}

// stepUpChallenge returns the challenge before the act that a request names, and what is
// missing for it: nil when nothing is.
func (p *Pages) stepUpChallenge(v *kit.Visit) (challenge, *sallyport.StepUp, error) {
	act, next := v.R.FormValue("act"), v.R.FormValue("next")
	if _, ok := policy.ActOf(policy.Act(act)); !ok {
		return challenge{}, nil, sallyport.ErrNotFound
	}
	at := challenge{
		path: stepUpFactorPath, start: kit.StepUpWith(act, next), keep: kit.KeepAct(act, next),
		back: kit.Anchor{Text: v.T("act.cancel"), Path: kit.HomePath},
		lead: v.T("stepUp.to." + act),
		past: p.stepUpNext, wrong: p.stepUpWrong,
	}
	err := p.Accounts.MayAct(v.R.Context(), p.Actor(v), policy.Act(act))
	var e *sallyport.Error
	if errors.As(err, &e) && e.Code == sallyport.CodeStepUp {
		return at, e.StepUp, nil
	}
	return at, nil, err
}

// errUnavailable is the refusal of a step-up whose second factor cannot be proven.
var errUnavailable = sallyport.Refuse(sallyport.CodeFactorUnavailable, "")

// stepUpWrong answers what ends a step-up.
func (p *Pages) stepUpWrong(v *kit.Visit, err error) error {
	switch {
	case !errors.Is(err, errUnavailable):
		return err
	case v.R.Method == http.MethodPost: // its page finds the same
		at, _, failed := p.stepUpChallenge(v)
		if failed != nil {
			return failed
		}
		return p.SendBack(v, at.start, err)
	}
	request.ClearFlow(v.W)
	at, _, failed := p.stepUpChallenge(v)
	if failed != nil {
		return failed
	}
	user, failed := p.Accounts.Own(v.R.Context(), p.Actor(v))
	if failed != nil {
		return failed
	}
	view := viewStepUpStuck(v.Speaker, at, user.Email)
	return p.Show(v, request.Status(err), "step_up_ask", view.Title, view)
}

// showStepUp shows the first question: the password or a passkey, a second factor,
// or that the device is what is missing. again, if any, is what was wrong with the answer.
func (p *Pages) showStepUp(v *kit.Visit, at challenge, ask *sallyport.StepUp, again *kit.Again) error {
	if e := again.Refused(); e != nil && e.Code == sallyport.CodeFactorUnavailable {
		return p.stepUpWrong(v, errUnavailable)
	}
	if !ask.Password && !ask.Factor {
		view := viewStepUpTrust(v.Speaker, at, ask.Trust)
		return p.Show(v, again.Status(v), "step_up_trust", view.Title, view)
	}
	user, err := p.Accounts.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	choices, alone, err := p.Factors.Provable(v.R.Context(), p.Actor(v), policy.Act(ask.Act))
	if err != nil {
		return err
	}
	notice, _ := v.TakeNotice()
	if !ask.Password && len(choices) == 0 {
		return p.stepUpWrong(v, errUnavailable)
	}
	if !ask.Password {
		at.path = kit.StepUpPath // where the flow begins
		view := viewFactor(v.Speaker, at, user.Email, choices, chosenOf(v.R))
		view.Notice = notice
		if view.Passkey != nil { // it signs what the flow asked, which has begun by then
			view.Passkey.Path = stepUpFactorPath
		}
		if e := again.Refused(); e != nil {
			view.Refuse(v.Speaker, e)
			view.Code.Resume(again)
		}
		return p.showChallenge(v, again.Status(v), view)
	}
	anew, err := p.SSO.Anew(v.R.Context(), user)
	if err != nil {
		return err
	}
	rules, err := p.Tenants.Policy(v.R.Context(), v.Tenant.ID)
	if err != nil {
		return err
	}
	view := viewStepUp(v.Speaker, at, user.Email, stepUpWays{user.PasswordHash != "" && !rules.SSORequired, len(alone) > 0, anew})
	view.Notice = notice
	view.again(v.Speaker, again)
	return p.Show(v, again.Status(v), "step_up_ask", view.Title, view)
}
