package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

func TestBrowserSignsIn(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.client()
		flow := c.open("web", ownerEmail)
		if flow.Next != signin.Password || flow.FlowToken != "" || c.cookies["__Host-sallyport-flow"] == "" {
			t.Fatalf("%+v, cookies %v", flow, c.cookies)
		}
		if !flow.ExpiresAt.Equal(a.now().Add(signin.FlowLifetime)) {
			t.Errorf("expires at %v", flow.ExpiresAt)
		}
		password := "/sign-in/" + flow.FlowID + "/password"
		c.post(password, object("password", otherPassword)).refused(401, sallyport.CodeInvalidCredentials)
		done := c.post(password, object("password", goodPassword)).is(200)
		step := into[signInStep](done)
		if step.Next != signin.Done || step.AccessToken != "" || step.DeviceToken != "" || strings.Contains(done.body, "sps_") {
			t.Errorf("a browser's answer: %s", done.body)
		}
		if c.cookies["__Host-sallyport"] == "" || c.cookies["__Host-sallyport-devices"] == "" || c.cookies["__Host-sallyport-flow"] != "" {
			t.Errorf("cookies %v", c.cookies)
		}
		c.get("/me").is(200)
		c.post("/sign-out", "").is(204)
		if c.cookies["__Host-sallyport"] != "" {
			t.Error("the session's cookie is still there")
		}
		c.get("/me").refused(401, sallyport.CodeNotSignedIn)
	})
}

func TestNativeClientSignsIn(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.client()
		flow := c.open("native", ownerEmail)
		if flow.FlowToken == "" || len(c.cookies) != 0 {
			t.Fatalf("%+v, cookies %v", flow, c.cookies)
		}
		c.headers["Sallyport-Flow"] = flow.FlowToken
		step := into[signInStep](c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).is(200))
		if step.AccessToken == "" || step.DeviceToken == "" || len(c.cookies) != 0 {
			t.Fatalf("%+v, cookies %v", step, c.cookies)
		}
		c.headers = map[string]string{"Authorization": "Bearer " + step.AccessToken}
		who := into[current](c.get("/session").is(200))
		if who.User.Email != ownerEmail || who.Device.ID == "" || !who.Session.ExpiresAt.Equal(step.ExpiresAt) {
			t.Errorf("%+v", who)
		}

		c.headers = map[string]string{}
		flow = c.open("native", ownerEmail)
		c.headers = map[string]string{"Sallyport-Flow": flow.FlowToken, "Sallyport-Device": step.DeviceToken}
		again := into[signInStep](c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).is(200))
		if again.DeviceToken == "" || again.DeviceToken == step.DeviceToken || again.AccessToken == step.AccessToken {
			t.Errorf("the device is known, and has another token: %+v", again)
		}
		c.headers = map[string]string{"Authorization": "Bearer " + again.AccessToken}
		if d := into[current](c.get("/session").is(200)).Device.ID; d != who.Device.ID {
			t.Errorf("another device: %s, was %s", d, who.Device.ID)
		}
		if out := c.post("/sign-out", "").is(204); out.header.Get("Set-Cookie") != "" {
			t.Error("a native client got a cookie")
		}
	})
}

// A flow's token works for its own next step, carried the way it was given, and for
// nothing else.
func TestFlowTokenOpensNothingElse(t *testing.T) {
	a := newApp(t, "")
	mine, other := a.client(), a.client()
	flow, foreign := mine.open("native", ownerEmail), other.open("native", memberEmail)
	right := object("password", goodPassword)

	mine.headers["Sallyport-Flow"] = flow.FlowToken
	mine.post("/sign-in/"+foreign.FlowID+"/password", right).refused(401, sallyport.CodeFlowExpired)
	mine.post("/sign-in/nothing/password", right).refused(401, sallyport.CodeFlowExpired)
	mine.post("/sign-in/%00/password", right).refused(401, sallyport.CodeFlowExpired)

	asCookie := a.client()
	asCookie.cookies["__Host-sallyport-flow"] = flow.FlowToken
	asCookie.post("/sign-in/"+flow.FlowID+"/password", right).refused(401, sallyport.CodeFlowExpired)
	web := a.client()
	started := web.open("web", ownerEmail)
	asHeader := a.client()
	asHeader.headers["Sallyport-Flow"] = web.cookies["__Host-sallyport-flow"]
	asHeader.post("/sign-in/"+started.FlowID+"/password", right).refused(401, sallyport.CodeFlowExpired)

	for _, path := range []string{"/session", "/me", "/me/sessions", "/users"} {
		c := a.client()
		c.cookies["__Host-sallyport"] = flow.FlowToken
		c.get(path).refused(401, sallyport.CodeNotSignedIn)
		c.headers["Authorization"] = "Bearer " + flow.FlowToken
		c.get(path).refused(401, sallyport.CodeNotSignedIn)
	}
	done := into[signInStep](mine.post("/sign-in/"+flow.FlowID+"/password", right).is(200))
	if done.Next != signin.Done {
		t.Fatalf("%+v", done)
	}
	mine.post("/sign-in/"+flow.FlowID+"/password", right).refused(401, sallyport.CodeFlowExpired)
	c := a.client()
	c.headers["Sallyport-Flow"] = done.AccessToken
	c.post("/sign-in/"+flow.FlowID+"/password", right).refused(401, sallyport.CodeFlowExpired)
}

