package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const sessionsPath = "/foundation/security/sessions"

// sessionAct is an act on one session of somebody. Its texts are as those of [personAct].
type sessionAct struct {
	path, words, icon string
	need              act.Need
	calm              bool
	fits              func(sallyport.SessionStatus) bool
	do                func(p *Pages, v *kit.Visit, id string) error
}

// sessionActs is THE table of acts on one session of somebody.
var sessionActs = []sessionAct{
	{
		path: "suspend", words: "suspendSession", icon: "player-pause", need: session.NeedTerminate,
		fits: func(s sallyport.SessionStatus) bool { return s == sallyport.SessionActive },
		do: func(p *Pages, v *kit.Visit, id string) error {
			return p.Sessions.Suspend(v.R.Context(), p.Actor(v), id)
		},
	},
	{
		path: "resume", words: "resumeSession", icon: "circle-check", need: session.NeedResume, calm: true,
		fits: func(s sallyport.SessionStatus) bool { return s == sallyport.SessionSuspended },
		do:   func(p *Pages, v *kit.Visit, id string) error { return p.Sessions.Resume(v.R.Context(), p.Actor(v), id) },
	},
	{
		path: "terminate", words: "terminateSession", icon: "logout", need: session.NeedTerminate,
		fits: func(sallyport.SessionStatus) bool { return true },
		do: func(p *Pages, v *kit.Visit, id string) error {
			return p.Sessions.Terminate(v.R.Context(), p.Actor(v), id)
		},
	},
	{
		path: "revoke", words: "revokeSession", icon: "ban", need: session.NeedTerminate,
		fits: func(sallyport.SessionStatus) bool { return true },
		do:   func(p *Pages, v *kit.Visit, id string) error { return p.Sessions.Revoke(v.R.Context(), p.Actor(v), id) },
	},
	{
		path: "extend", words: "extendSession", icon: "calendar-clock", need: session.NeedResume, calm: true,
		fits: func(sallyport.SessionStatus) bool { return true },
		do:   func(p *Pages, v *kit.Visit, id string) error { return p.Sessions.Extend(v.R.Context(), p.Actor(v), id) },
	},
}

// sessionRoutes are the list, the drawer, the pages that ask, and what they do. These lead back to
// where they came from.
func (p *Pages) sessionRoutes() (routes []kit.Route) {
	routes = []kit.Route{
		{
			Pattern: "GET " + sessionsPath, Guard: kit.SignedIn, Need: session.NeedView, Do: p.sessionList,
			Entry: kit.Entry{Section: kit.Foundation, Words: "nav.sessions", Icon: "login"},
		},
		{Pattern: "GET " + sessionsPath + "/{id}", Guard: kit.SignedIn, Need: session.NeedView, Do: p.sessionShow},
	}
	for _, one := range sessionActs {
		routes = append(routes, p.Confirm(kit.Confirm{
			Path: sessionsPath + "/{id}/" + one.path, Need: one.need,
			Ask: func(v *kit.Visit) (*kit.ConfirmView, error) {
				u, found, err := p.sessionOf(v)
				if err == nil {
					err = p.Acts.May(v.R.Context(), p.Actor(v), act.Session(found.ID), one.need)
				}
				return one.ask(v.Speaker, u, found, kit.BackTo(v, sessionsPath+"/"+found.ID)), err
			},
			Do: func(v *kit.Visit) error {
				_, found, err := p.sessionOf(v)
				if err != nil {
					return err
				}
				return actDone(v, kit.BackTo(v, sessionsPath+"/"+found.ID), "flash.person."+one.words, one.do(p, v, found.ID))
			},
		})...)
	}
	return routes
}

// sessionOf returns the session of the address and whose it is.
func (p *Pages) sessionOf(v *kit.Visit) (u sallyport.User, found sallyport.Session, err error) {
	if found, err = p.Sessions.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return u, found, err
	}
	if !found.Status.Live() {
		return u, found, sallyport.ErrNotFound
	}
	names, err := p.Accounts.Names(v.R.Context(), p.Actor(v), []string{found.UserID})
	return names[found.UserID], found, err
}

func (a sessionAct) ask(s kit.Speaker, u sallyport.User, of sallyport.Session, back string) *kit.ConfirmView {
	words := "person.act." + a.words
	device := s.Device(of.DeviceInfo)
	return &kit.ConfirmView{
		ID: a.path + "-" + of.ID, Path: kit.WithBack(sessionsPath+"/"+of.ID+"/"+a.path, back), Back: back, Icon: a.icon, Calm: a.calm,
		Text: s.T(words), Title: s.T(words+"Title", "Device", device), Lines: []string{s.T(words+"Text", "Name", u.Name(), "Device", device)}, Act: s.T(words + "Act"),
	}
}
