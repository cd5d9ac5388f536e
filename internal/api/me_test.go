package api

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
)

func TestSessionsOfOnesOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		first := a.browse(ownerEmail)
		a.advance(time.Minute)
		second := a.browse(ownerEmail)
		foreign := a.browse(memberEmail)

		list := into[page[sessionRecord]](second.get("/me/sessions").is(200))
		if len(list.Items) != 2 || list.NextCursor != nil {
			t.Fatalf("%+v", list)
		}
		got := list.Items[0]
		want := sessionRecord{
			ID: got.ID, UserID: a.owner.ID, TenantID: a.owner.TenantID, Status: "active", DeviceType: "desktop",
			DeviceInfo: got.DeviceInfo, IPAddress: "203.0.113.42", UserAgent: first.headers["User-Agent"],
			CreatedAt: got.CreatedAt, ExpiresAt: got.CreatedAt.Add(a.policy.SessionLifetime), LastActivityAt: got.CreatedAt,
			DeviceID: got.DeviceID, Assessment: assessment{Findings: []finding{}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got.IsCurrent || !list.Items[1].IsCurrent || got.DeviceInfo.Browser != "Chrome" {
			t.Errorf("%+v", list.Items)
		}

		page1 := into[page[sessionRecord]](second.get("/me/sessions?limit=1").is(200))
		page2 := into[page[sessionRecord]](second.get("/me/sessions?limit=1&cursor=" + *page1.NextCursor).is(200))
		if page1.Items[0].ID != list.Items[0].ID || page2.Items[0].ID != list.Items[1].ID || page2.NextCursor != nil {
			t.Errorf("pages: %+v, %+v", page1, page2)
		}

		second.post("/me/sessions/"+got.ID+"/revoke", "").is(204)
		second.post("/me/sessions/"+got.ID+"/revoke", "").is(204) // doing it again is no error
		first.get("/session").refused(401, sallyport.CodeSessionRevoked)

		third := a.browse(ownerEmail)
		if n := into[ended](second.post("/me/revoke-other-sessions", "").is(200)); n.EndedSessions != 1 {
			t.Errorf("%+v", n)
		}
		third.get("/me").refused(401, sallyport.CodeSessionRevoked)
		if n := into[ended](second.post("/me/revoke-all-sessions", "").is(200)); n.EndedSessions != 1 || second.cookies["__Host-sallyport"] != "" {
			t.Errorf("%+v, cookies %v", n, second.cookies)
		}
		foreign.get("/me").is(200)
	})
}

func TestRevokingTheCurrentSessionClearsItsCookie(t *testing.T) {
	a := newApp(t, "")
	c := a.browse(ownerEmail)
	c.post("/me/sessions/"+into[current](c.get("/session")).Session.ID+"/revoke", "").is(204)
	if c.cookies["__Host-sallyport"] != "" {
		t.Error("the cookie is still there")
	}
}

func TestAddressesAreMaskedByPolicy(t *testing.T) {
	a := newApp(t, "")
	c := a.browse(ownerEmail)
	c.remote = "[2001:db8:4f3a:91c2::5d01]:50000"
	flow := c.open("web", memberEmail)
	c.post("/sign-in/"+flow.FlowID+"/password", object("password", otherPassword)).is(401)
	six := a.client()
	six.remote = c.remote
	flow = six.open("web", ownerEmail)
	six.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).is(200)
	addresses := func() (all []string) {
		for _, s := range into[page[sessionRecord]](c.get("/me/sessions").is(200)).Items {
			all = append(all, s.IPAddress)
		}
		return all
	}
	if diff := cmp.Diff([]string{"203.0.113.42", "2001:db8:4f3a:91c2::5d01"}, addresses()); diff != "" {
		t.Error(diff)
	}
	a.policy.SessionMaskIP = true
	if diff := cmp.Diff([]string{"203.0.113.0/24", "2001:db8:4f3a::/48"}, addresses()); diff != "" {
		t.Error(diff)
	}
	if events := c.get("/me/events").is(200).body; strings.Contains(events, "203.0.113.42") || strings.Contains(events, ":91c2") {
		t.Errorf("the events tell: %s", events)
	}
}

func TestChangePassword(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		here, there := a.browse(ownerEmail), a.browse(ownerEmail)
		change := func(current, next string) answer {
			return here.post("/me/password", object("currentPassword", current, "newPassword", next))
		}
		wrong := into[problem](change(otherPassword, goodPassword).refused(422, sallyport.CodeInvalid))
		if diff := cmp.Diff([]fieldProblem{{"currentPassword", "wrong_password", "This is not your current password."}}, wrong.Errors); diff != "" {
			t.Error(diff)
		}
		both := into[problem](change(otherPassword, "short").refused(422, sallyport.CodeInvalid))
		if len(both.Errors) < 4 || both.Errors[0].Field != "currentPassword" || both.Errors[1].Message != "At least 15 characters" {
			t.Errorf("%+v", both.Errors)
		}
		a.advance(time.Minute)
		weak := into[problem](change(goodPassword, "short").refused(422, sallyport.CodeInvalid))
		if len(weak.Errors) < 3 || weak.Errors[0].Message != "At least 15 characters" {
			t.Errorf("%+v", weak.Errors)
		}
		if n := into[ended](change(goodPassword, otherPassword).is(200)); n.EndedSessions != 1 {
			t.Errorf("%+v", n)
		}
		here.get("/me").is(200)
		there.get("/me").refused(401, sallyport.CodeSessionRevoked)
	})
}

func TestOwnEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		admin := a.browse(ownerEmail)
		admin.remote = "198.51.100.7:1234"
		member := a.browse(memberEmail)
		session := into[current](member.get("/session").is(200)).Session.ID
		admin.post("/sessions/"+session+"/suspend", "").is(204)
		admin.post("/sessions/"+session+"/resume", "").is(204)

		var kinds []string
		cursor := ""
		for {
			p := into[page[eventRecord]](member.get("/me/events?limit=2" + cursor).is(200))
			for _, v := range p.Items {
				kinds = append(kinds, v.Kind)
				if v.UserID != a.member.ID {
					t.Errorf("an event of %s", v.UserID)
				}
				if v.ActorID == a.owner.ID && (v.IPAddress != "" || v.DeviceInfo != (sallyport.DeviceInfo{})) {
					t.Errorf("%s tells where the admin was: %+v", v.Kind, v)
				}
			}
			if p.NextCursor == nil {
				break
			}
			cursor = "&cursor=" + *p.NextCursor
		}
		want := []string{"session.resumed", "session.suspended", "auth.signed_in", "device.added", "user.created"}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAdminActs(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		admin, member := a.browse(adminEmail), a.browse(memberEmail)
		theirs := into[current](member.get("/session").is(200)).Session.ID
		admin.post("/sessions/"+theirs+"/resume", "").is(204)
		admin.post("/sessions/"+theirs+"/suspend", "").is(204)
		member.get("/session").refused(401, sallyport.CodeSessionSuspended)
		admin.post("/sessions/"+theirs+"/resume", "").is(204)
		member.get("/session").is(200)
		admin.post("/sessions/"+theirs+"/terminate", "").is(204)
		member.get("/session").refused(401, sallyport.CodeSessionTerminated)

		users := into[page[userRecord]](admin.get("/users?limit=2").is(200))
		rest := into[page[userRecord]](admin.get("/users?limit=2&cursor=" + *users.NextCursor).is(200))
		if len(users.Items) != 2 || len(rest.Items) != 1 || rest.NextCursor != nil || rest.Items[0].Email != memberEmail {
			t.Errorf("%+v, %+v", users, rest)
		}

		member = a.browse(memberEmail)
		if n := into[ended](admin.post("/users/"+a.member.ID+"/disable", "").is(200)); n.EndedSessions != 1 {
			t.Errorf("%+v", n)
		}
		member.get("/session").refused(401, sallyport.CodeSessionRevoked)
		if n := into[ended](admin.post("/users/"+a.member.ID+"/disable", "").is(200)); n.EndedSessions != 0 {
			t.Errorf("%+v", n)
		}
		admin.post("/users/"+a.member.ID+"/enable", "").is(204)
		member.get("/session").refused(401, sallyport.CodeSessionRevoked)
		a.browse(memberEmail).get("/me").is(200)
	})
}

