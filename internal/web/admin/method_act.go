package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// methodAct is an act on one second factor of somebody. Its texts are as those of [personAct].
type methodAct struct {
	path, words, icon string
	calm              bool
	fits              func(sallyport.FactorStatus) bool
	do                func(p *Pages, v *kit.Visit, userID, id string) error
}

// methodActs is THE table of acts on one second factor of somebody.
var methodActs = []methodAct{
	{
		path: "suspend", words: "suspendMethod", icon: "player-pause",
		fits: func(s sallyport.FactorStatus) bool { return s == sallyport.FactorActive },
		do: func(p *Pages, v *kit.Visit, userID, id string) error {
			return p.Factors.SuspendOf(v.R.Context(), p.Actor(v), userID, id)
		},
	},
	{
		path: "resume", words: "resumeMethod", icon: "circle-check", calm: true,
		fits: func(s sallyport.FactorStatus) bool { return s == sallyport.FactorSuspended },
		do: func(p *Pages, v *kit.Visit, userID, id string) error {
			return p.Factors.ResumeOf(v.R.Context(), p.Actor(v), userID, id)
		},
	},
	{
		path: "remove", words: "removeMethod", icon: "ban",
		fits: func(sallyport.FactorStatus) bool { return true },
		do: func(p *Pages, v *kit.Visit, userID, id string) error {
			_, err := p.Factors.RevokeOf(v.R.Context(), p.Actor(v), userID, id)
			return err
		},
	},
}

// methodRoutes are the pages that ask, and what they do. Both lead to the person whose method it
// is.
func (p *Pages) methodRoutes() (routes []kit.Route) {
	for _, one := range methodActs {
		routes = append(routes, p.Confirm(kit.Confirm{
			Path: mfaPath + "/methods/{id}/" + one.path, Need: mfa.NeedManage,
			Ask: func(v *kit.Visit) (*kit.ConfirmView, error) {
				u, f, err := p.methodOf(v)
				if err == nil {
					err = p.Acts.May(v.R.Context(), p.Actor(v), act.User(u.ID), mfa.NeedManage)
				}
				return one.ask(v.Speaker, u, f), err
			},
			Do: func(v *kit.Visit) error {
				u, f, err := p.methodOf(v)
				if err != nil {
					return err
				}
				return p.personDone(v, u.ID, "flash.person."+one.words, one.do(p, v, u.ID, f.ID))
			},
		})...)
	}
	return routes
}

// methodOf returns the second factor of the address and whose it is.
func (p *Pages) methodOf(v *kit.Visit) (u sallyport.User, f sallyport.Factor, err error) {
	if f, err = p.Factors.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return u, f, err
	}
	of, err := p.Accounts.Person(v.R.Context(), p.Actor(v), f.UserID)
	return of.User, f, err
}

func (a methodAct) ask(s kit.Speaker, u sallyport.User, f sallyport.Factor) *kit.ConfirmView {
	words, name := "person.act."+a.words, s.FactorName(f)
	return &kit.ConfirmView{
		ID: a.path + "-" + f.ID, Path: mfaPath + "/methods/" + f.ID + "/" + a.path, Back: personPath(u.ID), Icon: a.icon, Calm: a.calm,
		Text: s.T(words), Title: s.T(words+"Title", "Method", name), Lines: []string{s.T(words+"Text", "Name", u.Name(), "Method", name)}, Act: s.T(words + "Act"),
	}
}
