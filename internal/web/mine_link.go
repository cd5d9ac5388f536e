package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
)

// mineLinkPath is where "It was me" in the mail about a sign-in leads.
const mineLinkPath = "/it-was-me"

func (p *Pages) mineLinkShow(v *visit) error {
	return p.linkShow(v, link.Mine, mineLinkPath, func(link.Link) *linkView { return viewMineLink(v.speaker, v.r.URL.Path) })
}

// mineLink records that the sign-in was theirs. That they said so before is as good.
func (p *Pages) mineLink(v *visit) error {
	err := p.Accounts.Mine(v.r.Context(), p.linkOf(v))
	if err != nil && !errors.Is(err, sallyport.ErrConflict) {
		return p.linkFailed(v, mineLinkPath, err)
	}
	view := viewMineDone(v.speaker, err != nil)
	return p.show(v, http.StatusOK, "link_done", view.Title, view)
}

func viewMineLink(s speaker, path string) *linkView {
	return &linkView{
		Icon: "circle-check", Tone: "info", Path: path,
		Title: s.T("mineLink.heading"), Lead: s.T("mineLink.lead"),
		Act: s.T("mineLink.act"), Otherwise: s.T("mineLink.otherwise"),
	}
}

func viewMineDone(s speaker, before bool) *linkDoneView {
	v := &linkDoneView{
		Title: s.T("mineLink.doneTitle"),
		Done:  []string{s.T("mineLink.done")},
		Next:  []string{s.T("mineLink.nextRefused"), s.T("mineLink.nextDoubt")},
	}
	if before {
		v.Title, v.Done = s.T("mineLink.beforeTitle"), []string{s.T("mineLink.before")}
	}
	return v
}
