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

// What the owner says of a sign-in is recorded once, in a session of theirs or through
// the mailed link; another's sign-in does not exist for them.
func TestAnswers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		u := a.AddUser(t, mia, sallyport.RoleMember)
		ben := a.AddUser(t, "ben@corp.test", sallyport.RoleMember)
		owner := visit(t, a, fresh(t, a), apptest.OwnerEmail, true, nil)
		mine, other := visit(t, a, fresh(t, a), mia, true, nil), visit(t, a, fresh(t, a), mia, true, nil)
		bens := visit(t, a, fresh(t, a), ben.Email, true, nil)
		doubtful := func(of sallyport.User, deviceID string, signals ...sallyport.Signal) string {
			t.Helper()
			x := sallyport.Attempt{ID: token.NewID(), TenantID: of.TenantID, UserID: of.ID, Email: of.Email, DeviceID: deviceID, Successful: deviceID != "", CreatedAt: a.Clock.Now()}
			for _, s := range signals {
				x.Assessment.Findings = append(x.Assessment.Findings, sallyport.Finding{Signal: s, Weight: 30})
			}
			must(t, a.DB.Write(ctx, func(tx *store.Tx) error { return tx.AddAttempt(ctx, x) }))
			return x.ID
		}
		foreign := a.AddUserOf(t, a.AddTenant(t, "other.test").ID, mia, sallyport.RoleMember)
		one := doubtful(u, mine.id(), "new_country", "impossible_travel")
		for what, id := range map[string]string{
			"none": "none", "": "", "another user's": doubtful(ben, bens.id(), "new_country"), "another organisation's": doubtful(foreign, "", "new_country"),
		} {
			if events := happened(t, a, func() { denied(t, "attempt: "+what, a.Accounts.AnswerMine(ctx, mine.me(), id), sallyport.CodeNotFound) }); events != "" {
				t.Errorf("%s: %s", what, events)
			}
		}
		denied(t, "by an owner, of a member", a.Accounts.AnswerMine(ctx, owner.me(), one), sallyport.CodeNotFound)
		if events := happened(t, a, func() { must(t, a.Accounts.AnswerMine(ctx, other.me(), one)) }); events != "auth.sign_in_answered" {
			t.Errorf("events %s", events)
		}
		got, err := a.DB.Attempt(ctx, u.TenantID, u.ID, one)
		if err != nil || got.Answer != sallyport.AnswerMine {
			t.Errorf("%+v %v", got, err)
		}
		quiet := func(id string) []sallyport.Signal { return device(t, a, id).Quiet }
		if q := quiet(mine.id()); !slices.Equal(q, []sallyport.Signal{"new_country", "impossible_travel"}) || len(quiet(other.id())) != 0 {
			t.Errorf("quiet: %v, elsewhere %v", q, quiet(other.id()))
		}
		denied(t, "twice", a.Accounts.AnswerMine(ctx, mine.me(), one), sallyport.CodeConflict)
		denied(t, "again by mail", a.Accounts.Mine(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: mailedLink(t, a, u, link.Mine, link.About{AttemptID: one})}), sallyport.CodeConflict)
		// One more finding is added to what is quiet, none is repeated.
		must(t, a.Accounts.AnswerMine(ctx, mine.me(), doubtful(u, mine.id(), "new_country", "many_accounts")))
		if q := quiet(mine.id()); !slices.Equal(q, []sallyport.Signal{"new_country", "impossible_travel", "many_accounts"}) {
			t.Errorf("quiet: %v", q)
		}

		// A link answers the sign-in it is about, in its organisation only.
		refused := doubtful(u, "", "new_country")
		secret := mailedLink(t, a, u, link.Mine, link.About{AttemptID: refused})
		denied(t, "elsewhere", a.Accounts.Mine(ctx, link.Mailed{TenantID: foreign.TenantID, Client: phone, Secret: secret}), sallyport.CodeLinkExpired)
		_, err = a.Accounts.NotMe(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: secret})
		denied(t, "as its opposite", err, sallyport.CodeLinkExpired)
		must(t, a.Accounts.Mine(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: secret}))
		visits, err := a.DB.VisitsOf(ctx, u.TenantID, u.ID, 50)
		if err != nil || !slices.ContainsFunc(visits, func(v sallyport.Attempt) bool { return v.ID == refused }) {
			t.Errorf("a refused sign-in of theirs does not count as a visit: %v", err)
		}

		// In a session that ended nothing is answered.
		must(t, a.Sessions.SignOut(ctx, other.me()))
		denied(t, "after signing out", a.Accounts.AnswerMine(ctx, other.me(), doubtful(u, mine.id(), "new_country")), sallyport.CodeNotSignedIn)
	})
}
