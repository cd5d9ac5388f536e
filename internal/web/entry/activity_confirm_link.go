package entry

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// confirmLinkPath is where "It was me" in the mail about a sign-in leads.
const confirmLinkPath = "/it-was-me"

func (p *Pages) confirmLinkShow(v *kit.Visit) error {
	return p.linkShow(v, link.Mine, confirmLinkPath, func(link.Link) *linkView { return viewConfirmLink(v.Speaker, v.R.URL.Path) })
}

// confirmLink records that the sign-in was theirs. That they said so before is as good.
func (p *Pages) confirmLink(v *kit.Visit) error {
	err := p.Accounts.Mine(v.R.Context(), p.linkOf(v))
	if err != nil && !errors.Is(err, sallyport.ErrConflict) {
		return p.linkFailed(v, confirmLinkPath, err)
	}
	view := viewConfirmDone(v.Speaker, err != nil)
	return p.Show(v, http.StatusOK, "act_done", view.Title, view)
}

func viewConfirmLink(s kit.Speaker, path string) *linkView {
	return &linkView{
		Icon: "circle-check", Tone: "info", Path: path,
		Title: s.T("confirmLink.heading"), Lead: s.T("confirmLink.lead"),
		Act: s.T("confirmLink.act"), Otherwise: s.T("confirmLink.otherwise"),
	}
}

func viewConfirmDone(s kit.Speaker, before bool) *kit.DoneView {
	v := &kit.DoneView{
		Title: s.T("confirmLink.doneTitle"),
		Done:  []string{s.T("confirmLink.done")},
		Next:  []string{s.T("confirmLink.nextRefused"), s.T("confirmLink.nextDoubt")},
	}
	if before {
		v.Title, v.Done = s.T("confirmLink.beforeTitle"), []string{s.T("confirmLink.before")}
	}
	return v
}
