package account_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

var form = account.SetUp{
	Organisation: "Quayside", FirstName: "Ottilie", LastName: "Brandt", Email: apptest.OwnerEmail, Password: apptest.Password,
}

func offer(t *testing.T, a *apptest.App) string {
	t.Helper()
	secret, err := a.Accounts.OfferSetUp(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestSetUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		first, second := offer(t, a), offer(t, a)
		never, _ := token.New(token.SetUp)
		closed := sallyport.CodeSetUpClosed
		for _, v := range []string{"", "x", never, first[:40], strings.ToUpper(first)} {
			if err := a.Accounts.CheckSetUp(t.Context(), v); sallyport.CodeOf(err) != closed {
				t.Errorf("%.8q opens the set-up: %v", v, err)
			}
			if _, err := a.Accounts.CompleteSetUp(t.Context(), v, sallyport.Client{}, form); sallyport.CodeOf(err) != closed {
				t.Errorf("%.8q claims: %v", v, err)
			}
		}
		// A form with mistakes reports all of them and the link stays usable.
		bad := account.SetUp{Organisation: " ", FirstName: "a\x00", LastName: strings.Repeat("ü", 101), Email: "nobody", Password: "quayside"}
		_, err := a.Accounts.CompleteSetUp(t.Context(), first, sallyport.Client{}, bad)
		if got := apptest.Broken(err); got != "email invalid_email, firstName invalid_characters, lastName too_long, organisation required, password needs_number, password needs_symbol, password needs_upper, password too_short" {
			t.Errorf("mistakes: %s", got)
		}
		_, err = a.Accounts.CompleteSetUp(t.Context(), first, sallyport.Client{}, account.SetUp{})
		if got := apptest.Broken(err); got != "email required, organisation required, password required" {
			t.Errorf("an empty form: %s", got)
		}
		if claimed, err := a.DB.Claimed(t.Context()); claimed || err != nil {
			t.Fatalf("claimed %v, %v", claimed, err)
		}

		client := apptest.Client("192.0.2.1", apptest.ChromeOnMac)
		owner, err := a.Accounts.CompleteSetUp(t.Context(), first, client, form)
		if err != nil {
			t.Fatal(err)
		}
		if owner.Role != sallyport.RoleOwner || owner.Status != sallyport.UserActive || owner.Name() != "Ottilie Brandt" || !owner.PasswordChangedAt.Equal(a.Clock.Now()) {
			t.Errorf("%+v", owner)
		}
		for _, v := range []string{first, second} {
			if err := a.Accounts.CheckSetUp(t.Context(), v); sallyport.CodeOf(err) != closed {
				t.Errorf("a link is open after the claim: %v", err)
			}
			if _, err := a.Accounts.CompleteSetUp(t.Context(), v, sallyport.Client{}, form); sallyport.CodeOf(err) != closed {
				t.Errorf("a second claim: %v", err)
			}
		}
		if again := offer(t, a); again != "" {
			t.Error("a link was offered after the claim")
		}
		if _, err := a.Accounts.Claim(t.Context(), "Other", account.NewUser{Email: "b@corp.test", Password: apptest.Password}); sallyport.CodeOf(err) != sallyport.CodeConflict {
			t.Errorf("the command line claims again: %v", err)
		}
		from := a.Visitor(owner.TenantID, client)
		if r, err := a.Try(t.Context(), from, apptest.OwnerEmail, apptest.Password); err != nil || r.User.ID != owner.ID {
			t.Errorf("the owner cannot sign in: %v", err)
		}
		tenants, err := a.DB.Tenants(t.Context())
		if err != nil || len(tenants) != 1 || tenants[0].Name != "Quayside" || tenants[0].Host != "" {
			t.Errorf("%+v, %v", tenants, err)
		}
		rows, err := a.DB.Events(t.Context(), owner.TenantID, 0, 10)
		if err != nil || len(rows) < 3 || rows[0].Kind != string(audit.SetUpCompleted) || rows[1].Kind != string(audit.TenantCreated) || rows[2].Kind != string(audit.UserCreated) {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}

// Of many parallel set-ups one claims the installation.
func TestSetUpIsClaimedOnce(t *testing.T) {
	for _, tt := range []struct {
		name string
		own  bool // link for each
	}{{"one link", false}, {"many links", true}} {
		t.Run(tt.name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				nodes := []*apptest.App{a, a.Node(t, store.Options{})}
				links := []string{offer(t, a)}
				for tt.own && len(links) < 32 {
					links = append(links, offer(t, nodes[len(links)%2]))
				}
				var claimed, closed atomic.Int64
				var wg sync.WaitGroup
				for i := range 32 {
					wg.Go(func() {
						f := form
						f.Email = fmt.Sprintf("owner%d@corp.test", i)
						_, err := nodes[i%2].Accounts.CompleteSetUp(t.Context(), links[i%len(links)], sallyport.Client{}, f)
						switch sallyport.CodeOf(err) {
						case "":
							claimed.Add(1)
						case sallyport.CodeSetUpClosed:
							closed.Add(1)
						default:
							t.Error(err)
						}
					})
				}
				wg.Wait()
				tenants, err := a.DB.Tenants(t.Context())
				if claimed.Load() != 1 || closed.Load() != 31 || err != nil || len(tenants) != 1 {
					t.Fatalf("%d claimed, %d were refused, %d organisations, %v", claimed.Load(), closed.Load(), len(tenants), err)
				}
				if users, err := a.DB.ListUsers(t.Context(), tenants[0].ID, list.Users.First()); len(users.Rows) != 1 || err != nil {
					t.Errorf("%d users, %v", len(users.Rows), err)
				}
			})
		})
	}
}

