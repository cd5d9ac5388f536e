package account_test

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// The owner's answer to a sign-in is recorded once, in their session or through the mailed
// link. Somebody else's sign-in is not found.
func TestAnswers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		u := a.AddUser(t, mia, sallyport.RoleMember)
		ben := a.AddUser(t, "ben@corp.test", sallyport.RoleMember)
		owner := a.Visit(t, a.Laptop(t), apptest.OwnerEmail, true, nil)
		mine, other := a.Visit(t, a.Laptop(t), mia, true, nil), a.Visit(t, a.Laptop(t), mia, true, nil)
		bens := a.Visit(t, a.Laptop(t), ben.Email, true, nil)
		doubtful := func(of sallyport.User, deviceID string, signals ...sallyport.Signal) string {
			t.Helper()
			x := sallyport.Attempt{ID: token.NewID(), TenantID: of.TenantID, UserID: of.ID, Email: of.Email, DeviceID: deviceID, Successful: deviceID != "", CreatedAt: a.Clock.Now()}
			for _, s := range signals {
				x.Assessment.Findings = append(x.Assessment.Findings, sallyport.Finding{Signal: s, Weight: 30})
			}
			apptest.Must(t, a.DB.Write(ctx, func(tx *store.Tx) error { return tx.AddAttempt(ctx, x) }))
			return x.ID
		}
		foreign := a.AddUserOf(t, a.AddTenant(t, "other.test").ID, mia, sallyport.RoleMember)
		one := doubtful(u, mine.DeviceID(), "new_country", "impossible_travel")
		for what, id := range map[string]string{
			"none": "none", "": "", "another user's": doubtful(ben, bens.DeviceID(), "new_country"), "another organisation's": doubtful(foreign, "", "new_country"),
		} {
			if events := a.Happened(t, func() {
				apptest.Denied(t, "attempt: "+what, a.Accounts.AnswerMine(ctx, mine.Me(), id), sallyport.CodeNotFound)
			}); events != "" {
				t.Errorf("%s: %s", what, events)
			}
		}
		apptest.Denied(t, "by an owner, of a member", a.Accounts.AnswerMine(ctx, owner.Me(), one), sallyport.CodeNotFound)
		if events := a.Happened(t, func() { apptest.Must(t, a.Accounts.AnswerMine(ctx, other.Me(), one)) }); events != "auth.sign_in_answered" {
			t.Errorf("events %s", events)
		}
		got, err := a.DB.Attempt(ctx, u.TenantID, u.ID, one)
		if err != nil || got.Answer != sallyport.AnswerMine {
			t.Errorf("%+v %v", got, err)
		}
		quiet := func(id string) []sallyport.Signal {
			d, err := a.DB.Device(ctx, u.TenantID, id)
			apptest.Must(t, err)
			return d.Quiet
		}
		if q := quiet(mine.DeviceID()); !slices.Equal(q, []sallyport.Signal{"new_country", "impossible_travel"}) || len(quiet(other.DeviceID())) != 0 {
			t.Errorf("quiet: %v, elsewhere %v", q, quiet(other.DeviceID()))
		}
		apptest.Must(t, a.Accounts.AnswerMine(ctx, mine.Me(), one)) // it is so already
		apptest.Must(t, a.Accounts.Mine(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: a.MailedLink(t, u, link.Mine, link.About{AttemptID: one})}))
		// One more signal becomes quiet, and none is listed twice.
		apptest.Must(t, a.Accounts.AnswerMine(ctx, mine.Me(), doubtful(u, mine.DeviceID(), "new_country", "many_accounts")))
		if q := quiet(mine.DeviceID()); !slices.Equal(q, []sallyport.Signal{"new_country", "impossible_travel", "many_accounts"}) {
			t.Errorf("quiet: %v", q)
		}

		// A link answers the sign-in it is about, in its organisation only.
		refused := doubtful(u, "", "new_country")
		secret := a.MailedLink(t, u, link.Mine, link.About{AttemptID: refused})
		apptest.Denied(t, "elsewhere", a.Accounts.Mine(ctx, link.Mailed{TenantID: foreign.TenantID, Client: phone, Secret: secret}), sallyport.CodeLinkExpired)
		_, err = a.Accounts.NotMe(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: secret})
		apptest.Denied(t, "as its opposite", err, sallyport.CodeLinkExpired)
		apptest.Must(t, a.Accounts.Mine(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: secret}))
		visits, err := a.DB.VisitsOf(ctx, u.TenantID, u.ID, 50)
		if err != nil || !slices.ContainsFunc(visits, func(v sallyport.Attempt) bool { return v.ID == refused }) {
			t.Errorf("a refused sign-in of theirs does not count as a visit: %v", err)
		}

		// An ended session answers nothing.
		apptest.Must(t, a.Sessions.SignOut(ctx, other.Me()))
		apptest.Denied(t, "after signing out", a.Accounts.AnswerMine(ctx, other.Me(), doubtful(u, mine.DeviceID(), "new_country")), sallyport.CodeNotSignedIn)
	})
}
