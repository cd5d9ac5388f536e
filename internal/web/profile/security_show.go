package profile

import (
	"cmp"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// sessionsListed is how many sessions one page shows. Few people have more than
// a handful.
const sessionsListed = 50

// securityShow is Profile > Security, with the password form open at its own
// address.
func (p *Pages) securityShow(v *kit.Visit) error {
	view, err := p.overview(v)
	if err != nil {
		return err
	}
	if v.R.URL.Path == kit.PasswordPath && view.Password != nil {
		view.Password.Open = true
		view.Password.Current.Focus = view.Password.Prove == nil
	}
	if v.R.URL.Path == kit.PasswordPath && view.Password == nil {
		return sallyport.Refuse(sallyport.CodeSSORequired, "")
	}
	again := p.SentBack(v)
	if err := again.Refused(); err != nil && view.Password != nil {
		view.refusePassword(v.Speaker, err)
	}
	id, said := v.TakeFlash()
	if n := kit.NoticeOf(v.Speaker, id, said); n != nil && view.Password != nil && view.Password.Open {
		view.Password.Notice, said = n, ""
	}
	if othersAfter[id] {
		view.offerOthers(v.Speaker)
	}
	return p.Write(v, again.Status(v), "security_show", kit.Page{Title: v.T("security.heading"), Flash: said, Body: view})
}

// overview gathers what the page shows.
func (p *Pages) overview(v *kit.Visit) (*securityView, error) {
	actor := p.Actor(v)
	rules, err := p.Tenants.PolicyOf(v.R.Context(), actor.TenantID, actor.UserID)
	if err != nil {
		return nil, err
	}
	// What the check brought along is who it is, and not all about them.
	user, err := p.Accounts.Own(v.R.Context(), actor)
	if err != nil {
		return nil, err
	}
	factors, err := p.Factors.Own(v.R.Context(), actor)
	if err != nil {
		return nil, err
	}
	live, pages, err := p.live(v, kit.HomePath)
	if err != nil {
		return nil, err
	}
	view := viewSecurity(v.Speaker, user, rules, live)
	view.TwoFactor = viewTwoFactor(v.Speaker, factors, v.Tenant.Name, p.missing(v, policy.RemoveFactor, policy.BackupCodes))
	if sallyport.CodeOf(p.MayAct(v, changePassword.StepUp)) == sallyport.CodeStepUp && view.Password != nil {
		view.Password.Prove = &kit.Anchor{Text: v.T("password.proveAct"), Path: kit.StepUpWith(string(changePassword.StepUp), kit.PasswordPath)}
	}
	keys, err := p.APIKeys.ListOwn(v.R.Context(), actor)
	if err != nil {
		return nil, err
	}
	view.Keys = viewKeysCard(v.Speaker, len(keys))
	have, more, err := p.SSO.Linked(v.R.Context(), actor)
	if err != nil {
		return nil, err
	}
	view.Linked = viewLinkedCard(v.Speaker, have, more)
	st := standing{user: user, policy: rules, factors: factors, live: live}
	if err := p.judge(v, view, &st); err != nil {
		return nil, err
	}
	view.Pages = pages
	return view, nil
}

// live reads the sessions that a list at a path shows.
func (p *Pages) live(v *kit.Visit, path string) (liveSessions, kit.PagesView, error) {
	actor := p.Actor(v)
	l := kit.Listed(v.R, path, list.OwnSessions, sessionsListed)
	sessions, err := p.Sessions.ListOwn(v.R.Context(), actor, l.Query)
	if err != nil {
		return liveSessions{}, kit.PagesView{}, err
	}
	sortSessions(sessions.Rows, actor.SessionID)
	devices, err := p.devicesByID(v)
	return liveSessions{sessions.Rows, actor.SessionID, sessions.Next != "" || !l.IsFirst(), devices}, l.Pages(sessions.Next), err
}

// judge adds the verdict, and puts sessions that began unusually on top.
func (p *Pages) judge(v *kit.Visit, view *securityView, st *standing) error {
	for _, d := range st.live.devices {
		st.devices = slices.MaxFunc([]time.Time{st.devices, d.CreatedAt, d.CompromisedAt}, time.Time.Compare)
	}
	var err error
	if st.unusual, err = p.unanswered(v, st.user, st.live); err != nil {
		return err
	}
	view.Verdict = viewVerdict(v.Speaker, *st)
	view.pin(v.Speaker, st.unusual)
	return nil
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
