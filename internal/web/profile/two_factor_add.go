package profile

import (
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// profilePlace is where somebody who is signed in sets a method up, on the way to next or to the
// section. id is that of the one that was begun.
func profilePlace(s kit.Speaker, id, next string) kit.EnrolPlace {
	place := kit.EnrolPlace{Choose: kit.AddFactorPath, PhonePath: addPhonePath, Back: &kit.Anchor{Text: s.T("act.cancel"), Path: kit.TwoFactorSection}}
	if next = kit.LocalPath(next); next != kit.HomePath {
		place.Next, place.Back.Path = next, next
	}
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
	all, err := p.Factors.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	user, err := p.Accounts.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	view := kit.ViewChoose(v.Speaker, profilePlace(v.Speaker, "", v.R.FormValue("next")), all.Allowed, !user.EmailVerifiedAt.IsZero())
	view.MarkTaken(v.Speaker, user.Email, all.Current)
	if all.Enabled {
		view.Title, view.Lead = v.T("enrol.headingMore"), v.T("enrol.leadMore")
	}
	again := p.SentBack(v)
	view.Refill(v.Speaker, again)
	return p.ShowEnrol(v, again.Status(v), view)
}

// factorBegin begins to set up a method that asks for nothing first.
func (p *Pages) factorBegin(v *kit.Visit) error {
	return p.begins(v, mfa.NewFactor{Method: v.Value("method")}, kit.AddFactorPath)
}

// factorPhoneAsk asks for the number that text messages go to.
func (p *Pages) factorPhoneAsk(v *kit.Visit) error {
	if err := p.MayAct(v, policy.AddFactor); err != nil {
		return err
	}
	user, err := p.Accounts.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	return p.ShowPhone(v, profilePlace(v.Speaker, "", v.R.FormValue("next")), user.Phone)
}

// factorPhoneBegin sends the first code there.
func (p *Pages) factorPhoneBegin(v *kit.Visit) error {
	return p.begins(v, kit.PhoneOf(v), addPhonePath)
}

// factorAgain begins the same anew: another QR code, or another message.
func (p *Pages) factorAgain(v *kit.Visit) error {
	begun, err := p.Factors.Begun(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if errors.Is(err, sallyport.ErrNotFound) {
		return p.SendBack(v, kit.WithNext(kit.AddFactorPath, v.R.FormValue("next")), err)
	}
	if err != nil {
		return err
	}
	n := mfa.NewFactor{Method: begun.Factor.Method, PhoneNumber: begun.Factor.PhoneNumber}
	return p.begins(v, n, kit.AddFactorPath+"/"+v.R.PathValue("id"))
}

// factorAgainAsk is where somebody comes back to who had to prove more first.
func (p *Pages) factorAgainAsk(v *kit.Visit) error {
	v.Redirect(kit.WithNext(kit.AddFactorPath+"/"+v.R.PathValue("id"), v.R.FormValue("next")))
	return nil
}

// begins begins n and goes on to its page, or back to one that says what was wrong.
func (p *Pages) begins(v *kit.Visit, n mfa.NewFactor, back string) error {
	begun, err := p.Factors.Begin(v.R.Context(), p.Actor(v), n)
	if err == nil {
		v.Redirect(kit.WithNext(kit.AddFactorPath+"/"+begun.Factor.ID, v.R.FormValue("next")))
		return nil
	}
	if kit.AsRefused(err) != nil {
		return p.SendBack(v, kit.WithNext(back, v.R.FormValue("next")), err)
	}
	return err
}
