package api

import (
	"net/http"
	"testing"

	"github.com/sallyport/sallyport"
)

// An act can be repeated when its answer was lost: it finds things so already, answers
// alike, and notes no event.
func TestActsCanBeRepeated(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		member := a.signInTrusting(webClient, memberEmail, "")
		admin, owner := a.browse(adminEmail), a.browse(ownerEmail)
		device := "/devices/" + member.devices()[0].ID
		session := "/sessions/" + into[current](a.browse(memberEmail).get("/session").is(200)).Session.ID
		user := "/users/" + a.member.ID
		owner.confirm("remove_factor")
		for _, step := range []struct {
			by         *client
			path, body string
		}{
			{owner, session + "/suspend", ""}, {owner, session + "/resume", ""}, {owner, session + "/terminate", ""},
			{admin, device + "/trust", ""}, {admin, device + "/level", object("trustLevel", 2)},
			{admin, device + "/suspend", ""}, {admin, device + "/resume", ""},
			{admin, device + "/flag", object("reason", "Left in a taxi")}, {admin, device + "/clear", ""}, {admin, device + "/revoke", ""},
			{admin, user + "/require-mfa", ""}, {admin, user + "/unlock", ""},
			{admin, user + "/disable", ""}, {admin, user + "/enable", ""},
			{owner, "/me/disable-mfa", ""},
		} {
			first := step.by.post(step.path, step.body)
			before := a.events()
			again := step.by.post(step.path, step.body)
			if first.status >= http.StatusMultipleChoices || again.status != first.status || a.events() != before {
				t.Errorf("%s: %d, and again %d with %d events more: %s", step.path, first.status, again.status, a.events()-before, again.body)
			}
		}
	})
}

// A conflict says what stands in the way.
func TestConflictsSayWhatStandsInTheWay(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		member := a.signInTrusting(webClient, memberEmail, "")
		admin, owner := a.browse(adminEmail), a.browse(ownerEmail)
		id, session := member.devices()[0].ID, "/sessions/"+into[current](a.browse(memberEmail).get("/session").is(200)).Session.ID
		device := "/devices/" + id
		blocked := func(by *client, path, body string, want sallyport.Obstacle) {
			t.Helper()
			p := into[problem](by.post(path, body).refused(409, sallyport.CodeConflict))
			if p.Obstacle != obstacle(want) || p.Detail != obstacles[want] || p.Detail == "" {
				t.Errorf("%s: %q, want %s: %s", path, p.Obstacle, want, p.Detail)
			}
		}
		owner.post(session+"/terminate", "").is(204)
		blocked(owner, session+"/suspend", "", sallyport.SessionEnded)
		blocked(owner, session+"/resume", "", sallyport.SessionEnded)
		admin.post(device+"/suspend", "").is(204)
		blocked(admin, device+"/trust", "", sallyport.DeviceIsSuspended)
		admin.post(device+"/resume", "").is(204)
		admin.post(device+"/flag", object("reason", "Left in a taxi")).is(204)
		blocked(admin, device+"/level", object("trustLevel", 2), sallyport.DeviceFlagged)
		admin.post(device+"/revoke", "").is(204)
		for _, act := range []string{"/suspend", "/resume", "/trust"} {
			blocked(admin, device+act, "", sallyport.DeviceRemoved)
		}
		owner.confirm("backup_codes")
		blocked(owner, "/me/backup-codes", "", sallyport.NoSecondFactor)
		admin.post("/users/"+a.member.ID+"/disable", "").is(200)
		admin.ready("lockdown")
		blocked(admin, "/users/"+a.member.ID+"/lockdown", "{}", sallyport.UserIsDisabled)
	})
}