func TestAdd(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		boss := sallyport.Actor{Type: sallyport.ActorUser, TenantID: owner.TenantID, UserID: owner.ID, Role: sallyport.RoleOwner}
		admin, member := boss, boss
		admin.Role, member.Role = sallyport.RoleAdmin, sallyport.RoleMember
		for _, tt := range []struct {
			name  string
			actor sallyport.Actor
			user  account.NewUser
			want  string
		}{
			{"a member", boss, account.NewUser{Email: "Zoë@corp.test", Role: sallyport.RoleMember, Password: apptest.Password}, ""},
			{"the same address", boss, account.NewUser{Email: "Zoë@corp.test", Role: sallyport.RoleMember}, "email taken"},
			{"upper case", boss, account.NewUser{Email: "ZOË@CORP.TEST", Role: sallyport.RoleMember}, "email taken"},
			{"decomposed", boss, account.NewUser{Email: " Zoe\u0308@corp.test ", Role: sallyport.RoleMember}, "email taken"},
			{"full width", boss, account.NewUser{Email: "\uff3aoë@corp.test", Role: sallyport.RoleMember}, "email taken"},
			{"the owner's address", boss, account.NewUser{Email: strings.ToUpper(apptest.OwnerEmail), Role: sallyport.RoleMember}, "email taken"},
			{"no role", boss, account.NewUser{Email: "a@corp.test"}, "role unknown_role"},
			{"a role nobody knows", boss, account.NewUser{Email: "a@corp.test", Role: "root"}, "role unknown_role"},
			{"everything wrong", boss, account.NewUser{Email: "x", FirstName: "\x7f", LastName: "\xff", Role: "root", Password: "x"},
				"email invalid_email, firstName invalid_characters, lastName invalid_characters, password common, password needs_number, password needs_symbol, password needs_upper, password too_short, role unknown_role"},
			{"their name as password", boss, account.NewUser{Email: "a@corp.test", FirstName: "Theodora", Role: sallyport.RoleMember, Password: "theoDORA-12-xyz"}, "password context"},
			{"an admin adds an admin", admin, account.NewUser{Email: "b@corp.test", Role: sallyport.RoleAdmin}, ""},
			{"an admin adds an owner", admin, account.NewUser{Email: "c@corp.test", Role: sallyport.RoleOwner}, "forbidden"},
			{"a member adds", member, account.NewUser{Email: "c@corp.test", Role: sallyport.RoleMember}, "forbidden"},
			{"nobody adds", sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: owner.TenantID}, account.NewUser{Email: "c@corp.test", Role: sallyport.RoleMember}, "forbidden"},
			{"in no organisation", sallyport.Operator("none"), account.NewUser{Email: "c@corp.test", Role: sallyport.RoleMember}, "not_found"},
		} {
			before := a.Count(t)[audit.UserCreated]
			_, err := a.Accounts.Add(t.Context(), tt.actor, tt.user)
			if tt.want == "" && err != nil || tt.want != "" && apptest.Broken(err) != tt.want {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			}
			if n := a.Count(t)[audit.UserCreated] - before; (n == 1) != (err == nil) {
				t.Errorf("%s: %d events", tt.name, n)
			}
		}
		// Of parallel additions of one address in several spellings one wins.
		var added atomic.Int64
		var wg sync.WaitGroup
		for _, v := range []string{"mia@corp.test", "Mia@corp.test", "MIA@CORP.TEST", "mia@corp.TEST", "\uff4dia@corp.test"} {
			wg.Go(func() {
				switch _, err := a.Accounts.Add(t.Context(), boss, account.NewUser{Email: v, Role: sallyport.RoleMember}); {
				case err == nil:
					added.Add(1)
				case apptest.Broken(err) != "email taken":
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if added.Load() != 1 {
			t.Errorf("%d users with one address", added.Load())
		}
	})
}

func TestListAndFind(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		admin := sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: "x", Role: sallyport.RoleAdmin}
		if users, err := a.Accounts.List(t.Context(), admin, list.Users.First()); err != nil || len(users.Rows) != 2 {
			t.Errorf("%v, %v", users, err)
		}
		if got, err := a.Accounts.Find(t.Context(), admin, "MIA@corp.test"); err != nil || got.ID != u.ID {
			t.Errorf("%v, %v", got, err)
		}
		admin.Role = sallyport.RoleMember
		if _, err := a.Accounts.List(t.Context(), admin, list.Users.First()); !errors.Is(err, sallyport.ErrForbidden) {
			t.Error(err)
		}
		if _, err := a.Accounts.Find(t.Context(), admin, "mia@corp.test"); !errors.Is(err, sallyport.ErrForbidden) {
			t.Error(err)
		}
	})
}

