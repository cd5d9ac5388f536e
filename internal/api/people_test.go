package api

import (
	"net/http"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/notify"
)

type outcomes struct{ Items []inviteeRecord }

// A list of people is previewed, invited, and invited again without a mail. What is wrong does
// not come back.
func TestInviteUsers(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		admin := a.browse(adminEmail)
		group := into[groupRecord](admin.post("/groups", object("name", "Engines")).is(201))
		text := "e-mail;name;role\nada@example.com;Lovelace, Ada\n" + memberEmail + "\nADA@example.com\n" + canary + ";Ada;owner\n"
		want := []account.Fate{account.ToInvite, account.HasAccount, account.Duplicate, account.Wrong}
		check := func(got outcomes) {
			t.Helper()
			for i, o := range got.Items {
				if o.Outcome != want[i] || o.Line != i+2 || (o.Email == "") != (o.Outcome == account.Wrong) {
					t.Errorf("row %d: %+v, want %s", i, o, want[i])
				}
			}
			if wrong := got.Items[3].Errors; len(got.Items) != 4 || len(wrong) != 2 || wrong[0].Field != "role" || wrong[1].Field != "email" {
				t.Errorf("%+v", got.Items)
			}
		}
		a.mails()
		check(into[outcomes](admin.post("/invite-users", object("list", text, "preview", true)).is(200)))
		if n := len(a.mails()); n != 0 {
			t.Errorf("a preview sends %d mails", n)
		}
		want[0] = account.Invited
		check(into[outcomes](admin.post("/invite-users", object("list", text, "groupId", group.ID)).is(200)))
		if mails := a.mails(); len(mails) != 1 || mails[0].Kind != notify.Invitation || mails[0].To != "ada@example.com" {
			t.Errorf("%+v", mails)
		}
		want[0] = account.AlreadyInvited
		check(into[outcomes](admin.post("/invite-users", object("list", text, "groupId", group.ID)).is(200)))
		ada := into[page[userRecord]](admin.get("/users?status=invited&groupId=" + group.ID).is(200)).Items
		if len(ada) != 1 || ada[0].FirstName != "Ada" || len(a.mails()) != 0 {
			t.Fatalf("%+v", ada)
		}
		admin.post("/invite-users", object("list", " \n")).refused(422, sallyport.CodeInvalid)
		admin.post("/invite-users", object("list", "x@example.com", "role", "none")).refused(422, sallyport.CodeInvalid)
		admin.post("/users/"+ada[0].ID+"/resend", "").is(200)
		if n := len(a.mails()); n != 1 {
			t.Errorf("sent again: %d mails", n)
		}
		admin.post("/users/"+ada[0].ID+"/withdraw", "").is(204)
		admin.post("/users/"+ada[0].ID+"/withdraw", "").refused(404, sallyport.CodeNotFound)
		for _, act := range []string{"/resend", "/withdraw"} {
			if p := into[problem](admin.post("/users/"+a.member.ID+act, "").refused(409, sallyport.CodeConflict)); p.Obstacle != obstacle(sallyport.HasJoined) {
				t.Errorf("%s: %+v", act, p)
			}
		}
	})
}

// Somebody with a role of the organisation sees and does what it allows, at once and no more.
func TestARoleOfTheOrganisation(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		owner, member := a.browse(ownerEmail), a.browse(memberEmail)
		role := into[roleRecord](owner.post("/roles", object("name", "Desk", "permissions", []string{"users.view"})).is(201))
		owner.post("/roles", object("name", "DESK", "permissions", []string{})).refused(422, sallyport.CodeInvalid)
		of := "/users/" + a.member.ID
		a.policy.SessionRevokeOnRoleChange = false
		if n := into[ended](owner.post(of+"/role", object("role", role.ID)).is(200)).EndedSessions; n != 0 {
			t.Errorf("%d sessions ended", n)
		}
		p := into[personRecord](member.get(of).is(200))
		if p.RoleName != "Desk" || string(p.Role) != role.ID || p.LastSignInAt.IsZero() || len(p.Groups) != 0 || len(p.Locks) != 0 {
			t.Errorf("%+v", p)
		}
		member.get("/sessions?userId="+a.owner.ID).refused(403, sallyport.CodeForbidden)
		for _, e := range into[page[eventRecord]](member.get("/users/" + a.owner.ID + "/events").is(200)).Items {
			if e.IPAddress != "" || e.DeviceInfo != (sallyport.DeviceInfo{}) {
				t.Errorf("an event says from where: %+v", e)
			}
		}
		change := func(permissions ...string) {
			t.Helper()
			owner.do("PUT", prefix+"/roles/"+role.ID, object("name", "Desk", "permissions", append([]string{}, permissions...))).is(200)
		}
		change("users.view", "sessions.view")
		if s := into[page[sessionRecord]](member.get("/sessions?userId=" + a.owner.ID).is(200)).Items; len(s) != 1 || s[0].IPAddress == "" || s[0].IsCurrent {
			t.Errorf("%+v", s)
		}
		seen := into[page[eventRecord]](member.get("/users/" + a.owner.ID + "/events").is(200)).Items
		if len(seen) == 0 || seen[0].IPAddress == "" {
			t.Errorf("%+v", seen)
		}
		change()
		member.get(of).refused(403, sallyport.CodeForbidden)
		owner.post("/roles/"+role.ID+"/delete", "").refused(409, sallyport.CodeConflict)
		a.policy.SessionRevokeOnRoleChange = true
		if n := into[ended](owner.post(of+"/role", object("role", "member")).is(200)).EndedSessions; n != 1 {
			t.Errorf("%d sessions ended", n)
		}
		member.get("/me").refused(http.StatusUnauthorized, sallyport.CodeSessionRevoked)
		owner.post("/roles/"+role.ID+"/delete", "").is(204)
		owner.post("/users/"+a.owner.ID+"/role", object("role", "member")).refused(403, sallyport.CodeForbidden)
	})
}

// What failed attempts lock is told with the person, and gone when an admin lifts it.
func TestLocksOfAPerson(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		owner, stranger := a.browse(ownerEmail), a.client()
		for range a.policy.LockoutFailures {
			flow := stranger.open(webClient, memberEmail)
			stranger.post("/sign-in/"+flow.FlowID+"/password", object("password", otherPassword))
		}
		of := "/users/" + a.member.ID
		want := lockRecord{Proof: "password", Strangers: true, LockedUntil: a.now().Add(a.policy.LockoutDuration)}
		if p := into[personRecord](owner.get(of).is(200)); len(p.Locks) != 1 || p.Locks[0] != want {
			t.Errorf("%+v, want %+v", p.Locks, want)
		}
		owner.post(of+"/unlock", "").is(204)
		if p := into[personRecord](owner.get(of).is(200)); len(p.Locks) != 0 {
			t.Errorf("%+v", p.Locks)
		}
	})
}
