package entry_test

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// A phone approves by the number that the other browser shows, which goes on by itself; without scripts by a
// button.
func TestBrowserApproval(t *testing.T) {
	base, s := webtest.Browse(t)
	password := func(p *browsertest.Page) {
		p.Navigate(base + "/sign-in")
		p.Fill("E-mail", apptest.OwnerEmail)
		p.Fill("Password", apptest.Password)
		p.Click("Sign in")
	}
	me := webtest.Owner(t, s)
	app := s.AddTOTP(t, me)
	phone := browsertest.Open(t)
	phone.Emulate(390, 844, true)
	password(phone)
	phone.WaitURL("/sign-in/factor")
	phone.Fill("Code", app.Code(t))
	phone.Click("Continue")
	phone.WaitURL("/sign-in/device")
	phone.Click("Trust this device")
	webtest.Arrive(phone, "/profile/security")
	own, err := s.DB.UserByEmail(t.Context(), s.TenantID(t), apptest.OwnerEmail)
	apptest.Must(t, err)
	sessions := s.LiveSessions(t, own.ID)
	newest := sessions[0]
	for _, v := range sessions {
		if v.CreatedAt.After(newest.CreatedAt) {
			newest = v
		}
	}
	me.SessionID = newest.ID
	s.Subscribe(t, me)
	s.AddPush(t, me)

	for name, scripts := range map[string]bool{"scripts": true, "no scripts": false} {
		desk := browsertest.Open(t)
		desk.JavaScript(scripts)
		password(desk)
		desk.WaitURL("/sign-in/factor")
		desk.Click("a[href*=push]")
		desk.Click("Ask my other devices")
		desk.WaitVisible(".sp-approval")
		if scripts {
			desk.Axe()
		}
		number := strings.TrimSpace(desk.Text(".sp-approval"))
		phone.Navigate(base + "/approve")
		phone.WaitText("Approve a sign-in")
		phone.Axe()
		phone.Fill("Number that is shown there", number)
		phone.Click("Approve")
		phone.WaitText("Go on on the other device")
		phone.Axe()
		if !scripts {
			desk.Click("I have approved it")
		}
		webtest.Arrive(desk, "/profile/security")
		desk.AssertQuiet()
		t.Log(name)
	}

	// A denial shows without a word.
	desk := browsertest.Open(t)
	desk.Emulate(390, 844, false)
	password(desk)
	desk.WaitURL("/sign-in/factor")
	desk.Click("a[href*=push]")
	desk.Click("Ask my other devices")
	desk.WaitVisible(".sp-approval")
	phone.Navigate(base + "/approve")
	phone.Click("This wasn’t me")
	phone.WaitText("Whoever asked knows your password")
	phone.Axe()
	desk.WaitText("Denied on another device")
	desk.Axe()
	phone.AssertQuiet()
}
