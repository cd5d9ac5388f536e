package entry

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/gate"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// enterApp sends a browser on to the app that sent it here, or says why its rules do not let in.
func (p *Pages) enterApp(v *kit.Visit) error {
	q := v.R.URL.Query()
	number := func(name string) int {
		n, _ := strconv.Atoi(q.Get(name)) // 0 for what is no number: nothing is asked for besides the rules
		return max(n, 0)
	}
	location, err := p.Apps.Enter(v.R.Context(), p.Actor(v), apps.Entering{
		AppID: q.Get("app"), To: q.Get("to"), State: q.Get("state"),
		Level: sallyport.TrustLevel(number("level")), Factor: q.Get("factor") == "1", Fresh: number("fresh"),
	})
	var denied *apps.DeniedError
	var refused *sallyport.Error
	switch {
	case err == nil:
		return p.AwayTo(v, location)
	case errors.As(err, &denied):
		view := viewDenied(v.Speaker, denied)
		return p.Show(v, view.Status, "error_show", view.Title, view)
	case errors.As(err, &refused) && refused.Obstacle == sallyport.NoSecondFactor:
		view := viewNoFactor(v.Speaker)
		return p.Show(v, view.Status, "error_show", view.Title, view)
	case sallyport.CodeOf(err) == sallyport.CodeInvalid:
		return sallyport.ErrNotFound // an address that no app has made
	}
	return err
}

// viewDenied says why an app does not let its reader in.
func viewDenied(s kit.Speaker, e *apps.DeniedError) *kit.ErrorView {
	v := &kit.ErrorView{
		Icon: "shield-x", Tone: "warn", Status: http.StatusForbidden, Code: sallyport.CodeForbidden,
		Title: s.T("enterApp.deniedTitle", "App", e.App.Name), Text: s.T("enterApp.deniedText"), Act: kit.Anchor{Text: s.T("error.home"), Path: kit.HomePath},
	}
	if e.Verdict == gate.Level {
		v.Title, v.Text = s.T("enterApp.levelTitle", "App", e.App.Name), s.T("enterApp.levelText", "Level", strconv.Itoa(int(e.Level)))
		v.Act = kit.Anchor{Text: s.T("enterApp.devices"), Path: kit.DevicesPath}
	}
	return v
}

// viewNoFactor says that an app asks for a second factor, which its reader has not set up.
func viewNoFactor(s kit.Speaker) *kit.ErrorView {
	return &kit.ErrorView{
		Icon: "shield-half", Tone: "warn", Status: http.StatusForbidden, Code: sallyport.CodeForbidden,
		Title: s.T("enterApp.factorTitle"), Text: s.T("enterApp.factorText"), Act: kit.Anchor{Text: s.T("enterApp.setUp"), Path: kit.TwoFactorPath},
	}
}
