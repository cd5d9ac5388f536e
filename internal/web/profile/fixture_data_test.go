package profile

import (
	"time"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// dataFixtures are the pages about one's own data.
func dataFixtures() []kittest.Fixture {
	const grace = 14 * 24 * time.Hour
	show := func(name string, l account.Leaving) kittest.Fixture {
		l.Grace = grace
		return kittest.Fixture{Name: name, Template: "data_show", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, dataPath, "General", &kittest.Amara, viewData(s, l))
		}}
	}
	ask := func(name string, view func(kit.Speaker) *kit.ConfirmView) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: "act_confirm", Page: func(s kit.Speaker) kit.Page {
			v := view(s)
			return kittest.Page(s, v.Path, v.Title, &kittest.Amara, v)
		}}
	}
	return []kittest.Fixture{
		show("data", account.Leaving{Allowed: true}),
		show("data-waits", account.Leaving{Allowed: true, At: kittest.Now.Add(9 * 24 * time.Hour)}),
		show("data-forbidden", account.Leaving{}),
		ask("data-html", func(s kit.Speaker) *kit.ConfirmView { return viewCopyAsk(s, dataHTMLPath, "ownData.askHTML") }),
		ask("data-json", func(s kit.Speaker) *kit.ConfirmView { return viewCopyAsk(s, dataJSONPath, "ownData.askJSON") }),
		ask("data-delete", func(s kit.Speaker) *kit.ConfirmView {
			return confirmDeletion(s, account.Leaving{Allowed: true, Grace: grace, Then: kittest.Now.Add(grace)})
		}),
	}
}