func TestUnknownAddressAnswersAlike(t *testing.T) {
	a := newApp(t, "")
	ask := func(address string) (opened, refused answer) {
		c := a.client()
		opened = c.post("/sign-in", object("email", address)).is(200)
		return opened, c.post("/sign-in/"+into[signInStep](opened).FlowID+"/password", object("password", otherPassword))
	}
	known, wrong := ask(memberEmail)
	unknown, nobody := ask("nobody@example.com")
	if len(known.body) != len(unknown.body) || wrong.body != nobody.body || wrong.status != nobody.status {
		t.Errorf("known:\n%s%s\nunknown:\n%s%s", known.body, wrong.body, unknown.body, nobody.body)
	}
	for name := range known.header {
		if name != "Set-Cookie" && known.header.Get(name) != unknown.header.Get(name) {
			t.Errorf("header %s differs", name)
		}
	}
}

func TestLockoutSaysWhenToComeBack(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.client()
		flow := c.open("web", memberEmail)
		password := "/sign-in/" + flow.FlowID + "/password"
		for range a.policy.LockoutFailures {
			c.post(password, object("password", otherPassword)).refused(401, sallyport.CodeInvalidCredentials)
		}
		locked := c.post(password, object("password", goodPassword)).refused(429, sallyport.CodeAccountLocked)
		if got, want := locked.header.Get("Retry-After"), strconv.Itoa(int(a.policy.LockoutDuration.Seconds())); got != want {
			t.Errorf("Retry-After %q, want %s", got, want)
		}
	})
}

func TestDenyEndsTheSignIn(t *testing.T) {
	a := newApp(t, "")
	admin := a.browse(ownerEmail)
	if n := into[ended](admin.post("/users/"+a.member.ID+"/disable", "").is(200)); n.EndedSessions != 0 {
		t.Errorf("%+v", n)
	}
	c := a.client()
	flow := c.open("web", memberEmail)
	denied := c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).refused(403, sallyport.CodeAccountDisabled)
	if into[problem](denied).Next != "deny" || c.cookies["__Host-sallyport-flow"] != "" {
		t.Errorf("%s, cookies %v", denied.body, c.cookies)
	}
}

// A user who must change the password gets no session before that.
func TestChangePasswordInASignIn(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		must := func() {
			if err := a.db.Write(t.Context(), func(tx *store.Tx) error {
				return tx.RequirePasswordChange(t.Context(), a.member.TenantID, a.member.ID)
			}); err != nil {
				t.Fatal(err)
			}
		}
		must()
		c := a.client()
		flow := c.open("web", memberEmail)
		choose := "/sign-in/" + flow.FlowID + "/change-password"
		c.post(choose, object("newPassword", otherPassword)).refused(409, sallyport.CodeFlowMismatch)
		step := into[signInStep](c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).is(200))
		if step.Next != signin.ChangePassword || c.cookies["__Host-sallyport"] != "" {
			t.Fatalf("%+v, cookies %v", step, c.cookies)
		}
		c.get("/me").refused(401, sallyport.CodeNotSignedIn)
		for weak, rule := range map[string]string{"short": "too_short", goodPassword: "reused"} {
			p := into[problem](c.post(choose, object("newPassword", weak)).refused(422, sallyport.CodeInvalid))
			if !slices.ContainsFunc(p.Errors, func(f fieldProblem) bool { return f.Field == "newPassword" && f.Code == rule }) {
				t.Errorf("%s: %+v", rule, p.Errors)
			}
		}
		if step := into[signInStep](c.post(choose, object("newPassword", otherPassword)).is(200)); step.Next != signin.Done {
			t.Errorf("%+v", step)
		}
		c.get("/me").is(200)
		a.signIn(memberEmail, goodPassword).refused(401, sallyport.CodeInvalidCredentials)

		must()
		native := a.client()
		flow = native.open("native", memberEmail)
		native.headers["Sallyport-Flow"] = flow.FlowToken
		step = into[signInStep](native.post("/sign-in/"+flow.FlowID+"/password", object("password", otherPassword)).is(200))
		native.post("/sign-in/"+flow.FlowID+"/change-password", object("newPassword", goodPassword)).refused(401, sallyport.CodeFlowExpired)
		native.headers["Sallyport-Flow"] = step.FlowToken
		step = into[signInStep](native.post("/sign-in/"+flow.FlowID+"/change-password", object("newPassword", "Third-Time-Lucky-97 Owl")).is(200))
		if step.Next != signin.Done || step.AccessToken == "" {
			t.Errorf("%+v", step)
		}
	})
}

// A browser that signs in again gets a new session, and the one it had ends.
func TestSigningInAgainReplaces(t *testing.T) {
	a := newApp(t, "")
	c := a.browse(ownerEmail)
	old := c.cookies["__Host-sallyport"]
	flow := c.open("web", ownerEmail)
	c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).is(200)
	if c.cookies["__Host-sallyport"] == old {
		t.Fatal("the same session")
	}
	c.cookies["__Host-sallyport"] = old
	c.get("/me").refused(401, sallyport.CodeSessionTerminated)
}

func TestBearerCountsBeforeCookie(t *testing.T) {
	a := newApp(t, "")
	owner, member := a.browse(ownerEmail), a.browse(memberEmail)
	who := func() string { return into[me](owner.get("/me").is(200)).Email }
	if who() != ownerEmail {
		t.Fatal("the cookie does not count")
	}
	owner.headers["Authorization"] = "Bearer " + member.cookies["__Host-sallyport"]
	if who() != memberEmail {
		t.Error("the bearer token does not count first")
	}
	for _, bad := range []string{"Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer", " "} {
		owner.headers["Authorization"] = bad
		if got := owner.get("/me").refused(401, sallyport.CodeNotSignedIn).header.Get("WWW-Authenticate"); got == "" {
			t.Error("no WWW-Authenticate")
		}
		owner.get("/session").refused(http.StatusUnauthorized, sallyport.CodeNotSignedIn)
	}
}
