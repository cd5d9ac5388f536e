package admin

import (
	"slices"

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
			return p.Factors.RevokeOf(v.R.Context(), p.Actor(v), userID, id)
		},
	},
}

func (p *Pages) methodRoutes() (routes []kit.Route) {
	for _, one := range methodActs {
		routes = append(routes, p.Confirm(kit.Confirm{
			Path: personPath + "/methods/{method}/" + one.path, Need: mfa.NeedManage,
			Ask: func(v *kit.Visit) (*kit.ConfirmView, error) {
				u, f, err := p.methodOf(v, mfa.NeedManage)
				return one.ask(v.Speaker, u, f), err
			},
			Do: func(v *kit.Visit) error {
				if err := one.do(p, v, v.R.PathValue("id"), v.R.PathValue("method")); err != nil {
					return p.changed(v, err)
				}
				return p.personDone(v, "flash.person."+one.words)
			},
		})...)
	}
	return routes
}

// methodOf returns a second factor of the person of the address. ErrNotFound for one of somebody
// else, and for one that was removed.
func (p *Pages) methodOf(v *kit.Visit, n act.Need) (u sallyport.User, f sallyport.Factor, err error) {
	if u, err = p.mayAct(v, n); err != nil {
		return u, f, err
	}
	all, err := p.Factors.Of(v.R.Context(), p.Actor(v), u.ID)
	if err != nil {
		return u, f, err
	}
	i := slices.IndexFunc(all.Current, func(f sallyport.Factor) bool { return f.ID == v.R.PathValue("method") })
	if i < 0 {
		return u, f, sallyport.ErrNotFound
	}
	return u, all.Current[i], nil
}

func (a methodAct) ask(s kit.Speaker, u sallyport.User, f sallyport.Factor) *kit.ConfirmView {
	words, name := "person."+a.words, s.FactorName(f)
	return &kit.ConfirmView{
		ID: a.path + "-" + f.ID, Path: personOf(u.ID) + "/methods/" + f.ID + "/" + a.path, Back: personOf(u.ID), Icon: a.icon, Calm: a.calm,
		Text: s.T(words), Title: s.T(words+"Title", "Method", name), Lines: []string{s.T(words+"Text", "Name", u.Name(), "Method", name)}, Act: s.T(words + "Act"),
	}
}
