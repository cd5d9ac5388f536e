package profile

import (
	"github.com/sallyport/sallyport/internal/web/kit"
)

// emailForm asks for the address that somebody wants to have.
func (p *Pages) emailForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.MayAct(v, changeEmail.StepUp); err != nil {
		return nil, err
	}
	return viewEmailForm(v.Speaker, v.Checked.User.Email), nil
}

// emailAsk sends a code there.
func (p *Pages) emailAsk(v *kit.Visit) error {
	if _, err := p.Contacts.AskEmail(v.R.Context(), p.Actor(v), v.Value("email")); err != nil {
		return err
	}
	v.Redirect(emailCodePath)
	return nil
}

// emailCodeForm asks for the code.
func (p *Pages) emailCodeForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.MayAct(v, changeEmail.StepUp); err != nil {
		return nil, err
	}
	sent, _, err := p.Contacts.Waiting(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	if sent == nil { // it is over, or another session asked for it
		v.Redirect(emailPath)
		return nil, nil
	}
	return viewContactCode(v.Speaker, emailCodePath, emailPath, *sent), nil
}

// emailConfirm changes the address.
func (p *Pages) emailConfirm(v *kit.Visit) error {
	if err := p.Contacts.ConfirmEmail(v.R.Context(), p.Actor(v), v.Value("code")); err != nil {
		return err
	}
	v.Flash("flash.emailChanged", 0)
	v.Redirect(kit.GeneralPath)
	return nil
}

func viewEmailForm(s kit.Speaker, now string) *kit.FormView {
	address := kit.Field{
		Name: "email", Label: s.T("general.emailNew"), Type: "email", Autocomplete: "email", InputMode: "email", MaxLength: 254, Plain: true, Focus: true,
		Hint: s.T("general.emailHint"),
	}
	return &kit.FormView{
		Path: emailPath, Back: kit.GeneralPath, Icon: "mail", Title: s.T("general.emailTitle"), Lead: s.T("general.emailNow", "Address", now),
		Fields: []*kit.Field{&address}, Act: s.T("general.sendCode"),
	}
}
