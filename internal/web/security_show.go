package web

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// sessionsListed is how many sessions one page shows. Few people have more than
// a handful.
const sessionsListed = 50

// securityShow is Profile > Security, with the password form open at its own
// address.
func (p *Pages) securityShow(v *visit) error {
	view, err := p.security(v)
	if err != nil {
		return err
	}
	if v.r.URL.Path == passwordPath && view.Password != nil {
		view.Password.Open = true
		view.Password.Current.Focus = true
	}
	id, said := takeFlash(v)
	if n := noticeOf(v.speaker, id, said); n != nil && view.Password != nil && view.Password.Open {
		view.Password.Notice, said = n, ""
	}
	if othersAfter[id] {
		view.offerOthers(v.speaker)
	}
	return p.write(v, http.StatusOK, "security_show", page{Title: v.T("security.heading"), Flash: said, Body: view})
}

// security gathers what the page shows.
func (p *Pages) security(v *visit) (*securityView, error) {
	actor := p.actor(v)
	policy, err := p.Tenants.Policy(v.r.Context(), actor.TenantID)
	if err != nil {
		return nil, err
	}
	// What the check brought along is who it is, and not all about them.
	user, err := p.Accounts.Own(v.r.Context(), actor)
	if err != nil {
		return nil, err
	}
	factors, err := p.Factors.Own(v.r.Context(), actor)
	if err != nil {
		return nil, err
	}
	l := listed(v.r, homePath, list.OwnSessions, sessionsListed)
	sessions, err := p.Sessions.ListOwn(v.r.Context(), actor, l.Query)
	if err != nil {
		return nil, err
	}
	sortSessions(sessions.Rows, actor.SessionID)
	view := viewSecurity(v.speaker, user, policy, liveSessions{sessions.Rows, actor.SessionID, sessions.Next != "" || !l.first()})
	view.TwoFactor = viewTwoFactor(v.speaker, factors, v.tenant.Name)
	view.protect(v.speaker, factors)
	if err := p.forgetAnswered(v, view.Sessions); err != nil {
		return nil, err
	}
	if view.Devices, err = p.deviceSection(v); err != nil {
		return nil, err
	}
	view.Pages = l.pages(sessions.Next)
	return view, nil
}

// sortSessions puts the one in use first and then the latest used.
func sortSessions(sessions []sallyport.Session, current string) {
	slices.SortStableFunc(sessions, func(a, b sallyport.Session) int {
		if (a.ID == current) != (b.ID == current) {
			if a.ID == current {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.LastActivityAt.UnixMicro(), a.LastActivityAt.UnixMicro())
	})
}