func TestDisableAndEnable(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		operator := sallyport.Operator(u.TenantID)
		var tokens []string
		for range 3 {
			tokens = append(tokens, a.SignInAs(t, a.Laptop(t), "mia@corp.test").SessionToken)
		}
		others := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		flow, err := a.SignIn.Open(t.Context(), a.Laptop(t), "mia@corp.test")
		if err != nil {
			t.Fatal(err)
		}
		paused := a.LiveSessions(t, u.ID)
		if err := a.Sessions.Suspend(t.Context(), operator, paused[0].ID); err != nil {
			t.Fatal(err)
		}

		n, err := a.Accounts.Disable(t.Context(), operator, u.ID)
		if n != 3 || err != nil {
			t.Errorf("%d sessions ended, %v", n, err)
		}
		if n, err := a.Accounts.Disable(t.Context(), operator, u.ID); err != nil || n != 0 {
			t.Errorf("disabled twice: %v", err)
		}
		dead := func(when string) {
			t.Helper()
			for _, v := range tokens {
				if code := a.Check(t, v); code != sallyport.CodeSessionRevoked {
					t.Errorf("%s: a session is answered %q", when, code)
				}
			}
			step := withPassword(a, t, flow.FlowToken)
			if sallyport.CodeOf(step) != sallyport.CodeFlowExpired {
				t.Errorf("%s: the flow is answered %v", when, step)
			}
		}
		dead("disabled")
		if _, err := a.Try(t.Context(), a.Laptop(t), "mia@corp.test", apptest.Password); sallyport.CodeOf(err) != sallyport.CodeAccountDisabled {
			t.Errorf("signing in: %v", err)
		}
		if code := a.Check(t, others.SessionToken); code != "" {
			t.Errorf("somebody else's session: %s", code)
		}
		stored, err := a.DB.User(t.Context(), u.TenantID, u.ID)
		if err != nil || stored.Status != sallyport.UserDisabled || !stored.DisabledAt.Equal(a.Clock.Now()) {
			t.Errorf("%+v, %v", stored, err)
		}

		if err := a.Accounts.Enable(t.Context(), operator, u.ID); err != nil {
			t.Fatal(err)
		}
		if err := a.Accounts.Enable(t.Context(), operator, u.ID); err != nil {
			t.Errorf("enabled twice: %v", err)
		}
		dead("enabled again")
		if err := a.Sessions.Resume(t.Context(), operator, paused[0].ID); !errors.Is(err, sallyport.ErrConflict) {
			t.Errorf("the suspended session was resumed: %v", err)
		}
		a.SignInAs(t, a.Laptop(t), "mia@corp.test")
		if n := a.Count(t); n[audit.UserDisabled] != 1 || n[audit.UserEnabled] != 1 || n[audit.SessionRevoked] != 3 {
			t.Errorf("%v", n)
		}
	})
}

