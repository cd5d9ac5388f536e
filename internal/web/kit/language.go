package kit

import (
	"net/http"
	"time"

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
	http.SetCookie(v.W, &http.Cookie{
		Name: request.LanguageCookie, Value: tag, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		Secure: p.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