func TestBadPages(t *testing.T) {
	a := newApp(t, "")
	c := a.browse(ownerEmail)
	for _, list := range []string{"/me/sessions", "/me/events", "/users"} {
		for query, want := range map[string]fieldProblem{
			"limit=0":                   {"limit", "out_of_range", "This must be from 1 to 200."},
			"limit=201":                 {"limit", "out_of_range", "This must be from 1 to 200."},
			"limit=many":                {"limit", "wrong_type", "This has the wrong type."},
			"cursor=!":                  {"cursor", "invalid_cursor", "Pass nextCursor of the page before, unchanged."},
			"cursor=AA":                 {"cursor", "invalid_cursor", "Pass nextCursor of the page before, unchanged."},
			"statuss=active":            {"statuss", "unknown_field", "There is no such field."},
			"access_token=sps_secret-9": {"", "unknown_field", "There is no such field."},
		} {
			p := into[problem](c.get(list+"?"+query).refused(422, sallyport.CodeInvalid))
			if diff := cmp.Diff([]fieldProblem{want}, p.Errors); diff != "" {
				t.Errorf("%s?%s: %s", list, query, diff)
			}
		}
	}
	for query, want := range map[string]fieldProblem{
		"userId=%20":       {"userId", "invalid", "This is not valid."},
		"ip=nowhere":       {"ip", "invalid_network", "This is neither an IP address nor a range such as 192.0.2.0/24."},
		"from=yesterday":   {"from", "invalid_time", "This is neither a date such as 2026-01-31 nor a time such as 2026-01-31T08:30:00Z."},
		"sort=best":        {"sort", "unknown_value", "This is none of the possible values."},
		"to=2026-01-01&x=": {"x", "unknown_field", "There is no such field."},
	} {
		p := into[problem](c.get("/login-attempts?"+query).refused(422, sallyport.CodeInvalid))
		if diff := cmp.Diff([]fieldProblem{want}, p.Errors); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

// A list accepts the filters in its table. A cursor is valid for the filters and the
// order that it came from.
func TestFilters(t *testing.T) {
	a := newApp(t, "")
	c := a.browse(ownerEmail)
	a.browse(ownerEmail)
	all := into[page[attemptRecord]](c.get("/login-attempts?ip=203.0.113.0/24&limit=1&sort=oldest").is(200))
	if len(all.Items) != 1 || all.NextCursor == nil {
		t.Fatalf("%+v", all)
	}
	c.get("/login-attempts?ip=203.0.113.0/24&limit=1&sort=oldest&cursor=" + *all.NextCursor).is(200)
	for _, other := range []string{"", "ip=203.0.113.0/24&", "ip=203.0.113.0/25&sort=oldest&"} {
		c.get("/login-attempts?"+other+"cursor="+*all.NextCursor).refused(422, sallyport.CodeInvalid)
	}
	if none := into[page[attemptRecord]](c.get("/login-attempts?to=2020-01-01").is(200)); len(none.Items) != 0 {
		t.Errorf("%+v", none)
	}
	events := into[page[eventRecord]](c.get("/me/events?show=devices&show=account").is(200))
	if len(events.Items) == 0 {
		t.Error("no events")
	}
	for _, e := range events.Items {
		if strings.HasPrefix(e.Kind, "auth.") {
			t.Errorf("%s among them", e.Kind)
		}
	}
}

func TestChangeMe(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.browse(memberEmail)
		language := func() anyLanguage { t.Helper(); return into[me](c.get("/me").is(200)).Language }
		if got := language(); got != ofBrowser {
			t.Errorf("before: %q", got)
		}
		c.do("PATCH", prefix+"/me", `{"language": "de"}`).is(204)
		c.do("PATCH", prefix+"/me", `{"language": "de"}`).is(204)
		c.do("PATCH", prefix+"/me", `{}`).is(204)
		if got := language(); got != "de" {
			t.Errorf("chosen: %q", got)
		}
		c.do("PATCH", prefix+"/me", `{"language": "tlh"}`).refused(422, sallyport.CodeInvalid)
		c.do("PATCH", prefix+"/me", `{"language": "browser"}`).is(204)
		if got := language(); got != ofBrowser {
			t.Errorf("given back: %q", got)
		}
	})
}

// Details change field by field, and of two who saw the same one is told what it is by now.
func TestChangeDetailsByAPI(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.browse(memberEmail)
		c.do("PATCH", prefix+"/me", `{"firstName": "Ann", "timeZone": "Europe/Berlin"}`).is(204)
		c.do("PATCH", prefix+"/me", `{"firstName": "Zoe", "was": {"firstName": "Ann"}}`).is(204)
		if f := c.do("PATCH", prefix+"/me", `{"firstName": "Mia", "lastName": "X", "was": {"firstName": "Ann"}}`).refused(422, sallyport.CodeInvalid).rule(); f.Field != "firstName" || f.Code != "changed_meanwhile" {
			t.Errorf("%+v", f)
		}
		if me := into[me](c.get("/me").is(200)); me.FirstName != "Zoe" || me.LastName == "X" || me.TimeZone != "Europe/Berlin" {
			t.Errorf("%+v", me)
		}
		c.do("PATCH", prefix+"/me", `{"timeZone": "browser"}`).is(204)
		if me := into[me](c.get("/me").is(200)); me.TimeZone != "browser" {
			t.Errorf("%+v", me)
		}
	})
}

// An address and a number change by the codes that come back from there, and the former address
// takes that back.
func TestContactsByAPI(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.browse(memberEmail)
		c.post("/me/email", object("email", "new@example.com")).refused(403, sallyport.CodeStepUp)
		c.ready("change_email")
		c.post("/me/email", object("email", "new@example.com")).is(202)
		c.post("/me/email/verify", object("code", "000000")).refused(401, sallyport.CodeMFAFailed)
		a.advance(3 * time.Second)
		c.post("/me/email/verify", object("code", a.lastCode("new@example.com"))).is(204)
		c.post("/me/phone", object("phoneNumber", "0791234567", "country", "CH")).is(202)
		c.post("/me/phone/verify", object("code", a.lastCode("+41791234567"))).is(204)
		if me := into[me](c.get("/me").is(200)); me.Email != "new@example.com" || !me.EmailVerified || me.PhoneNumber != "+41791234567" {
			t.Errorf("%+v", me)
		}
		c.post("/me/phone/remove", "").is(204)
		if me := into[me](c.get("/me").is(200)); me.PhoneNumber != "" {
			t.Errorf("%+v", me)
		}
	})
}