func withPassword(a *apptest.App, t *testing.T, flowToken string) error {
	t.Helper()
	_, err := a.Advance(t.Context(), a.Laptop(t), flowToken, apptest.Password)
	return err
}

// Of two owners who disable each other at once one stays: the second act sees the first.
func TestTwoOwnersDisableEachOther(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		operator := sallyport.Operator(a.TenantID(t))
		second := a.AddUser(t, "otto@corp.test", sallyport.RoleOwner)
		emails, ids := []string{apptest.OwnerEmail, second.Email}, []string{a.Owner(t).ID, second.ID}
		for round := range 64 {
			actors := make([]sallyport.Actor, 2)
			for i, email := range emails {
				actors[i] = apptest.Actor(a.SignInAs(t, a.Laptop(t), email))
			}
			errs, start := make([]error, 2), make(chan struct{})
			var wg sync.WaitGroup
			for i := range actors {
				wg.Go(func() {
					<-start
					_, errs[i] = nodes[i].Accounts.Disable(t.Context(), actors[i], ids[1-i])
				})
			}
			close(start)
			wg.Wait()
			left := slices.IndexFunc(errs, func(err error) bool { return err == nil })
			if left < 0 || sallyport.CodeOf(errs[1-left]) != sallyport.CodeNotSignedIn {
				t.Fatalf("round %d: %v", round, errs)
			}
			if err := a.Accounts.Enable(t.Context(), operator, ids[1-left]); err != nil {
				t.Fatalf("round %d: the other one is not disabled: %v", round, err)
			}
		}
	})
}

func TestWhoMayDisable(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		actors := map[sallyport.Role]sallyport.Actor{}
		for role, email := range map[sallyport.Role]string{sallyport.RoleOwner: apptest.OwnerEmail, sallyport.RoleAdmin: "ada@corp.test", sallyport.RoleMember: "max@corp.test"} {
			if role != sallyport.RoleOwner {
				a.AddUser(t, email, role)
			}
			actors[role] = apptest.Actor(a.SignInAs(t, a.Laptop(t), email))
		}
		as := func(role sallyport.Role) sallyport.Actor { return actors[role] }
		from := a.Laptop(t)
		from.TenantID = a.AddTenant(t, "other.test").ID
		a.AddUserOf(t, from.TenantID, "owner@other.test", sallyport.RoleOwner)
		elsewhere := apptest.Actor(a.SignInAs(t, from, "owner@other.test"))
		for _, tt := range []struct {
			name   string
			actor  sallyport.Actor
			target string
			want   sallyport.Code
		}{
			{"a member", as(sallyport.RoleMember), u.ID, sallyport.CodeForbidden},
			{"an admin, an owner", as(sallyport.RoleAdmin), owner.ID, sallyport.CodeForbidden},
			{"another organisation's owner", elsewhere, u.ID, sallyport.CodeNotFound},
			{"nobody there", as(sallyport.RoleOwner), token.NewID(), sallyport.CodeNotFound},
			{"an admin", as(sallyport.RoleAdmin), u.ID, ""},
		} {
			if _, err := a.Accounts.Disable(t.Context(), tt.actor, tt.target); sallyport.CodeOf(err) != tt.want {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		for _, actor := range []sallyport.Actor{as(sallyport.RoleMember), elsewhere} {
			if err := a.Accounts.Enable(t.Context(), actor, u.ID); err == nil {
				t.Errorf("%+v enables", actor)
			}
		}
	})
}

