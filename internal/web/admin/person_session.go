package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/web/kit"
)

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
}

func (p *Pages) sessionRoutes() (routes []kit.Route) {
	for _, one := range sessionActs {
		routes = append(routes, p.Confirm(kit.Confirm{
			Path: personPath + "/sessions/{session}/" + one.path, Need: one.need,
			Ask: func(v *kit.Visit) (*kit.ConfirmView, error) {
				u, session, err := p.sessionOf(v, one.need)
				return one.ask(v.Speaker, u, session), err
			},
			Do: func(v *kit.Visit) error {
				if _, _, err := p.sessionOf(v, one.need); err != nil {
					return err
				}
				if err := one.do(p, v, v.R.PathValue("session")); err != nil {
					return p.changed(v, err)
				}
				return p.personDone(v, "flash.person."+one.words)
			},
		})...)
	}
	return routes
}

// sessionOf returns a live session of the person of the address. ErrNotFound for one of somebody
// else, and for one that is over.
func (p *Pages) sessionOf(v *kit.Visit, n act.Need) (u sallyport.User, found sallyport.Session, err error) {
	if u, err = p.mayAct(v, n); err != nil {
		return u, found, err
	}
	for one, err := range list.All(list.OwnSessions.First(), func(q list.Query) (list.Page[sallyport.Session], error) {
		return p.Sessions.ListOf(v.R.Context(), p.Actor(v), u.ID, q)
	}) {
		if err != nil || one.ID == v.R.PathValue("session") {
			return u, one, err
		}
	}
	return u, found, sallyport.ErrNotFound
}

func (a sessionAct) ask(s kit.Speaker, u sallyport.User, of sallyport.Session) *kit.ConfirmView {
	words := "person." + a.words
	device := s.Device(of.DeviceInfo)
	return &kit.ConfirmView{
		ID: a.path + "-" + of.ID, Path: personOf(u.ID) + "/sessions/" + of.ID + "/" + a.path, Back: personOf(u.ID), Icon: a.icon, Calm: a.calm,
		Text: s.T(words), Title: s.T(words+"Title", "Device", device), Lines: []string{s.T(words+"Text", "Name", u.Name(), "Device", device)}, Act: s.T(words + "Act"),
	}
}
