package entry

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/web/kit"
)

// welcomeView is the first page of a new owner: what is left to do, soonest first.
type welcomeView struct {
	Title, Lead string
	Steps       []welcomeStep
	Go          kit.Anchor
}

// welcomeStep is one thing to do: on a page, or on the server.
type welcomeStep struct {
	Icon, Title, Text string
	Act               *kit.Anchor // the page to do it on, nil where there is none
	Command           string      // what to type on the server, "" where a page does it
}

// welcome lists the next steps of who has just set an installation up. What is done by
// now is left out, so that it can be come back to.
func (p *Pages) welcome(v *kit.Visit) error {
	own, err := p.Factors.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	view := viewWelcome(v.Speaker, v.Tenant.Name, welcomeDone{
		Email: v.Checked.User.Email, Verified: !v.Checked.User.EmailVerifiedAt.IsZero(), Factor: own.Enabled,
	})
	return p.Write(v, http.StatusOK, "welcome_show", kit.Page{Title: view.Title, Wide: true, Body: view})
}

// welcomeDone is what somebody has done already.
type welcomeDone struct {
	Email            string
	Verified, Factor bool
}

func viewWelcome(s kit.Speaker, organisation string, done welcomeDone) *welcomeView {
	v := &welcomeView{
		Title: s.T("welcome.heading", "Organisation", organisation), Lead: s.T("welcome.lead", "Email", done.Email),
		Go: kit.Anchor{Text: s.T("welcome.go"), Path: kit.HomePath},
	}
	if !done.Factor {
		v.Steps = append(v.Steps, welcomeStep{
			Icon: "key", Title: s.T("welcome.factorTitle"), Text: s.T("welcome.factorText"),
			Act: &kit.Anchor{Text: s.T("welcome.factorAct"), Path: kit.AddFactorPath},
		})
	}
	if !done.Verified {
		v.Steps = append(v.Steps, welcomeStep{Icon: "mail", Title: s.T("welcome.mailTitle"), Text: s.T("welcome.mailText", "Email", done.Email)})
	}
	v.Steps = append(v.Steps,
		welcomeStep{Icon: "user", Title: s.T("welcome.peopleTitle"), Text: s.T("welcome.peopleText"), Command: "sallyport user invite name@example.com"},
		welcomeStep{Icon: "shield-lock", Title: s.T("welcome.policyTitle"), Text: s.T("welcome.policyText"), Command: "sallyport policy preset strict"})
	return v
}