const (
	second = "Eleven-low arches 17"
	third  = "Seven-odd lanterns 88"
)

func TestChangePassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		mine := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		var others []string
		for range 3 {
			others = append(others, a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail).SessionToken)
		}
		me := apptest.Actor(mine)
		a.Clock.Advance(time.Hour)
		for _, tt := range []struct {
			name string
			c    account.PasswordChange
			want string
		}{
			{"wrong current", account.PasswordChange{Current: "wrong", New: second, Confirm: second}, "currentPassword wrong_password"},
			{"wrong current and mismatch", account.PasswordChange{Current: "wrong", New: second, Confirm: third}, "confirmPassword mismatch, currentPassword wrong_password"},
			{"wrong current tells nothing of former ones", account.PasswordChange{Current: "wrong", New: apptest.Password, Confirm: apptest.Password}, "currentPassword wrong_password"},
			{"mismatch", account.PasswordChange{Current: apptest.Password, New: second, Confirm: third}, "confirmPassword mismatch"},
			{"every rule", account.PasswordChange{Current: apptest.Password, New: "brandt", Confirm: ""}, "confirmPassword mismatch, newPassword context, newPassword needs_number, newPassword needs_symbol, newPassword needs_upper, newPassword too_short"},
			{"common", account.PasswordChange{Current: apptest.Password, New: "Password1234567!", Confirm: "Password1234567!"}, "newPassword common"},
			{"too long", account.PasswordChange{Current: apptest.Password, New: "A1!kqmz" + strings.Repeat("x", 122), Confirm: "A1!kqmz" + strings.Repeat("x", 122)}, "newPassword too_long"},
			{"nothing", account.PasswordChange{Current: apptest.Password}, "newPassword required"},
			{"the organisation's name", account.PasswordChange{Current: apptest.Password, New: "Quayside-12-xyz", Confirm: "Quayside-12-xyz"}, "newPassword context"},
			{"the same again", account.PasswordChange{Current: apptest.Password, New: apptest.Password, Confirm: apptest.Password}, "newPassword reused"},
		} {
			ended, err := a.Accounts.ChangePassword(t.Context(), me, tt.c)
			if got := apptest.Broken(err); got != tt.want || ended != 0 {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
			if tt.c.New != "" && err != nil && (strings.Contains(err.Error(), tt.c.New) || strings.Contains(err.Error(), apptest.Password)) {
				t.Errorf("%s: the error repeats a password: %v", tt.name, err)
			}
		}
		for _, v := range append(others, mine.SessionToken) {
			if code := a.Check(t, v); code != "" {
				t.Fatalf("a failed change ended a session: %s", code)
			}
		}
		if n := a.Count(t); n[audit.ReauthFailed] != 3 || n[audit.PasswordChanged] != 0 {
			t.Errorf("%v", n)
		}

		ended, err := a.ChangePassword(t.Context(), me, apptest.Password, second)
		if ended != 3 || err != nil {
			t.Fatalf("%d sessions ended, %v", ended, err)
		}
		for _, v := range others {
			if code := a.Check(t, v); code != sallyport.CodeSessionRevoked {
				t.Errorf("another session: %q", code)
			}
		}
		if code := a.Check(t, mine.SessionToken); code != "" {
			t.Errorf("this session: %s", code)
		}
		if n := a.Count(t); n[audit.PasswordChanged] != 1 || n[audit.SessionRevoked] != 3 {
			t.Errorf("%v", n)
		}
		u, err := a.DB.User(t.Context(), me.TenantID, me.UserID)
		if err != nil || !u.PasswordChangedAt.Equal(a.Clock.Now()) {
			t.Errorf("changed at %v, %v", u.PasswordChangedAt, err)
		}
		if _, err := a.Try(t.Context(), a.Laptop(t), apptest.OwnerEmail, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Errorf("the former password: %v", err)
		}
		if _, err := a.Try(t.Context(), a.Laptop(t), apptest.OwnerEmail, second); err != nil {
			t.Errorf("the new password: %v", err)
		}
		for _, actor := range []sallyport.Actor{sallyport.Operator(me.TenantID), {Type: sallyport.ActorAnonymous, TenantID: me.TenantID, UserID: me.UserID}} {
			if _, err := a.ChangePassword(t.Context(), actor, second, third); !errors.Is(err, sallyport.ErrNotFound) {
				t.Errorf("%s changes it: %v", actor.Type, err)
			}
		}
	})
}

