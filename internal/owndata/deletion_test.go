package owndata_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// asked is somebody who has asked for the deletion of their account.
func asked(t testing.TB, a *apptest.App) (sallyport.User, apptest.Visited, time.Time) {
	t.Helper()
	a.Owner(t)
	u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
	v := visit(t, a, u)
	at, err := a.Accounts.RequestDeletion(t.Context(), proven(t, a, &v, policy.DeleteAccount, nil))
	apptest.Must(t, err)
	return u, v, at
}

func deletesAt(t testing.TB, a *apptest.App, u sallyport.User) time.Time {
	t.Helper()
	now, err := a.DB.User(t.Context(), u.TenantID, u.ID)
	apptest.Must(t, err)
	return now.DeletesAt
}

func kinds(t testing.TB, a *apptest.App) (out []notify.Kind) {
	for _, m := range a.Mails(t) {
		out = append(out, m.Kind)
	}
	return out
}

// The account works until the grace is over; keeping it takes everything back. It is deleted on its day
// and not before, also where an admin disables it meanwhile.
func TestGrace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, v, at := asked(t, a)
		if want := a.Clock.Now().Add(14 * day); !at.Equal(want) {
			t.Errorf("deleted at %v, want %v", at, want)
		}
		if got := kinds(t, a); !slices.Contains(got, notify.AccountDeletion) {
			t.Errorf("mails: %v", got)
		}
		again, err := a.Accounts.RequestDeletion(t.Context(), v.Me())
		if err != nil || !again.Equal(at) {
			t.Errorf("asked again: %v %v", again, err)
		}
		a.Clock.Set(at.Add(-time.Second))
		apptest.Must(t, a.OwnData.Work(t.Context()))
		back := visit(t, a, u) // signs in as before
		apptest.Must(t, a.Accounts.KeepAccount(t.Context(), back.Me()))
		apptest.Must(t, a.Accounts.KeepAccount(t.Context(), back.Me()))
		if got := kinds(t, a); !slices.Contains(got, notify.AccountKept) {
			t.Errorf("mails: %v", got)
		}
		a.Clock.Set(at.Add(time.Second))
		apptest.Must(t, a.OwnData.Work(t.Context()))
		if !deletesAt(t, a, u).IsZero() || a.Count(t)[audit.DeletionCancelled] != 1 {
			t.Error("the account is not kept")
		}
		at, err = a.Accounts.RequestDeletion(t.Context(), proven(t, a, &back, policy.DeleteAccount, nil))
		apptest.Must(t, err)
		_, err = a.Accounts.Disable(t.Context(), sallyport.Operator(u.TenantID), u.ID)
		apptest.Must(t, err)
		a.Clock.Set(at)
		apptest.Must(t, a.OwnData.Work(t.Context()))
		if _, err := a.DB.User(t.Context(), u.TenantID, u.ID); err == nil {
			t.Error("the account is still there")
		}
	})
}

// Asking takes a step-up made for it, and ends the other sessions. Policy says who may.
func TestWhoMayDelete(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		v, other := visit(t, a, u), a.Visit(t, a.From(t, apptest.Client("192.0.2.8", apptest.SafariOnIPhone)), u.Email, true, nil)
		_, err := a.Accounts.RequestDeletion(t.Context(), v.Me())
		apptest.Denied(t, "without a step-up", err, sallyport.CodeStepUp)
		_, err = a.Accounts.RequestDeletion(t.Context(), proven(t, a, &v, policy.DeleteAccount, nil))
		apptest.Must(t, err)
		if live := a.LiveSessions(t, u.ID); len(live) != 1 || live[0].ID == other.Me().SessionID {
			t.Errorf("live sessions: %+v", live)
		}
		for who, may := range map[string][2]bool{
			sallyport.DeletedByEverybody: {true, true}, sallyport.DeletedByMembers: {true, false}, sallyport.DeletedByNobody: {false, false},
		} {
			p := sallyport.Policy{AccountDeletion: who}
			if got := [2]bool{account.MayDelete(p, u), account.MayDelete(p, owner)}; got != may {
				t.Errorf("%s: member and owner %v, want %v", who, got, may)
			}
		}
		o := visit(t, a, owner)
		_, err = a.Accounts.RequestDeletion(t.Context(), proven(t, a, &o, policy.DeleteAccount, nil))
		apptest.Denied(t, "an owner where members may", err, sallyport.CodeConflict)
		a.SetPolicy(func(p *sallyport.Policy) { p.AccountDeletion = sallyport.DeletedByEverybody })
		_, err = a.Accounts.RequestDeletion(t.Context(), o.Me())
		apptest.Denied(t, "the last owner", err, sallyport.CodeLastOwner)
	})
}

