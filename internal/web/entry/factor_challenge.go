package entry

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// challengeShow asks for a second factor: the first of the choices, or the one chosen. It says
// what was wrong with the last answer.
func (p *Pages) challengeShow(v *kit.Visit, at challenge) error {
	view, err := p.challenge(v, at, request.FlowToken(v.R))
	again := p.SentBack(v)
	refused := again.Refused()
	switch {
	case err != nil && at.path == factorPath && refused != nil && refused.Code == sallyport.CodeMFAFailed:
		return at.wrong(v, refused) // the last passkey there was is suspended
	case err != nil:
		return p.challengeOver(v, at, err)
	case refused != nil:
		view.Refuse(v.Speaker, refused)
		view.Code.Resume(again)
	}
	return p.showChallenge(v, again.Status(v), view)
}

// challengeAnswer takes the step.
func (p *Pages) challengeAnswer(v *kit.Visit, at challenge) error {
	return p.challengeStep(v, at, request.FlowToken(v.R))
}

func (p *Pages) challengeStep(v *kit.Visit, at challenge, flowToken string) error {
	result, err := p.SignIn.Advance(v.R.Context(), p.from(v), flowToken, signin.Step{
		State:  signin.Factor,
		Answer: mfa.Answer{Method: v.Value("method"), Code: v.Value("code"), Passkey: []byte(v.Value("passkey"))},
	})
	if err == nil {
		return at.past(v, result)
	}
	return p.challengeRefused(v, at, err)
}

// challengeSend sends a code, or hands the script of the page what the passkey is
// to sign.
func (p *Pages) challengeSend(v *kit.Visit, at challenge) error {
	return p.challengeAsk(v, at, request.FlowToken(v.R))
}

func (p *Pages) challengeAsk(v *kit.Visit, at challenge, flowToken string) error {
	choice := mfa.Choice{Method: v.Value("method"), FactorID: v.Value("factor")}
	result, err := p.SignIn.Ask(v.R.Context(), p.from(v), flowToken, "", choice)
	if kit.WantsJSON(v.R) {
		return p.passkeyOptions(v, at.start, result, err)
	}
	if err != nil {
		return p.challengeRefused(v, at, err)
	}
	deliver(v, result)
	// A page of its own, so that a reload sends nothing again.
	v.Redirect(chosen{method: choice.Method, factor: choice.FactorID, until: result.Asked.Until}.address(at))
	return nil
}

// challengeRefused goes back to the challenge to say what was wrong, or to what comes instead
// when the flow is over.
func (p *Pages) challengeRefused(v *kit.Visit, at challenge, err error) error {
	if kit.AsError(err) == nil {
		return err
	}
	if kit.AsRefused(err) == nil {
		return p.challengeOver(v, at, err)
	}
	return p.SendBack(v, chosenOf(v.R).address(at), err)
}

// challengeOver answers what is no wrong answer: a flow that is over begins anew, and
// says so.
func (p *Pages) challengeOver(v *kit.Visit, at challenge, err error) error {
	switch code := sallyport.CodeOf(err); {
	case code == sallyport.CodeFlowExpired || code == sallyport.CodeFlowMismatch:
		request.ClearFlow(v.W)
		v.Flash("flash.flowExpired", 0)
		v.Redirect(at.start)
		return nil
	case request.Status(err) >= http.StatusInternalServerError:
		return err
	}
	return at.wrong(v, err)
}

// challenge builds the page from where the flow stands.
func (p *Pages) challenge(v *kit.Visit, at challenge, flowToken string) (*kit.FactorView, error) {
	result, err := p.SignIn.Look(v.R.Context(), p.from(v), flowToken)
	if err != nil {
		return nil, err
	}
	if result.State != signin.Factor || len(result.Choices) == 0 {
		return nil, sallyport.Refuse(sallyport.CodeFlowMismatch, "no second factor is asked for")
	}
	if result.EnrolNext {
		at.lead = v.T("factor.leadEnrol")
	}
	view := viewFactor(v.Speaker, at, result.Email, result.Choices, chosenOf(v.R))
	if w := result.Waiting; w != nil && sallyport.MethodOf(view.Method).Elsewhere {
		view.Await(v.Speaker, *w, at.address(at.path+"/state"), v.R.Host+strings.TrimSuffix(mfa.ApprovalPath, "/"))
	}
	return view, nil
}

// challengeState tells the script of the page how it stands with what other devices were asked for.
func (p *Pages) challengeState(v *kit.Visit, at challenge) error {
	result, err := p.SignIn.Look(v.R.Context(), p.from(v), request.FlowToken(v.R))
	state := "over"
	switch {
	case err != nil && (request.Status(err) >= http.StatusInternalServerError || sallyport.CodeOf(err) == sallyport.CodeNetworkBlocked):
		return err
	case err == nil && result.Waiting != nil:
		state = result.Waiting.State
	}
	return v.JSON(http.StatusOK, map[string]string{"state": state})
}

func (p *Pages) showChallenge(v *kit.Visit, status int, view *kit.FactorView) error {
	return p.Show(v, status, "factor_ask", view.Title, view)
}

// chosen is what an address or a form says of the way that somebody takes.
type chosen struct {
	method, factor string
	until          time.Time // a code that was sent works; zero when none was
}

func chosenOf(r *http.Request) chosen {
	c := chosen{method: r.FormValue("method"), factor: r.FormValue("factor")}
	if seconds, err := strconv.ParseInt(r.FormValue("until"), 10, 64); err == nil && seconds > 0 {
		c.until = time.Unix(seconds, 0)
	}
	return c
}

// address returns the page of the challenge that shows the choice.
func (c chosen) address(at challenge) string {
	until := ""
	if !c.until.IsZero() {
		until = strconv.FormatInt(c.until.Unix(), 10)
	}
	return at.address(at.path, "method", c.method, "factor", c.factor, "until", until)
}

// choose returns the choice that is meant, the first one where none is, and the
// others.
func (c chosen) choose(choices []mfa.Choice) (mfa.Choice, []mfa.Choice) {
	i := slices.IndexFunc(choices, func(x mfa.Choice) bool {
		return x.Method == c.method && (c.factor == "" || c.factor == x.FactorID)
	})
	i = max(i, 0)
	return choices[i], slices.Delete(slices.Clone(choices), i, i+1)
}
