package entry

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Paths of a sign-in that asks for a second factor to be set up.
const (
	enrolPath      = kit.SignInPath + "/enrol"
	enrolPhonePath = enrolPath + "/sms"
	enrolSetUpPath = enrolPath + "/set-up"
	enrolAgainPath = enrolPath + "/again"
	enrolSavedPath = enrolPath + "/saved"
)

// signInPlace is where somebody on the way in sets a method up.
func signInPlace(s kit.Speaker, next string) kit.EnrolPlace {
	if next = kit.LocalPath(next); next == kit.HomePath {
		next = ""
	}
	return kit.EnrolPlace{
		Choose: enrolPath, PhonePath: enrolPhonePath, SetUp: enrolSetUpPath, Again: enrolAgainPath, Next: next,
		Back: &kit.Anchor{Text: s.T("enrol.notNow"), Path: kit.WithNext(kit.SignInPath, next)},
	}
}

// placeOf is signInPlace of this visit.
func placeOf(v *kit.Visit) kit.EnrolPlace { return signInPlace(v.Speaker, v.R.FormValue("next")) }

// enrolNext goes to the first page of the set-up. The sign-in calls it when the
// machine says so.
func (p *Pages) enrolNext(v *kit.Visit, next string, result signin.Result) error {
	return p.signInStep(v, enrolPath, next, result)
}

// enrolAsk offers the methods that may be set up, and says why one has to be.
func (p *Pages) enrolAsk(v *kit.Visit) error {
	result, err := p.enrolling(v)
	if err != nil {
		return p.enrolOver(v, err)
	}
	view := kit.ViewChoose(v.Speaker, placeOf(v), result.Methods, true)
	view.Title = v.T("enrol.signInHeading")
	if len(view.Options) > 0 {
		view.Lead = v.T("enrol.signInLead", "Organisation", v.Tenant.Name)
	}
	again := p.SentBack(v)
	view.Refill(v.Speaker, again)
	return p.ShowEnrol(v, again.Status(v), view)
}

// enrolling returns where the flow stands, when it waits for a second factor to be
// set up.
func (p *Pages) enrolling(v *kit.Visit) (signin.Result, error) {
	result, err := p.SignIn.Look(v.R.Context(), p.from(v), request.FlowToken(v.R))
	if err == nil && result.State != signin.Enrol {
		err = sallyport.Refuse(sallyport.CodeFlowMismatch, "no second factor is to be set up")
	}
	return result, err
}

// enrolBegin begins to set up a method that asks for nothing first.
func (p *Pages) enrolBegin(v *kit.Visit) error {
	return p.enrolBegins(v, mfa.NewFactor{Method: v.Value("method")}, enrolPath)
}

// enrolPhoneAsk asks for the number that text messages go to.
func (p *Pages) enrolPhoneAsk(v *kit.Visit) error {
	if _, err := p.enrolling(v); err != nil {
		return p.enrolOver(v, err)
	}
	return p.ShowPhone(v, placeOf(v), "")
}

// enrolPhoneBegin sends the first code there.
func (p *Pages) enrolPhoneBegin(v *kit.Visit) error {
	return p.enrolBegins(v, kit.PhoneOf(v), enrolPhonePath)
}

// enrolAgain begins the same anew: another QR code, or another message.
func (p *Pages) enrolAgain(v *kit.Visit) error {
	begun, err := p.SignIn.Pending(v.R.Context(), p.from(v), request.FlowToken(v.R))
	if err != nil {
		return p.enrolOver(v, err)
	}
	n := mfa.NewFactor{Method: begun.Factor.Method, PhoneNumber: begun.Factor.PhoneNumber}
	return p.enrolBegins(v, n, enrolSetUpPath)
}

// enrolBegins begins n and goes on to its page, or back to one that says what was wrong.
func (p *Pages) enrolBegins(v *kit.Visit, n mfa.NewFactor, back string) error {
	result, err := p.SignIn.BeginEnrolment(v.R.Context(), p.from(v), request.FlowToken(v.R), "", n)
	if err == nil {
		deliver(v, result)
		v.Redirect(kit.WithNext(enrolSetUpPath, v.R.FormValue("next")))
		return nil
	}
	if kit.AsRefused(err) != nil {
		return p.SendBack(v, kit.WithNext(back, v.R.FormValue("next")), err)
	}
	return p.enrolOver(v, err)
}

// enrolOver answers what ends a step: an enrolment that is over begins anew, and so
// does a sign-in.
func (p *Pages) enrolOver(v *kit.Visit, err error) error {
	next := v.R.FormValue("next")
	if errors.Is(err, sallyport.ErrNotFound) {
		return p.SendBack(v, kit.WithNext(enrolPath, next), err)
	}
	switch code := sallyport.CodeOf(err); {
	case code == sallyport.CodeFlowExpired || code == sallyport.CodeFlowMismatch:
		request.ClearFlow(v.W)
		if _, _, out := p.Read.Check(v.R); out != nil { // nobody who is in needs to hear of it
			v.Flash("flash.flowExpired", 0)
		}
		v.Redirect(kit.WithNext(kit.SignInPath, next))
		return nil
	case request.Status(err) >= http.StatusInternalServerError:
		return err
	}
	request.ClearFlow(v.W)
	return p.signInRefused(v, next, err)
}
