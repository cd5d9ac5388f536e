package entry

import (
	"github.com/sallyport/sallyport/docs/guide"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// helpFixtures are pages of the user guide with everything that it is made of.
func helpFixtures() []kittest.Fixture {
	var all []kittest.Fixture
	for _, name := range []string{guide.Index, "two-factor", "sessions"} {
		all = append(all, kittest.Fixture{Name: "help-" + name, Template: "help_show", Page: func(s kit.Speaker) kit.Page {
			v, title := viewHelp(s, name)
			return kittest.Page(s, kit.HelpPath, title, nil, v)
		}})
	}
	return all
}
