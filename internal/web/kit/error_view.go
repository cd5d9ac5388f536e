package kit

import (
	"net/http"

	"github.com/sallyport/sallyport"
)

// ErrorView explains why there is no page, and offers a way on.
type ErrorView struct {
	Icon, Tone string
	Title      string
	Text       string
	Act        Anchor
	Status     int
	Code       sallyport.Code
	Wait       *Wait    // when it can be tried again, nil where waiting does not help
	Contacts   []string // e-mail addresses of who can help
}

// Lacks says which permission is missing, and who can give it.
func (v *ErrorView) Lacks(s Speaker, permission string, contacts []string) {
	v.Title = s.T("error.lacksTitle")
	v.Text = s.T("error.lacksText", "Permission", s.T("permission."+permission))
	v.Contacts = contacts
}

// errorLooks are the statuses with words of their own; another one is shown as
// the first of its class.
var errorLooks = map[int]struct{ id, icon, tone string }{
	http.StatusBadRequest:          {"badRequest", "alert-circle", "warn"},
	http.StatusForbidden:           {"forbidden", "shield-x", "warn"},
	http.StatusNotFound:            {"notFound", "map-pin", "plain"},
	http.StatusTooManyRequests:     {"tooMany", "hourglass", "warn"},
	http.StatusInternalServerError: {"internal", "alert-triangle", "bad"},
	http.StatusServiceUnavailable:  {"unavailable", "clock", "warn"},
}

// ViewError explains a status; the code says more of some. path is the page to try again.
func ViewError(s Speaker, status int, code sallyport.Code, path string) *ErrorView {
	look, ok := errorLooks[status]
	if !ok {
		look = errorLooks[status/100*100]
	}
	v := &ErrorView{
		Icon: look.icon, Tone: look.tone,
		Title:  s.T("error." + look.id + "Title"),
		Text:   s.T("error." + look.id + "Text"),
		Act:    Anchor{Text: s.T("error.home"), Path: HomePath},
		Status: status, Code: code,
	}
	if status == http.StatusTooManyRequests || status >= 500 {
		v.Act = Anchor{Text: s.T("error.again"), Path: path}
	}
	// Refusals that their status alone does not explain.
	switch code {
	case sallyport.CodeNetworkBlocked:
		v.Title, v.Text = s.T("error.networkBlockedTitle"), s.T("error.networkBlockedText")
		v.Act = Anchor{Text: s.T("error.again"), Path: path}
	case sallyport.CodeSSORequired:
		v.Title, v.Text = s.T("error.ssoRequiredTitle"), s.T("error.ssoRequiredText")
	case sallyport.CodeSetUpClosed:
		v.Title, v.Text = s.T("error.setUpClosedTitle"), s.T("error.setUpClosedText")
	case sallyport.CodeNotSetUp:
		v.Title, v.Text = s.T("error.notSetUpTitle"), s.T("error.notSetUpText")
	}
	return v
}
