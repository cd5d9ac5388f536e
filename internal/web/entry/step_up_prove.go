package entry

import (
	"fmt"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// stepUpBegin takes the first answer: it opens the flow and goes through its first
// step at once.
func (p *Pages) stepUpBegin(v *kit.Visit) error {
	at, ask, err := p.stepUpChallenge(v)
	if err != nil {
		return err
	}
	opened, done, err := p.openStepUp(v, ask)
	if done || err != nil {
		return p.stepUpRefused(v, at, ask, err)
	}
	if opened.State == signin.Factor {
		deliver(v, opened)
		return p.challengeStep(v, at, opened.FlowToken)
	}
	result, err := p.SignIn.Advance(v.R.Context(), p.from(v), opened.FlowToken, signin.Step{
		State: signin.Password, Password: v.Value("password"),
	})
	if err != nil {
		return p.stepUpRefused(v, at, ask, err)
	}
	return p.stepUpNext(v, result)
}

// stepUpSend opens the flow and asks for what its first answer needs: a code that is
// sent, or what a passkey is to sign.
func (p *Pages) stepUpSend(v *kit.Visit) error {
	at, ask, err := p.stepUpChallenge(v)
	if err != nil {
		return err
	}
	opened, done, err := p.openStepUp(v, ask)
	switch {
	case kit.WantsJSON(v.R) && (done || err != nil):
		if done {
			err = sallyport.Refuse(sallyport.CodeFlowExpired, "nothing is missing any more")
		}
		return p.passkeyOptions(v, at.start, signin.Result{}, err)
	case done || err != nil:
		return p.stepUpRefused(v, at, ask, err)
	}
	return p.challengeAsk(v, at, opened.FlowToken)
}

// stepUpPasskey takes the answer of a passkey instead of the password.
func (p *Pages) stepUpPasskey(v *kit.Visit) error {
	at, ask, err := p.stepUpChallenge(v)
	if err != nil {
		return err
	}
	result, err := p.SignIn.Advance(v.R.Context(), p.from(v), request.FlowToken(v.R), signin.Step{
		State: signin.Password, Passkey: passkeyOf(v),
	})
	switch {
	case err == nil:
		return p.stepUpNext(v, result)
	case sallyport.CodeOf(err) == sallyport.CodeMFAFailed && ask != nil:
		return p.SendBack(v, at.start, err, notePasskey)
	}
	return p.stepUpRefused(v, at, ask, err)
}

func (p *Pages) stepUpFactorShow(v *kit.Visit) error { return p.atStepUp(v, p.challengeShow) }

func (p *Pages) stepUpFactorAnswer(v *kit.Visit) error { return p.atStepUp(v, p.challengeAnswer) }

func (p *Pages) stepUpFactorSend(v *kit.Visit) error { return p.atStepUp(v, p.challengeSend) }

func (p *Pages) stepUpFactorState(v *kit.Visit) error { return p.atStepUp(v, p.challengeState) }

func (p *Pages) atStepUp(v *kit.Visit, do func(*kit.Visit, challenge) error) error {
	at, _, err := p.stepUpChallenge(v)
	if err != nil {
		return err
	}
	return do(v, at)
}

// openStepUp opens the flow. done is whether nothing is missing any more.
func (p *Pages) openStepUp(v *kit.Visit, ask *sallyport.StepUp) (r signin.Result, done bool, err error) {
	if ask == nil {
		return r, true, nil
	}
	r, err = p.SignIn.OpenStepUp(v.R.Context(), p.from(v), p.Actor(v), *ask)
	return r, false, err
}

// stepUpRefused answers a step-up that did not begin, or whose first answer was wrong.
func (p *Pages) stepUpRefused(v *kit.Visit, at challenge, ask *sallyport.StepUp, err error) error {
	code := sallyport.CodeOf(err)
	switch {
	case err == nil:
		v.Redirect(kit.LocalPath(v.R.FormValue("next")))
		return nil
	case ask != nil && (ofProvider(code) || code == sallyport.CodeInvalidCredentials || code == sallyport.CodeRateLimited || code == sallyport.CodeAccountLocked):
		return p.SendBack(v, at.start, err)
	}
	return p.challengeOver(v, at, err)
}

// stepUpNext goes where the machine says: to the second factor, or back to the act
// with a session under a new token.
func (p *Pages) stepUpNext(v *kit.Visit, result signin.Result) error {
	act, next := v.R.FormValue("act"), v.R.FormValue("next")
	switch result.State {
	case signin.Done:
		deliver(v, result)
		said := "flash.confirmed"
		if act == string(policy.ChangePassword) {
			said = "flash.confirmedPassword"
		}
		v.Flash(said, 0)
		v.Redirect(afterBackupCode(v, result.Used, kit.LocalPath(next)))
		return nil
	case signin.Factor:
		deliver(v, result)
		v.Redirect(challenge{keep: kit.KeepAct(act, next)}.address(stepUpFactorPath))
		return nil
	}
	return fmt.Errorf("web: no page for step-up state %q", result.State)
}
