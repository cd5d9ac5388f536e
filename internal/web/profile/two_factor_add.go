package profile

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// profilePlace is where somebody who is signed in sets a method up. id is that of
// the one that was begun.
func profilePlace(s kit.Speaker, id string) kit.EnrolPlace {
	place := kit.EnrolPlace{Choose: kit.AddFactorPath, PhonePath: addPhonePath, Back: &kit.Anchor{Text: s.T("act.cancel"), Path: kit.TwoFactorSection}}
	if id != "" {
		place.SetUp = kit.AddFactorPath + "/" + id
		place.Again = place.SetUp + "/again"
	}
	return place
}

// factorAddAsk offers the methods that may be added.
func (p *Pages) factorAddAsk(v *kit.Visit) error {
	if err := p.MayAct(v, policy.AddFactor); err != nil {
		return err
	}
	return p.showChoose(v, http.StatusOK, nil)
}

func (p *Pages) showChoose(v *kit.Visit, status int, refused *sallyport.Error) error {
	all, err := p.Factors.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	user, err := p.Accounts.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	view := kit.ViewChoose(v.Speaker, profilePlace(v.Speaker, ""), all.Allowed, !user.EmailVerifiedAt.IsZero())
	if all.Enabled {
		view.Title, view.Lead = v.T("enrol.headingMore"), v.T("enrol.leadMore")
	}
	if refused != nil {
		view.Refuse(v.Speaker, refused)
	}
	return p.ShowEnrol(v, status, view)
}

// factorBegin begins to set up a method that asks for nothing first.
func (p *Pages) factorBegin(v *kit.Visit) error {
	return p.begins(v, mfa.NewFactor{Method: v.Value("method")}, func(status int, refused *sallyport.Error) error {
		return p.showChoose(v, status, refused)
	})
}

// factorPhoneAsk asks for the number that text messages go to.
func (p *Pages) factorPhoneAsk(v *kit.Visit) error {
	if err := p.MayAct(v, policy.AddFactor); err != nil {
		return err
	}
	return p.ShowEnrol(v, http.StatusOK, kit.ViewPhone(v.Speaker, profilePlace(v.Speaker, ""), p.CountryOf(v), ""))
}

// factorPhoneBegin sends the first code there.
func (p *Pages) factorPhoneBegin(v *kit.Visit) error {
	n := kit.PhoneOf(v)
	return p.begins(v, n, func(status int, refused *sallyport.Error) error {
		view := kit.ViewPhone(v.Speaker, profilePlace(v.Speaker, ""), n.Country, n.PhoneNumber)
		view.Refuse(v.Speaker, kit.AboutPhone(refused))
		return p.ShowEnrol(v, status, view)
	})
}

// factorAgain begins the same anew: another QR code, or another message.
func (p *Pages) factorAgain(v *kit.Visit) error {
	begun, err := p.Factors.Begun(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
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
func (p *Pages) factorAgainAsk(v *kit.Visit) error {
	v.Redirect(kit.AddFactorPath + "/" + v.R.PathValue("id"))
	return nil
}

// begins begins n and goes on to its page, or shows with refused what was wrong.
func (p *Pages) begins(v *kit.Visit, n mfa.NewFactor, refused func(int, *sallyport.Error) error) error {
	begun, err := p.Factors.Begin(v.R.Context(), p.Actor(v), n)
	if err == nil {
		v.Redirect(kit.AddFactorPath + "/" + begun.Factor.ID)
		return nil
	}
	if e := kit.AsRefused(err); e != nil {
		request.SetRetryAfter(v.W.Header(), err)
		return refused(request.Status(err), e)
	}
	return err
}
