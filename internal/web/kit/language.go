package kit

import (
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/request"
)

// LanguageView is one language of the switch.
type LanguageView struct {
	Tag, Dir string
	Name     string // in the language itself
	Current  bool
}

// ViewLanguages returns the languages of the switch.
func ViewLanguages(s Speaker) []LanguageView {
	var all []LanguageView
	for _, p := range message.All() {
		all = append(all, LanguageView{Tag: p.Lang(), Dir: p.Dir(), Name: p.Self(), Current: p.Lang() == s.Lang()})
	}
	return all
}

// KeepLanguage keeps the language that was chosen, for pages before the sign-in.
func (p *Shell) KeepLanguage(v *Visit, tag string) {
	p.prefer(v, request.LanguageCookie, tag)
}
