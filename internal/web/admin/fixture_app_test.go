package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// programs are apps with every kind of rule.
func programs() []sallyport.App {
	return []sallyport.App{
		{ID: "wiki", Name: "Wiki", Origin: "https://wiki.northwind.example", Version: 3, Rules: []sallyport.AppRule{
			{Path: "/assets/*", Public: true}, {Path: "/admin/*", Roles: []sallyport.Role{sallyport.RoleOwner, sallyport.RoleAdmin}, Level: 2, Fresh: 15}, {Path: "/*"},
		}},
		{ID: "kasse", Name: "Kassenbuchführung der Binnenschifffahrtsverwaltung", Origin: "https://kassenbuchfuehrung.binnenschifffahrtsverwaltung.example:8443", Preflight: true, Rules: []sallyport.AppRule{
			{Path: "/ein/sehr/langer/pfad/der/nicht/in/eine/spalte/passt/*", Groups: []string{"a-group-that-is-gone"}, Permissions: []string{"audit.view", "sessions.view"}, Factor: true},
		}},
		{ID: "night", Name: "روبوت الليل", Origin: "http://localhost:3000", Rules: []sallyport.AppRule{{Path: "/*", Fresh: 5}}},
	}
}

func appFixtures() []kittest.Fixture {
	list := func(name string, permissions []string, answer func(kit.Speaker) *kit.Notice, found ...sallyport.App) kittest.Fixture {
		return inAdmin("apps-"+name, "app_list", appsPath, func(s kit.Speaker) any {
			v := viewApps(s, reader(permissions...), found, apps.Names{})
			if answer != nil {
				v.Address, v.Answer = "https://wiki.northwind.example/admin/users?page=2", answer(s)
			}
			return v
		})
	}
	explained := func(got apps.Explanation, err error) func(kit.Speaker) *kit.Notice {
		return func(s kit.Speaker) *kit.Notice { return explainApp(s, apps.Names{}, got, err) }
	}
	wiki := programs()[0]
	return []kittest.Fixture{
		list("some", nil, nil, programs()...),
		list("view", []string{"apps.view"}, nil, programs()...),
		list("none", nil, nil),
		list("view-none", []string{"apps.view"}, nil),
		list("explained", nil, explained(apps.Explanation{App: wiki, Rule: wiki.Rules[1], Found: true}, nil), programs()...),
		list("no-rule", nil, explained(apps.Explanation{App: wiki}, nil), programs()...),
		list("no-app", nil, explained(apps.Explanation{}, sallyport.ErrNotFound), programs()...),
		list("odd", nil, explained(apps.Explanation{}, sallyport.Invalid()), programs()...),
		inAdmin("app-new", "act_form", appsPath, func(s kit.Speaker) any { return viewAppForm(s, nil, apps.Names{}) }),
		inAdmin("app-change", "act_form", appsPath, func(s kit.Speaker) any { return viewAppForm(s, &programs()[0], apps.Names{}) }),
		inAdmin("app-remove", "act_confirm", appsPath, func(s kit.Speaker) any { return askRemoveApp(s, programs()[0]) }),
	}
}
