package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
)

// Paths of a sign-in that asks for a second factor to be set up.
const (
	enrolPath      = signInPath + "/enrol"
	enrolPhonePath = enrolPath + "/sms"
	enrolSetUpPath = enrolPath + "/set-up"
	enrolAgainPath = enrolPath + "/again"
	enrolSavedPath = enrolPath + "/saved"
)

// signInPlace is where somebody on the way in sets a method up.
func signInPlace(s speaker, next string) enrolPlace {
	if next = localPath(next); next == homePath {
		next = ""
	}
	return enrolPlace{
		Choose: enrolPath, PhonePath: enrolPhonePath, SetUp: enrolSetUpPath, Again: enrolAgainPath, Next: next,
		Back: &anchor{Text: s.T("enrol.notNow"), Path: withNext(signInPath, next)},
	}
}

// place is signInPlace of this visit.
func (v *visit) place() enrolPlace { return signInPlace(v.speaker, v.r.FormValue("next")) }

// enrolNext goes to the first page of the set-up. The sign-in calls it when the
// machine says so.
func (p *Pages) enrolNext(v *visit, next string, result signin.Result) error {
	return p.signInStep(v, enrolPath, next, result)
}

// enrolAsk offers the methods that may be set up, and says why one has to be.
func (p *Pages) enrolAsk(v *visit) error { return p.showEnrolChoose(v, http.StatusOK, nil) }

func (p *Pages) showEnrolChoose(v *visit, status int, refused *sallyport.Error) error {
	result, err := p.enrolling(v)
	if err != nil {
		return p.enrolOver(v, err)
	}
	view := viewChoose(v.speaker, v.place(), result.Methods, true)
	view.Title = v.T("enrol.signInHeading")
	if len(view.Options) > 0 {
		view.Lead = v.T("enrol.signInLead", "Organisation", v.tenant.Name)
	}
	if refused != nil {
		view.refuse(v.speaker, refused)
	}
	return p.showEnrol(v, status, view)
}

// enrolling returns where the flow stands, when it waits for a second factor to be
// set up.
func (p *Pages) enrolling(v *visit) (signin.Result, error) {
	result, err := p.SignIn.Look(v.r.Context(), p.Read.From(v.r, v.tenant, false), request.FlowToken(v.r))
	if err == nil && result.State != signin.Enrol {
		err = sallyport.Refuse(sallyport.CodeFlowMismatch, "no second factor is to be set up")
	}
	return result, err
}

// enrolBegin begins to set up a method that asks for nothing first.
func (p *Pages) enrolBegin(v *visit) error {
	return p.enrolBegins(v, mfa.NewFactor{Method: formOf(v, "method")}, func(status int, refused *sallyport.Error) error {
		return p.showEnrolChoose(v, status, refused)
	})
}

// enrolPhoneAsk asks for the number that text messages go to.
func (p *Pages) enrolPhoneAsk(v *visit) error {
	if _, err := p.enrolling(v); err != nil {
		return p.enrolOver(v, err)
	}
	return p.showEnrol(v, http.StatusOK, viewPhone(v.speaker, v.place(), p.countryOf(v), ""))
}

// enrolPhoneBegin sends the first code there.
func (p *Pages) enrolPhoneBegin(v *visit) error {
	n := phoneOf(v)
	return p.enrolBegins(v, n, func(status int, refused *sallyport.Error) error {
		view := viewPhone(v.speaker, v.place(), n.Country, n.PhoneNumber)
		view.refuse(v.speaker, aboutPhone(refused))
		return p.showEnrol(v, status, view)
	})
}

// enrolAgain begins the same anew: another QR code, or another message.
func (p *Pages) enrolAgain(v *visit) error {
	begun, err := p.SignIn.Pending(v.r.Context(), p.Read.From(v.r, v.tenant, false), request.FlowToken(v.r))
	if err != nil {
		return p.enrolOver(v, err)
	}
	n := mfa.NewFactor{Method: begun.Factor.Method, PhoneNumber: begun.Factor.PhoneNumber}
	return p.enrolBegins(v, n, func(status int, refused *sallyport.Error) error {
		return p.showEnrolSetUp(v, status, refused)
	})
}

// enrolBegins begins n and goes on to its page, or shows with refused what was wrong.
func (p *Pages) enrolBegins(v *visit, n mfa.NewFactor, refused func(int, *sallyport.Error) error) error {
	result, err := p.SignIn.BeginEnrolment(v.r.Context(), p.Read.From(v.r, v.tenant, false), request.FlowToken(v.r), "", n)
	if err == nil {
		request.Deliver(v.w, v.r, result)
		redirect(v, withNext(enrolSetUpPath, v.r.FormValue("next")))
		return nil
	}
	if e := asRefused(err); e != nil {
		request.SetRetryAfter(v.w.Header(), err)
		return refused(request.Status(err), e)
	}
	return p.enrolOver(v, err)
}

// enrolOver answers what ends a step: an enrolment that is over begins anew, and so
// does a sign-in.
func (p *Pages) enrolOver(v *visit, err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return p.showEnrolChoose(v, http.StatusNotFound, sallyport.ErrNotFound)
	}
	next := v.r.FormValue("next")
	switch code := sallyport.CodeOf(err); {
	case code == sallyport.CodeFlowExpired || code == sallyport.CodeFlowMismatch:
		request.ClearFlow(v.w)
		if _, _, out := p.Read.Check(v.r); out != nil { // nobody who is in needs to hear of it
			flash(v, "flash.flowExpired", 0)
		}
		redirect(v, withNext(signInPath, next))
		return nil
	case request.Status(err) >= http.StatusInternalServerError:
		return err
	}
	request.ClearFlow(v.w)
	return p.signInRefused(v, next, "", err)
}
