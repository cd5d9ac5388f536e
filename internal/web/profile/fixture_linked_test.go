package profile

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// linkedFixtures are accounts at identity providers.
func linkedFixtures() []kittest.Fixture {
	const long = "The identity provider of the whole Northwind Logistics group of companies 🦊"
	list := func(name string, have func(time.Time) []sso.Linked, more []sso.Provider, again *kit.Again) kittest.Fixture {
		return kittest.Fixture{Name: "linked" + name, Template: "linked_list", Page: func(s kit.Speaker) kit.Page {
			v := viewLinked(s, have(s.Now), more)
			v.again(s, again)
			return kittest.Page(s, kit.LinkedPath, s.T("linked.heading"), &kittest.Amara, v)
		}}
	}
	none := func(time.Time) []sso.Linked { return nil }
	one := func(now time.Time, only bool) []sso.Linked {
		return []sso.Linked{{ID: "id-1", Name: "Northwind", Email: kittest.Amara.Email, CreatedAt: now.Add(-90 * 24 * time.Hour), UsedAt: now.Add(-3 * time.Hour), OnlyWayIn: only}}
	}
	more := []sso.Provider{{ID: "idp-2", Name: long}, {ID: "idp-3", Name: "GitHub"}}
	ask := func(name string, view func(kit.Speaker) *kit.ConfirmView) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: "act_confirm", Page: func(s kit.Speaker) kit.Page {
			v := view(s)
			return kittest.Page(s, v.Path, v.Title, &kittest.Amara, v)
		}}
	}
	return []kittest.Fixture{
		list("", func(now time.Time) []sso.Linked {
			return append(one(now, false), sso.Linked{ID: "id-2", Name: long, CreatedAt: now.Add(-time.Hour), UsedAt: now.Add(-time.Hour)})
		}, more, nil),
		list("-only", func(now time.Time) []sso.Linked { return one(now, true) }, nil, nil),
		list("-none", none, more, nil),
		list("-taken", none, more, &kit.Again{Err: sallyport.Blocked(sallyport.IdentityTaken), Note: kit.NoteTaken}),
		list("-failed", none, more, &kit.Again{Err: sallyport.Refuse(sallyport.CodeSSOFailed, "")}),
		list("-expired", none, more, &kit.Again{Err: sallyport.Refuse(sallyport.CodeFlowExpired, "")}),
		ask("linked-unlink", func(s kit.Speaker) *kit.ConfirmView { return askUnlink(s, one(s.Now, false)[0]) }),
		ask("linked-unlink-only", func(s kit.Speaker) *kit.ConfirmView { return askUnlink(s, one(s.Now, true)[0]) }),
		ask("linked-new", func(s kit.Speaker) *kit.ConfirmView { return askLink(s, more[1]) }),
	}
}
