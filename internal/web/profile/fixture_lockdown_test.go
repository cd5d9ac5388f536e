package profile

import (
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// lockdownFixtures are the pages of an account that is closed because it is in danger.
func lockdownFixtures() []kittest.Fixture {
	ask := func(name string, sessions int) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: "lockdown_ask", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, lockdownPath, "Secure my account", &kittest.Amara, viewLockdown(s, liveSessions{shown: fixtureOn(kittest.Sessions()[:sessions]), current: "s1", devices: fixtureDevices()}))
		}}
	}
	done := func(name string, report account.Lockdown) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: "act_done", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, lockdownPath, "Your account is closed", nil, viewLockedDown(s, report))
		}}
	}
	return []kittest.Fixture{
		ask("lockdown", len(kittest.Sessions())), ask("lockdown-alone", 1),
		done("lockdown-done", account.Lockdown{
			Sessions: 3, TakenBack: kittest.Taken, Others: kittest.Taken[:1], Beyond: kittest.Taken[1:], Contacts: []string{kittest.LongName.Email, kittest.Amara.Email},
		}),
		done("lockdown-done-nothing", account.Lockdown{Sessions: 1}),
	}
}