// A wrong current password hides nothing that is wrong with the new one, except that it was
// had before.
func TestWrongCurrentPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		if _, err := a.ChangePassword(t.Context(), me, apptest.Password, second); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct{ name, next, confirm, want string }{
			{"every rule", "brandt", "brandy", "confirmPassword mismatch, currentPassword wrong_password, newPassword context, newPassword needs_number, newPassword needs_symbol, newPassword needs_upper, newPassword too_short"},
			{"nothing", "", "", "currentPassword wrong_password, newPassword required"},
			{"the present one", second, second, "currentPassword wrong_password"},
			{"a former one", apptest.Password, apptest.Password, "currentPassword wrong_password"},
		} {
			a.Clock.Advance(time.Minute)
			_, err := a.Accounts.ChangePassword(t.Context(), me, account.PasswordChange{Current: "wrong", New: tt.next, Confirm: tt.confirm})
			if got := apptest.Broken(err); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
		}
		a.Clock.Advance(time.Hour)
		if _, err := a.ChangePassword(t.Context(), me, second, apptest.Password); apptest.Broken(err) != "newPassword reused" {
			t.Errorf("who knows the current one: %v", err)
		}
	})
}

// Five wrong current passwords in a session lock changes of the password, not sign-in.
func TestReauthLock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		var wrong, locked atomic.Int64
		var wg sync.WaitGroup
		for range 24 {
			wg.Go(func() {
				_, err := a.ChangePassword(t.Context(), me, "wrong", second)
				var e *sallyport.Error
				switch {
				case apptest.Broken(err) == "currentPassword wrong_password":
					wrong.Add(1)
				case errors.As(err, &e) && e.Code == sallyport.CodeAccountLocked && e.RetryAfter == 30*time.Minute:
					locked.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if wrong.Load() != 5 || locked.Load() != 19 {
			t.Errorf("%d compared, %d refused", wrong.Load(), locked.Load())
		}
		if n := a.Count(t); n[audit.ReauthFailed] != 5 || n[audit.AccountLocked] != 1 {
			t.Errorf("%v", n)
		}
		if _, err := a.ChangePassword(t.Context(), me, apptest.Password, second); sallyport.CodeOf(err) != sallyport.CodeAccountLocked {
			t.Errorf("the right one while locked: %v", err)
		}
		a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		a.Clock.Advance(30 * time.Minute)
		if _, err := a.ChangePassword(t.Context(), me, apptest.Password, second); err != nil {
			t.Errorf("after the lock: %v", err)
		}
	})
}

// The last five passwords, the current one included, are refused; the one before them is
// accepted.
func TestPasswordHistory(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		all := []string{apptest.Password}
		change := func(to string) error {
			a.Clock.Advance(time.Minute)
			current := all[len(all)-1]
			_, err := a.ChangePassword(t.Context(), me, current, to)
			if err == nil {
				all = append(all, to)
			}
			return err
		}
		for i := range 5 {
			for _, former := range all {
				if got := apptest.Broken(change(former)); got != "newPassword reused" {
					t.Fatalf("after %d changes a former password is answered %s", i, got)
				}
			}
			if err := change(fmt.Sprintf("Eleven-low arches %d", 100+i)); err != nil {
				t.Fatal(err)
			}
		}
		for _, former := range all[1:] {
			if got := apptest.Broken(change(former)); got != "newPassword reused" {
				t.Fatalf("one of the last five is answered %s", got)
			}
		}
		if err := change(apptest.Password); err != nil {
			t.Errorf("the sixth change, back to the first password: %v", err)
		}
		a.SetPolicy(func(p *sallyport.Policy) { p.PasswordHistory = 0 })
		if err := change(apptest.Password); err != nil {
			t.Errorf("without a history: %v", err)
		}
	})
}

