package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
)

// stepUpShow asks somebody who is signed in to prove anew who they are, and says what
// for. Nothing begins before they answer.
func (p *Pages) stepUpShow(v *visit) error {
	at, ask, err := p.stepUpChallenge(v)
	if err != nil {
		return err
	}
	if ask == nil {
		redirect(v, localPath(v.r.FormValue("next")))
		return nil
	}
	return p.showStepUp(v, at, ask, nil, nil)
}

// stepUpAct returns the act that err asks to prove more for, "" for other errors.
func stepUpAct(err error) string {
	var e *sallyport.Error
	if errors.As(err, &e) && e.Code == sallyport.CodeStepUp && e.StepUp != nil {
		return e.StepUp.Act
	}
	return ""
}

// pageOf returns the page to come back to: that of a form has the path it is sent to.
func pageOf(r *http.Request) string {
	if r.Method == http.MethodGet {
		return r.URL.RequestURI()
	}
	return r.URL.Path
}

// stepUpWith returns the address that asks for what an act needs and leads on to next.
func stepUpWith(act, next string) string {
	query := url.Values{}
	for _, k := range keepAct(act, next) {
		query.Set(k.Name, k.Value)
	}
	return withQuery(stepUpPath, query)
}

func keepAct(act, next string) []kept { return append([]kept{{"act", act}}, keepNext(next)...) }

// stepUpChallenge returns the challenge before the act that a request names, and what is
// missing for it: nil when nothing is.
func (p *Pages) stepUpChallenge(v *visit) (challenge, *sallyport.StepUp, error) {
	act, next := v.r.FormValue("act"), v.r.FormValue("next")
	if _, ok := policy.ActOf(policy.Act(act)); !ok {
		return challenge{}, nil, sallyport.ErrNotFound
	}
	at := challenge{
		path: stepUpFactorPath, start: stepUpWith(act, next), keep: keepAct(act, next),
		back: anchor{Text: v.T("act.cancel"), Path: homePath},
		lead: v.T("stepUp.to." + act),
		past: p.stepUpNext, wrong: func(_ *visit, err error) error { return err },
	}
	err := p.Accounts.MayAct(v.r.Context(), p.actor(v), policy.Act(act))
	var e *sallyport.Error
	if errors.As(err, &e) && e.Code == sallyport.CodeStepUp {
		return at, e.StepUp, nil
	}
	return at, nil, err
}

// showStepUp shows the first question: the password or a passkey, a second factor,
// or that the device is what is missing. refused, if any, is what was wrong with the
// answer, and passkey with that of a passkey.
func (p *Pages) showStepUp(v *visit, at challenge, ask *sallyport.StepUp, refused, passkey error) error {
	status := http.StatusOK
	if err := cmp.Or(refused, passkey); err != nil {
		status = request.Status(err)
		request.SetRetryAfter(v.w.Header(), err)
	}
	if !ask.Password && !ask.Factor {
		view := viewStepUpTrust(v.speaker, at, ask.Trust)
		return p.show(v, status, "step_up_trust", view.Title, view)
	}
	user, err := p.Accounts.Own(v.r.Context(), p.actor(v))
	if err != nil {
		return err
	}
	own, err := p.Factors.Own(v.r.Context(), p.actor(v))
	if err != nil {
		return err
	}
	notice, _ := takeNotice(v)
	choices := own.Choices
	if !ask.Password {
		at.path = stepUpPath // where the flow begins
		view := viewFactor(v.speaker, at, user.Email, choices, chosenOf(v.r))
		view.Notice = notice
		if view.Passkey != nil { // it signs what the flow asked, which has begun by then
			view.Passkey.Path = stepUpFactorPath
		}
		var e *sallyport.Error
		if errors.As(refused, &e) {
			view.refuse(v.speaker, e)
		}
		return p.showChallenge(v, status, view)
	}
	hasPasskey := slices.ContainsFunc(choices, func(c mfa.Choice) bool { return sallyport.MethodOf(c.Method).Alone })
	view := viewStepUp(v.speaker, at, user.Email, user.PasswordHash != "", hasPasskey)
	view.Notice = notice
	view.refuse(v.speaker, refused, passkey)
	return p.show(v, status, "step_up_ask", view.Title, view)
}
