package profile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

const save = "#details-form .btn-primary"

// Details are saved where they stand, with what went well or wrong beside them.
func TestBrowserSavesInPlace(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Click("General")
	p.WaitText("Who you are, and how you are reached")
	p.Axe()
	browsertest.Eval[bool](p, "window.stays = true")
	p.Fill("#firstName", "Zoë")
	p.Click(save)
	p.WaitText("Saved")
	p.Axe()
	owner := func() sallyport.User {
		t.Helper()
		u, err := a.DB.UserByEmail(t.Context(), a.TenantID(t), apptest.OwnerEmail)
		apptest.Must(t, err)
		return u
	}
	if owner().FirstName != "Zoë" || !browsertest.Eval[bool](p, "window.stays === true") {
		t.Errorf("%+v", owner())
	}
	if name := browsertest.Eval[string](p, "document.querySelector('.sp-menu-name').textContent"); !strings.HasPrefix(name, "Zoë") {
		t.Errorf("the menu says %q", name)
	}

	browsertest.Eval[bool](p, "document.getElementById('firstName').removeAttribute('maxlength') ?? true")
	p.Fill("#firstName", strings.Repeat("Z", 101))
	p.Click(save)
	p.WaitText("First name: ")
	p.Axe()
	if focused := browsertest.Eval[string](p, "document.activeElement.id"); focused != "problems" {
		t.Errorf("the focus is on %q", focused)
	}
	if value := browsertest.Eval[string](p, "document.getElementById('firstName').value"); value != strings.Repeat("Z", 101) {
		t.Errorf("what was typed is %q", value)
	}

	// Without a connection nothing is lost, and the next press saves.
	p.Fill("#firstName", "Zora")
	browsertest.Eval[bool](p, "window.reaches = window.fetch, window.fetch = () => Promise.reject(new TypeError('offline')), true")
	p.Click(save)
	p.WaitText("there is no connection")
	browsertest.Eval[bool](p, "window.fetch = window.reaches, true")
	p.Click(save)
	p.WaitNoText("there is no connection")
	p.WaitText("Saved")
	if owner().FirstName != "Zora" {
		t.Errorf("%+v", owner())
	}

	// After the session ended it waits for whoever signs in again.
	p.Fill("#lastName", "Lind")
	for _, session := range a.LiveSessions(t, owner().ID) {
		apptest.Must(t, a.Sessions.Terminate(t.Context(), sallyport.Operator(session.TenantID), session.ID))
	}
	p.Click(save)
	p.WaitURL("/sign-in?next=")
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Fill("Password", apptest.Password)
	p.Click("Sign in")
	webtest.Arrive(p, kit.GeneralPath)
	p.WaitText("What you typed was kept")
	if value := browsertest.Eval[string](p, "document.getElementById('lastName').value"); value != "Lind" {
		t.Errorf("what was typed is %q", value)
	}
	p.Click(save)
	p.WaitText("Saved")
	if owner().LastName != "Lind" {
		t.Errorf("%+v", owner())
	}
	p.AssertQuiet("status of 422")
}

// Of two browsers that change the details at once neither loses anything, with scripts and without.
func TestBrowsersEditAtOnce(t *testing.T) {
	base, a := webtest.Browse(t)
	for _, scripts := range []bool{true, false} {
		here, there := browsertest.Open(t), browsertest.Open(t)
		here.JavaScript(scripts)
		there.JavaScript(scripts)
		for _, p := range []*browsertest.Page{here, there} {
			webtest.SignIn(p, base)
			p.Navigate(base + kit.GeneralPath)
		}
		say := func(p *browsertest.Page, field, value string) {
			t.Helper()
			p.Fill(field, value)
			p.Click(save)
		}
		// Each another field: both are kept.
		say(there, "#lastName", "There")
		there.WaitText("Saved")
		say(here, "#firstName", "Here")
		here.WaitText("Saved")
		u, err := a.DB.UserByEmail(t.Context(), a.TenantID(t), apptest.OwnerEmail)
		if err != nil || u.Name() != "Here There" {
			t.Errorf("scripts %v: %q %v", scripts, u.Name(), err)
		}
		// Both the same field: the later one is asked.
		say(there, "#firstName", "Theirs")
		there.WaitText("Somebody changed this meanwhile")
		there.Click("Take “Here” instead")
		there.WaitText("Saved")
		here.Reload()
		there.Reload()
		say(there, "#firstName", "Theirs")
		there.WaitText("Saved")
		say(here, "#firstName", "Mine")
		here.WaitText("Somebody changed this meanwhile")
		here.WaitText("Take “Theirs” instead")
		if scripts {
			here.Axe()
		}
		here.Click(save)
		here.WaitText("Saved")
		if u, err = a.DB.UserByEmail(t.Context(), a.TenantID(t), apptest.OwnerEmail); err != nil || u.FirstName != "Mine" {
			t.Errorf("scripts %v: %q %v", scripts, u.FirstName, err)
		}
		here.AssertQuiet("status of 422")
	}
}

// An address is changed by a code that is read there, without scripts too, and its former mailbox
// takes that back.
func TestBrowserChangesTheAddress(t *testing.T) {
	for name, scripts := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) { changeTheAddress(t, scripts) })
	}
}

func changeTheAddress(t *testing.T, scripts bool) {
	base, a := webtest.Browse(t)
	const wanted = "new@corp.test"
	p := browsertest.Open(t)
	p.JavaScript(scripts)
	look := func() {
		if scripts {
			p.Axe()
		}
	}
	webtest.SignIn(p, base)
	p.Navigate(base + kit.GeneralPath)
	p.Click("#email a")
	p.WaitText("You are about to change your e-mail address")
	webtest.Confirm(p, "/profile/general/email")
	p.Fill("New e-mail address", wanted)
	p.Click("Send a code")
	p.WaitText("a code is on its way to " + wanted)
	look()
	p.Fill("Code", "000000")
	p.Click("Confirm")
	p.WaitText("This code is not right")
	a.Clock.Advance(3 * time.Second)
	p.Fill("Code", a.LastCode(t, wanted))
	p.Click("Confirm")
	p.WaitText("Your e-mail address was changed")
	p.WaitText(apptest.OwnerEmail + " stays reserved")
	look()

	for _, m := range a.Mails(t) {
		if m.Kind == notify.EmailChanged {
			p.Navigate(base + "/undo-email/" + apptest.Secret(t, m, "/undo-email/"))
		}
	}
	p.WaitText("Take the change of your address back?")
	look()
	p.Click("Take it back")
	p.WaitText("Your account is closed and safe")
	p.WaitText("It has the address " + apptest.OwnerEmail + " again")
	p.Navigate(base + kit.GeneralPath)
	p.WaitURL("/sign-in")
	p.AssertQuiet("status of 401")
}