// Who has become the last owner meanwhile is kept, and told.
func TestLastOwner(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		first := a.Owner(t)
		second := a.AddUser(t, "mia@corp.test", sallyport.RoleOwner)
		a.SetPolicy(func(p *sallyport.Policy) { p.AccountDeletion = sallyport.DeletedByEverybody })
		var at time.Time
		for _, u := range []sallyport.User{first, second} {
			v := visit(t, a, u)
			var err error
			at, err = a.Accounts.RequestDeletion(t.Context(), proven(t, a, &v, policy.DeleteAccount, nil))
			apptest.Must(t, err)
		}
		a.Clock.Set(at)
		apptest.Must(t, a.OwnData.Work(t.Context()))
		if _, err := a.DB.User(t.Context(), first.TenantID, first.ID); err == nil {
			t.Error("the first one is still there")
		}
		if !deletesAt(t, a, second).IsZero() {
			t.Error("the last owner leaves")
		}
		if got := kinds(t, a); !slices.Contains(got, notify.AccountKept) {
			t.Errorf("mails: %v", got)
		}
	})
}

// A thief's wish is taken back by "This wasn't me".
func TestThiefAsks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, _, _ := asked(t, a)
		for _, m := range a.Mails(t) {
			if m.Kind == notify.AccountDeletion {
				_, err := a.Accounts.NotMe(t.Context(), link.Mailed{TenantID: u.TenantID, Secret: apptest.Secret(t, m, "/not-me/"), Client: apptest.Client("192.0.2.9", "")})
				apptest.Must(t, err)
			}
		}
		if !deletesAt(t, a, u).IsZero() {
			t.Error("it goes on after: This wasn't me")
		}
	})
}

// Whatever closes the account takes it back.
func TestLockdownKeeps(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, _, at := asked(t, a)
		_, err := a.Accounts.LockdownOf(t.Context(), sallyport.Operator(u.TenantID), u.ID, "")
		apptest.Must(t, err)
		a.Clock.Set(at)
		apptest.Must(t, a.OwnData.Work(t.Context()))
		if !deletesAt(t, a, u).IsZero() {
			t.Error("it goes on while the account is closed")
		}
	})
}

// An admin keeps somebody's account; once the deletion has begun nobody does, and nobody enables it.
func TestAdminKeeps(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, v, _ := asked(t, a)
		operator := sallyport.Operator(u.TenantID)
		apptest.Must(t, a.Accounts.KeepAccountOf(t.Context(), operator, u.ID))
		if !deletesAt(t, a, u).IsZero() {
			t.Error("not kept")
		}
		at, err := a.Accounts.RequestDeletion(t.Context(), v.Me())
		apptest.Must(t, err)
		a.Clock.Set(at)
		apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.BeginErasure(t.Context(), u.TenantID, u.ID, at) }))
		apptest.Denied(t, "keeping what has begun to go", a.Accounts.KeepAccountOf(t.Context(), operator, u.ID), sallyport.CodeConflict)
		apptest.Denied(t, "enabling it", a.Accounts.Enable(t.Context(), operator, u.ID), sallyport.CodeConflict)
		apptest.Must(t, a.OwnData.Work(t.Context()))
		a.Tampered()
	})
}

// It goes on wherever it was interrupted: after each step the node stops.
func TestInterrupted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := lived(t, a)
		addBeside(t, a, p.User)
		many(t, a, p.User, 1800)
		leaves(t, a, p)
		for stops := 0; ; stops++ {
			ctx, stop := context.WithCancel(t.Context())
			time.AfterFunc(time.Duration(15+20*stops)*time.Millisecond, stop) // a slow machine gets on, too
			err := a.OwnData.Work(ctx)
			stop()
			if _, gone := a.DB.User(t.Context(), p.TenantID, p.ID); gone != nil {
				break
			}
			if err == nil || stops > 100 {
				t.Fatalf("after %d stops: %v, and the account is there", stops, err)
			}
			a.Sequence(t)
			if problems := a.LogProblems(t); len(problems) > 0 {
				t.Fatalf("on the way: %v", problems)
			}
		}
		a.Sequence(t)
		if left := found(t, a, p.words...); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		if n := a.Count(t); n[audit.AccountDeleted] != 1 || n[audit.DeletionBegun] != 1 {
			t.Errorf("events %v", n)
		}
	})
}

// many adds so many events about somebody, each with an address.
func many(t testing.TB, a *apptest.App, u sallyport.User, n int) {
	t.Helper()
	me := sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID, Client: apptest.Client("192.0.2.77", apptest.SafariOnIPhone)}
	for n > 0 {
		apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
			for range min(n, 500) {
				e := audit.New(me, audit.DeviceRenamed, a.Clock.Now())
				e.UserID, e.Data = u.ID, map[string]string{"name": "Ingeborg's phone"}
				if err := audit.Append(t.Context(), tx, e); err != nil {
					return err
				}
			}
			return nil
		}))
		n -= 500
	}
	a.Sequence(t)
}
