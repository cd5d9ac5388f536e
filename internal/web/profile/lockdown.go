package profile

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// lockdownView asks before an account is closed: which session was somebody else's.
type lockdownView struct {
	Path, Back string
	Lines      []string
	Sessions   []lockdownChoice
	Chosen     string // id of one, "" for none
	Notice     *kit.Notice
}

// lockdownChoice is a session that may not have been its owner's.
type lockdownChoice struct {
	ID     string
	Device string
	Place  *kit.Place
	Began  kit.Moment
	Status kit.Pill
}

// lockdownAsk asks, once enough is proven.
func (p *Pages) lockdownAsk(v *kit.Visit) error {
	actor := p.Actor(v)
	if err := p.Accounts.MayAct(v.R.Context(), actor, policy.Lockdown); err != nil {
		return err
	}
	l := kit.Listed(v.R, lockdownPath, list.OwnSessions, sessionsListed)
	sessions, err := p.Sessions.ListOwn(v.R.Context(), actor, l.Query)
	if err != nil {
		return err
	}
	devices, err := p.devicesByID(v)
	if err != nil {
		return err
	}
	view := viewLockdown(v.Speaker, liveSessions{shown: sessions.Rows, current: actor.SessionID, devices: devices})
	view.again(v.Speaker, p.SentBack(v))
	return p.Show(v, http.StatusOK, "lockdown_ask", v.T("lockdown.heading"), view)
}

// lockdown closes the account. The page afterwards is the answer itself: nobody is signed in
// who could ask for it.
func (p *Pages) lockdown(v *kit.Visit) error {
	report, err := p.Accounts.Lockdown(v.R.Context(), p.Actor(v), v.Value("session"))
	if err != nil {
		return err
	}
	request.EndSession(v.W)
	v.Checked.User = sallyport.User{}
	view := viewLockedDown(v.Speaker, report)
	return p.Show(v, http.StatusOK, "act_done", view.Title, view)
}

func viewLockdown(s kit.Speaker, live liveSessions) *lockdownView {
	v := &lockdownView{
		Path: lockdownPath, Back: kit.HomePath,
		Lines: []string{s.T("lockdown.willEnd"), s.T("lockdown.willStay"), s.T("lockdown.willBack")},
	}
	for _, one := range live.shown {
		if one.ID == live.current {
			continue
		}
		place := s.PlaceAt(one.Location, one.IPAddress)
		v.Sessions = append(v.Sessions, lockdownChoice{
			ID: one.ID, Device: live.devices.nameOf(s, one), Place: &place, Began: s.Moment("session.began", one.CreatedAt), Status: s.StatusPill(string(one.Status)),
		})
	}
	return v
}

// again chooses what was chosen before.
func (v *lockdownView) again(s kit.Speaker, again *kit.Again) {
	v.Notice = again.Notice(s)
	for _, one := range v.Sessions {
		if one.ID == again.Value("session") {
			v.Chosen = one.ID
		}
	}
}

// viewLockedDown is the report on what was done.
func viewLockedDown(s kit.Speaker, done account.Lockdown) *kit.DoneView {
	v := &kit.DoneView{
		Title: s.T("lockdown.doneTitle"), Lead: s.T("lockdown.doneLead"), Contacts: done.Contacts,
		Done: []string{s.N("lockdown.doneSessions", done.Sessions), s.T("lockdown.doneRest")},
		Next: []string{s.T("lockdown.nextMail"), s.T("lockdown.nextMailbox"), s.T("lockdown.nextElsewhere")},
	}
	v.Report = append(v.Report, kit.ReportOf(s, s.T("lockdown.doneBack"), done.TakenBack)...)
	v.Report = append(v.Report, kit.ReportOf(s, s.T("lockdown.doneOthers"), done.Others)...)
	v.Report = append(v.Report, kit.ReportOf(s, s.T("lockdown.doneBeyond"), done.Beyond)...)
	if len(done.Others)+len(done.Beyond) > 0 {
		v.Next = append(v.Next, s.T("lockdown.nextOthers"))
	}
	v.KeepText()
	return v
}
