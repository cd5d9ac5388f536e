package api

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/notify"
)

// An account is closed and opened again over the API.
func TestLockdownOverTheAPI(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		a.advance(time.Minute) // so that the password is older than the lockdown
		me := a.browse(memberEmail)
		a.mails()
		done := into[map[string]any](me.post("/me/lockdown", object("sessionId", "")).is(200))
		if done["endedSessions"] != 1.0 || done["at"] == nil {
			t.Errorf("%v", done)
		}
		me.get("/me").refused(401, sallyport.CodeNotSignedIn)
		link := a.link(memberEmail, notify.AccountClosed, "/reopen")
		visitor := a.client()
		flow := visitor.open("web", memberEmail)
		visitor.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).refused(403, sallyport.CodeAccountClosed)

		visitor = a.client()
		visitor.get(callOf(link)).refused(405, codeMethod)
		begun := into[map[string]any](visitor.follow(link, object("client", "web")).is(200))
		if begun["next"] != "password" {
			t.Fatalf("%v", begun)
		}
		at := "/sign-in/" + begun["flowId"].(string)
		next := into[map[string]any](visitor.post(at+"/password", object("password", goodPassword)).is(200))
		if next["next"] != "change_password" {
			t.Fatalf("%v", next)
		}
		visitor.post(at+"/change-password", object("newPassword", otherPassword)).is(200)
		visitor.get("/me").is(200)
		visitor.follow(link, object("client", "web")).refused(404, sallyport.CodeLinkExpired)
	})
}
