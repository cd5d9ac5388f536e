package entry

import (
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// languageChoose answers the switch: it keeps the choice in the browser and, for whoever is
// signed in, in their account, and goes back.
func (p *Pages) languageChoose(v *kit.Visit) error {
	if tag := v.Value("language"); message.Known(tag) {
		p.KeepLanguage(v, tag)
		if _, checked, err := p.Read.Check(v.R); err == nil {
			if err := p.Accounts.ChooseLanguage(v.R.Context(), p.Read.Actor(v.R, checked), tag); err != nil {
				return err
			}
		}
	}
	v.Redirect(kit.LocalPath(v.Value("next")))
	return nil
}
