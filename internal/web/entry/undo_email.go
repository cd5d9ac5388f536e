package entry

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// undoEmailShow asks before a change of the e-mail address is taken back.
func (p *Pages) undoEmailShow(v *kit.Visit) error {
	return p.linkShow(v, link.UndoEmail, undoEmailPath, func(l link.Link) *linkView {
		return viewUndoEmail(v.Speaker, v.R.URL.Path, l.Email)
	})
}

// undoEmail takes it back. What was done is told at once and once.
func (p *Pages) undoEmail(v *kit.Visit) error {
	done, err := p.Accounts.UndoEmail(v.R.Context(), p.linkOf(v))
	if err != nil {
		return p.linkFailed(v, undoEmailPath, err)
	}
	owners, err := p.Accounts.Contacts(v.R.Context(), v.Tenant.ID)
	if err != nil {
		return err
	}
	view := viewUndoEmailDone(v.Speaker, done)
	view.Contacts = owners
	return p.Show(v, http.StatusOK, "act_done", view.Title, view)
}

func viewUndoEmail(s kit.Speaker, path, address string) *linkView {
	return &linkView{
		Icon: "mail", Tone: "warn", Path: path,
		Title: s.T("undoEmail.heading"), Lead: s.T("undoEmail.lead"),
		Lines: []string{
			s.T("undoEmail.address", "Address", address), s.T("undoEmail.takeBack"), s.T("undoEmail.closes"), s.T("undoEmail.opens"),
		},
		Act: s.T("undoEmail.act"), Otherwise: s.T("notMe.otherwise"),
	}
}

func viewUndoEmailDone(s kit.Speaker, done account.AddressUndone) *kit.DoneView {
	v := &kit.DoneView{
		Title: s.T("notMe.closedTitle"), Lead: s.T("undoEmail.done", "Address", done.Email), Done: []string{s.T("notMe.doneNoSession")},
		Report: kit.ReportOf(s, s.T("notMe.doneBack"), done.TakenBack),
		Next:   []string{s.T("notMe.nextReopen"), s.T("notMe.nextAdmin"), s.T("notMe.nextMail")},
	}
	if done.Sessions > 0 {
		v.Done[0] = s.N("notMe.doneSessions", done.Sessions)
	}
	v.Done = append(v.Done, s.T("notMe.doneDevices"), s.T("notMe.doneClosed"))
	return v
}
