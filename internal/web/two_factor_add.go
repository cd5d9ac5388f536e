package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
)

// profilePlace is where somebody who is signed in sets a method up. id is that of
// the one that was begun.
func profilePlace(s speaker, id string) enrolPlace {
	place := enrolPlace{Choose: addFactorPath, PhonePath: addPhonePath, Back: &anchor{Text: s.T("act.cancel"), Path: twoFactorSection}}
	if id != "" {
		place.SetUp = addFactorPath + "/" + id
		place.Again = place.SetUp + "/again"
	}
	return place
}

// factorAddAsk offers the methods that may be added.
func (p *Pages) factorAddAsk(v *visit) error {
	if err := p.mayAct(v, policy.AddFactor); err != nil {
		return err
	}
	return p.showChoose(v, http.StatusOK, nil)
}

func (p *Pages) showChoose(v *visit, status int, refused *sallyport.Error) error {
	all, err := p.Factors.Own(v.r.Context(), p.actor(v))
	if err != nil {
		return err
	}
	user, err := p.Accounts.Own(v.r.Context(), p.actor(v))
	if err != nil {
		return err
	}
	view := viewChoose(v.speaker, profilePlace(v.speaker, ""), all.Allowed, !user.EmailVerifiedAt.IsZero())
	if all.Enabled {
		view.Title, view.Lead = v.T("enrol.headingMore"), v.T("enrol.leadMore")
	}
	if refused != nil {
		view.refuse(v.speaker, refused)
	}
	return p.showEnrol(v, status, view)
}

// factorBegin begins to set up a method that asks for nothing first.
func (p *Pages) factorBegin(v *visit) error {
	return p.begins(v, mfa.NewFactor{Method: formOf(v, "method")}, func(status int, refused *sallyport.Error) error {
		return p.showChoose(v, status, refused)
	})
}

// factorPhoneAsk asks for the number that text messages go to.
func (p *Pages) factorPhoneAsk(v *visit) error {
	if err := p.mayAct(v, policy.AddFactor); err != nil {
		return err
	}
	return p.showEnrol(v, http.StatusOK, viewPhone(v.speaker, profilePlace(v.speaker, ""), p.countryOf(v), ""))
}

// factorPhoneBegin sends the first code there.
func (p *Pages) factorPhoneBegin(v *visit) error {
	n := phoneOf(v)
	return p.begins(v, n, func(status int, refused *sallyport.Error) error {
		view := viewPhone(v.speaker, profilePlace(v.speaker, ""), n.Country, n.PhoneNumber)
		view.refuse(v.speaker, aboutPhone(refused))
		return p.showEnrol(v, status, view)
	})
}

// factorAgain begins the same anew: another QR code, or another message.
func (p *Pages) factorAgain(v *visit) error {
	begun, err := p.Factors.Begun(v.r.Context(), p.actor(v), v.r.PathValue("id"))
	if errors.Is(err, sallyport.ErrNotFound) {
		return p.showChoose(v, http.StatusNotFound, sallyport.ErrNotFound)
	}
	if err != nil {
		return err
	}
	n := mfa.NewFactor{Method: begun.Factor.Method, PhoneNumber: begun.Factor.PhoneNumber}
	return p.begins(v, n, func(status int, refused *sallyport.Error) error {
		return p.showBegun(v, status, refused)
	})
}

// factorAgainAsk is where somebody comes back to who had to prove more first.
func (p *Pages) factorAgainAsk(v *visit) error {
	redirect(v, addFactorPath+"/"+v.r.PathValue("id"))
	return nil
}

// begins begins n and goes on to its page, or shows with refused what was wrong.
func (p *Pages) begins(v *visit, n mfa.NewFactor, refused func(int, *sallyport.Error) error) error {
	begun, err := p.Factors.Begin(v.r.Context(), p.actor(v), n)
	if err == nil {
		redirect(v, addFactorPath+"/"+begun.Factor.ID)
		return nil
	}
	if e := asRefused(err); e != nil {
		request.SetRetryAfter(v.w.Header(), err)
		return refused(request.Status(err), e)
	}
	return err
}

// asRefused returns err when its page can say it: what was typed is wrong, or tried
// too often.
func asRefused(err error) *sallyport.Error {
	var e *sallyport.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code {
	case sallyport.CodeInvalid, sallyport.CodeMFAFailed, sallyport.CodeRateLimited, sallyport.CodeAccountLocked:
		return e
	}
	return nil
}

// showEnrol shows one step, in the shell of who sees it.
func (p *Pages) showEnrol(v *visit, status int, view *enrolView) error {
	name := "enrol_step"
	if v.checked.User.ID != "" {
		name = "two_factor_add"
	}
	return p.write(v, status, name, page{Title: view.Title, Wide: true, Body: view})
}

// phoneOf reads the form of a phone number.
func phoneOf(v *visit) mfa.NewFactor {
	return mfa.NewFactor{Method: sallyport.MethodSMS, Country: formOf(v, "country"), PhoneNumber: formOf(v, "phoneNumber")}
}

// aboutPhone puts what is said of the method where the number is typed.
func aboutPhone(err *sallyport.Error) *sallyport.Error {
	out := *err
	out.Fields = nil
	for _, f := range err.Fields {
		if f.Code == "already_configured" {
			f.Field = "phoneNumber"
		}
		out.Fields = append(out.Fields, f)
	}
	return &out
}

// countryOf is where the visitor seems to be.
func (p *Pages) countryOf(v *visit) string { return p.Read.Client(v.r).Location.Country }
