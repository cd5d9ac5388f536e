package profile

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// generalShow is Profile > General: what people say of themselves, and how they are reached.
func (p *Pages) generalShow(v *kit.Visit) error {
	of, err := p.contacts(v)
	if err != nil {
		return err
	}
	again := p.SentBack(v)
	view := viewGeneral(v.Speaker, of)
	view.Details = viewDetails(v.Speaker, of.user, again)
	view.ErrorSummary = view.Details.problems(v.Speaker, again)
	view.Notice = again.Notice(v.Speaker)
	return p.Write(v, again.Status(v), "general_show", kit.Page{Title: v.T("general.heading"), Body: view})
}

// contacts is how somebody is reached.
type contacts struct {
	user         sallyport.User
	former       []contact.Former // addresses that are reserved for them
	email, phone *contact.Sent    // codes that wait to be entered; nil for none
	texts        bool             // their number gets codes as a second factor
}

func (p *Pages) contacts(v *kit.Visit) (of contacts, err error) {
	ctx, actor := v.R.Context(), p.Actor(v)
	if of.user, err = p.Accounts.Own(ctx, actor); err != nil {
		return of, err
	}
	if of.email, of.phone, err = p.Contacts.Waiting(ctx, actor); err != nil {
		return of, err
	}
	if of.former, err = p.Contacts.Former(ctx, actor); err != nil {
		return of, err
	}
	factors, err := p.Factors.Own(ctx, actor)
	for _, f := range factors.Current {
		of.texts = of.texts || f.Method == sallyport.MethodSMS && f.PhoneNumber == of.user.Phone
	}
	return of, err
}

// generalSessions is its tab with one's sessions.
func (p *Pages) generalSessions(v *kit.Visit) error {
	user, err := p.Accounts.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	live, pages, err := p.live(v, generalSessionsPath)
	if err != nil {
		return err
	}
	unusual, err := p.unanswered(v, user, live)
	if err != nil {
		return err
	}
	view := viewGeneralSessions(v.Speaker, live, unusual)
	view.Pages = pages
	return p.Show(v, http.StatusOK, "general_sessions", v.T("general.heading"), view)
}
