package signin_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// walk drives a sign-in to its end and returns its states. It answers the question about
// the device from say; app is for accounts with a second factor.
func walk(t *testing.T, a *apptest.App, from signin.From, email string, app *apptest.Authenticator, say signin.Step) (signin.Result, []signin.State, error) {
	t.Helper()
	var passed []signin.State
	r, err := a.SignIn.Open(t.Context(), from, email)
	for err == nil && r.State != signin.Done {
		passed = append(passed, r.State)
		step := signin.Step{State: r.State, Password: apptest.Password, Trust: say.Trust, GiveUp: say.GiveUp}
		if r.State == signin.Factor {
			step.Answer = mfa.Answer{Method: totp, Code: app.Code(t)}
		}
		r, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, step)
	}
	return r, passed, err
}

// enter is walk that must succeed; it also returns what the browser stores.
func enter(t *testing.T, a *apptest.App, from signin.From, email string, app *apptest.Authenticator, trust bool) (signin.From, signin.Result) {
	t.Helper()
	from.AsksTrust = true
	r, _, err := walk(t, a, from, email, app, signin.Step{Trust: trust})
	if err != nil {
		t.Fatalf("sign in as %s: %v", email, err)
	}
	return apptest.After(from, r), r
}

// give stores a device of a user and returns its credential.
func give(t *testing.T, a *apptest.App, u sallyport.User, d sallyport.Device) (id, credential string) {
	t.Helper()
	credential, hash := token.New(token.Device)
	d.ID, d.TenantID, d.UserID, d.LastUsedAt, d.CreatedAt = token.NewID(), u.TenantID, u.ID, a.Clock.Now(), a.Clock.Now()
	if d.TrustLevel > 0 {
		d.VerifiedAt = a.Clock.Now()
	}
	if err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.AddDevice(t.Context(), d, hash[:]) }); err != nil {
		t.Fatal(err)
	}
	return d.ID, credential
}

func deviceOf(t *testing.T, a *apptest.App, id string) sallyport.Device {
	t.Helper()
	d, err := a.DB.Device(t.Context(), a.TenantID(t), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// during returns the kinds of the events that act leaves, sorted, and its mails with their
// readers.
func during(t *testing.T, a *apptest.App, act func()) (events, mails string) {
	t.Helper()
	a.Mails(t)
	before := logged(t, a)
	act()
	return since(t, a, before), mailsNow(t, a)
}

// logged returns the number that the next event has at least.
func logged(t *testing.T, a *apptest.App) int64 {
	t.Helper()
	events := a.Events(t)
	return events[len(events)-1].Seq + 1
}

// since returns the kinds of the events after the first ones.
func since(t *testing.T, a *apptest.App, before int64) string {
	t.Helper()
	var kinds []string
	rows, err := a.DB.Events(t.Context(), a.TenantID(t), before, math.MaxInt32)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range rows {
		kinds = append(kinds, e.Kind)
	}
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

func mailsNow(t *testing.T, a *apptest.App) string {
	t.Helper()
	var out []string
	for _, m := range a.Mails(t) {
		out = append(out, string(m.Kind)+" "+strings.TrimSuffix(m.To, "@corp.test"))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// mailOf delivers the waiting mails and returns the one new mail of a kind.
func mailOf(t *testing.T, a *apptest.App, kind notify.Kind) *notify.Message {
	t.Helper()
	found := slices.DeleteFunc(a.Mails(t), func(m *notify.Message) bool { return m.Kind != kind })
	if len(found) != 1 {
		t.Fatalf("%d mails %s, want 1", len(found), kind)
	}
	return found[0]
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// withTOTP adds a member with an authenticator app, set up on a device at level 0.
func withTOTP(t *testing.T, a *apptest.App, email string) (sallyport.User, *apptest.Authenticator) {
	t.Helper()
	u := a.AddUser(t, email, sallyport.RoleMember)
	app := a.AddTOTP(t, apptest.Actor(a.SignInAs(t, a.Laptop(t), email)))
	a.Clock.Advance(time.Minute)
	return u, app
}

func sorted(words string) string {
	list := strings.Fields(words)
	slices.Sort(list)
	return strings.Join(list, " ")
}