// Of several parallel changes from several sessions one wins.
func TestParallelChanges(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		var actors []sallyport.Actor
		var tokens []string
		for range 4 {
			r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
			actors, tokens = append(actors, apptest.Actor(r)), append(tokens, r.SessionToken)
		}
		results := make([]error, len(actors))
		var wg sync.WaitGroup
		for i, actor := range actors {
			wg.Go(func() {
				_, results[i] = nodes[i%2].ChangePassword(t.Context(), actor, apptest.Password, fmt.Sprintf("Eleven-low arches %d", 100+i))
			})
		}
		wg.Wait()
		winner := slices.Index(results, nil)
		for i, err := range results {
			if i == winner {
				continue
			}
			switch code := sallyport.CodeOf(err); code {
			case sallyport.CodeConflict, sallyport.CodeNotSignedIn, sallyport.CodeInvalid: // the change won before, during or after the comparison
			default:
				t.Errorf("a loser is answered %v", err)
			}
		}
		if winner < 0 {
			t.Fatal("nobody won")
		}
		for i, v := range tokens {
			if code := a.Check(t, v); (code == "") != (i == winner) {
				t.Errorf("session %d, winner %d: %q", i, winner, code)
			}
		}
		if n := a.Count(t)[audit.PasswordChanged]; n != 1 {
			t.Errorf("%d changes", n)
		}
		if _, err := a.Try(t.Context(), a.Laptop(t), apptest.OwnerEmail, fmt.Sprintf("Eleven-low arches %d", 100+winner)); err != nil {
			t.Errorf("the winner's password: %v", err)
		}
	})
}

// The same from one session, which every change leaves alone: then the compared hash
// decides.
func TestParallelChangesInOneSession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		results := make([]error, 4)
		start := make(chan struct{})
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() {
				<-start
				_, results[i] = nodes[i%2].ChangePassword(t.Context(), apptest.Actor(r), apptest.Password, fmt.Sprintf("Eleven-low arches %d", 100+i))
			})
		}
		close(start)
		wg.Wait()
		won := 0
		for i, err := range results {
			switch code := sallyport.CodeOf(err); code {
			case "":
				won++
				if _, err := a.Try(t.Context(), a.Laptop(t), apptest.OwnerEmail, fmt.Sprintf("Eleven-low arches %d", 100+i)); err != nil {
					t.Errorf("a change that succeeded is not there: %v", err)
				}
			case sallyport.CodeConflict, sallyport.CodeInvalid:
			default:
				t.Errorf("a loser is answered %v", err)
			}
		}
		if n := a.Count(t)[audit.PasswordChanged]; won != 1 || n != 1 {
			t.Errorf("%d changes succeeded, with %d events", won, n)
		}
	})
}

// A session that is ended during its change of the password changes nothing.
func TestEndedSessionChangesNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		thief, owner := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail), a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		if err := a.Sessions.RevokeOwn(t.Context(), apptest.Actor(owner), thief.Session.ID); err != nil {
			t.Fatal(err)
		}
		// The edge had checked the session before it was revoked.
		if _, err := a.ChangePassword(t.Context(), apptest.Actor(thief), apptest.Password, second); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
			t.Errorf("%v", err)
		}
		if code := a.Check(t, owner.SessionToken); code != "" {
			t.Errorf("the owner's session: %s", code)
		}
		if _, err := a.Try(t.Context(), a.Laptop(t), apptest.OwnerEmail, apptest.Password); err != nil {
			t.Errorf("the password was changed: %v", err)
		}
		if n := a.Count(t)[audit.PasswordChanged]; n != 0 {
			t.Errorf("%d events", n)
		}
		for _, end := range []func(sallyport.Actor) error{
			func(actor sallyport.Actor) error { return a.Sessions.SignOut(t.Context(), actor) },
			func(actor sallyport.Actor) error {
				return a.Sessions.Suspend(t.Context(), sallyport.Operator(actor.TenantID), actor.SessionID)
			},
			func(sallyport.Actor) error { a.Clock.Advance(7 * 24 * time.Hour); return nil },
		} {
			me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
			if err := end(me); err != nil {
				t.Fatal(err)
			}
			if _, err := a.ChangePassword(t.Context(), me, apptest.Password, second); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
				t.Errorf("%v", err)
			}
		}
	})
}
