package api

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/sallyport/sallyport/internal/signin"
)

// finerThanMicroseconds finds a time with more than six decimals.
var finerThanMicroseconds = regexp.MustCompile(`:\d\d\.\d{7,}Z`)

// What an act answers is, byte by byte, what is read again, although the clock of the
// machine is more exact than the database.
func TestFreshAnswersAreAsReadAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		a.beyond.Store(789)
		admin, c := a.browse(adminEmail), a.client()

		invited := admin.post("/users", object("email", "ines@example.com")).is(201)
		compare(t, "a user", invited.body, itemOf(t, admin.get("/users?limit=200").is(200), into[userRecord](invited).ID))

		admin.ready("add_factor")
		b := admin.post("/me/factors", object("methodType", "totp")).is(201)
		set := into[secondFactorSetUp](b)
		p := &phone{app: a, id: set.MFAID, secret: set.Secret}
		verified := into[struct{ Factor json.RawMessage }](admin.post("/me/factors/"+p.id+"/verify", object("code", p.at(0))).is(200))
		compare(t, "a factor", string(verified.Factor), itemOf(t, admin.get("/me/factors").is(200), p.id))

		opened := c.post("/sign-in", object("email", memberEmail)).is(200)
		step := into[signInStep](opened)
		compare(t, "a sign-in", opened.body, c.get("/sign-in/"+step.FlowID).is(200).body)
		done := c.post("/sign-in/"+step.FlowID+"/password", object("password", goodPassword)).is(200)
		if s := into[signInStep](done); s.Next != signin.Done || !s.ExpiresAt.Equal(into[current](c.get("/session").is(200)).Session.ExpiresAt) {
			t.Errorf("%s", done.body)
		}
		for _, fresh := range []answer{invited, b, opened, done, c.get("/session").is(200)} {
			if found := finerThanMicroseconds.FindString(fresh.body); found != "" {
				t.Errorf("%s in %s", found, fresh.body)
			}
		}
	})
}

func compare(t *testing.T, what, fresh, again string) {
	t.Helper()
	if a, b := compact(t, fresh), compact(t, again); a != b {
		t.Errorf("%s, fresh and read again:\n%s\n%s", what, a, b)
	}
}

func compact(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(json.RawMessage(s))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// itemOf returns the item of a list with an id, as it was sent.
func itemOf(t *testing.T, a answer, id string) string {
	t.Helper()
	for _, raw := range into[struct{ Items []json.RawMessage }](a).Items {
		var item struct{ ID string }
		if json.Unmarshal(raw, &item) == nil && item.ID == id {
			return string(raw)
		}
	}
	t.Fatalf("no %s in %s", id, a.body)
	return ""
}
