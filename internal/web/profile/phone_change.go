package profile

import (
	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// phoneForm asks for the number that somebody wants to have.
func (p *Pages) phoneForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.MayAct(v, changePhone.StepUp); err != nil {
		return nil, err
	}
	return viewPhoneForm(v.Speaker, p.CountryOf(v)), nil
}

// phoneAsk sends a code there.
func (p *Pages) phoneAsk(v *kit.Visit) error {
	_, err := p.Contacts.AskPhone(v.R.Context(), p.Actor(v), v.Value("phoneNumber"), v.Value("country"))
	if refused := kit.AsRefused(err); refused != nil {
		return kit.AboutCountry(refused)
	}
	if err != nil {
		return err
	}
	v.Redirect(phoneCodePath)
	return nil
}

// phoneCodeForm asks for the code.
func (p *Pages) phoneCodeForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.MayAct(v, changePhone.StepUp); err != nil {
		return nil, err
	}
	_, sent, err := p.Contacts.Waiting(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	if sent == nil {
		v.Redirect(phonePath)
		return nil, nil
	}
	return viewContactCode(v.Speaker, phoneCodePath, phonePath, *sent), nil
}

// phoneConfirm changes the number.
func (p *Pages) phoneConfirm(v *kit.Visit) error {
	if err := p.Contacts.ConfirmPhone(v.R.Context(), p.Actor(v), v.Value("code")); err != nil {
		return err
	}
	v.Flash("flash.phoneChanged", 0)
	v.Redirect(kit.GeneralPath)
	return nil
}

// phoneRemoveAsk asks before the number goes.
func (p *Pages) phoneRemoveAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	if err := p.MayAct(v, changePhone.StepUp); err != nil {
		return nil, err
	}
	user, err := p.Accounts.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	if user.Phone == "" {
		v.Redirect(kit.GeneralPath)
		return nil, nil
	}
	return confirmPhoneRemoval(v.Speaker, user), nil
}

// phoneRemove takes it off the account.
func (p *Pages) phoneRemove(v *kit.Visit) error {
	if err := p.Contacts.RemovePhone(v.R.Context(), p.Actor(v)); err != nil {
		return err
	}
	v.Flash("flash.phoneRemoved", 0)
	v.Redirect(kit.GeneralPath)
	return nil
}

func viewPhoneForm(s kit.Speaker, country string) *kit.FormView {
	fields := kit.PhoneFields(s, country, "")
	return &kit.FormView{
		Path: phonePath, Back: kit.GeneralPath, Icon: "device-mobile", Title: s.T("general.phoneTitle"), Lead: s.T("general.phoneFormLead"),
		Fields: []*kit.Field{&fields.Country, &fields.Number}, Act: s.T("general.sendCode"),
	}
}

// viewContactCode asks for a code that was sent.
func viewContactCode(s kit.Speaker, path, again string, sent contact.Sent) *kit.FormView {
	code := kit.CodeField("code", s.T("general.code"))
	code.Focus = true
	code.Hint = s.T("general.codeUntil", "Time", s.Clock(s.Now, sent.Until, s.Zone))
	return &kit.FormView{
		Path: path, Back: kit.GeneralPath, Icon: "message", Title: s.T("general.codeTitle"), Lead: s.T("general.codeLead", "Address", sent.Address),
		Fields: []*kit.Field{&code}, Act: s.T("general.confirm"), Other: &kit.Anchor{Text: s.T("general.codeAgain"), Path: again},
	}
}
