package group_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
)

func operator(t *testing.T, a *apptest.App) sallyport.Actor { return sallyport.Operator(a.TenantID(t)) }

// A name belongs to one group, in any spelling, also when two admins choose it at once.
func TestNamesAreUnique(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, op := t.Context(), operator(t, a)
		first, err := a.Groups.Add(ctx, op, "  Straße & Söhne ", "All of us")
		if err != nil || first.Name != "Straße & Söhne" || first.Members != 0 {
			t.Fatalf("%+v, %v", first, err)
		}
		for _, name := range []string{"STRASSE & SÖHNE", "straße&söhne", "Straße\u00a0& So\u0308hne", "Strasse & Söhne\u200b"} {
			_, err := a.Groups.Add(ctx, op, name, "")
			apptest.Denied(t, name, err, sallyport.CodeInvalid)
		}
		for _, name := range []string{"", " ", strings.Repeat("x", 101), "a\nb"} {
			_, err := a.Groups.Add(ctx, op, name, "")
			apptest.Denied(t, fmt.Sprintf("%.9q", name), err, sallyport.CodeInvalid)
		}
		other, err := a.Groups.Add(ctx, op, "نادي 🦄", "")
		apptest.Must(t, err)
		_, err = a.Groups.Change(ctx, op, other.ID, "STRASSE & söhne", "")
		apptest.Denied(t, "renamed", err, sallyport.CodeInvalid)
		if g, err := a.Groups.Change(ctx, op, first.ID, "Strasse & Söhne", "Us"); err != nil || g.Name != "Strasse & Söhne" || g.ID != first.ID {
			t.Errorf("its own name in another spelling: %+v, %v", g, err)
		}
		if events := a.Happened(t, func() { _, err = a.Groups.Change(ctx, op, first.ID, "Strasse & Söhne", "Us") }); events != "" || err != nil {
			t.Errorf("no change: %q, %v", events, err)
		}
		if _, err := a.Groups.Add(ctx, sallyport.Operator(a.AddTenant(t, "other.test").ID), "Strasse & Söhne", ""); err != nil {
			t.Errorf("another organisation: %v", err)
		}
		var made, refused int
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range 8 {
			wg.Go(func() {
				_, err := a.Groups.Add(ctx, op, "At once", "")
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					made++
				} else if sallyport.CodeOf(err) == sallyport.CodeInvalid {
					refused++
				}
			})
		}
		if wg.Wait(); made != 1 || refused != 7 {
			t.Errorf("%d made, %d refused", made, refused)
		}
	})
}

// Members come and go, all that one call names or none. Who is in a group is a filter of people.
func TestMembers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, op := t.Context(), operator(t, a)
		g, err := a.Groups.Add(ctx, op, "Engines", "")
		apptest.Must(t, err)
		var ids []string
		for i := range 3 {
			ids = append(ids, a.AddUser(t, fmt.Sprintf("u%d@corp.test", i), sallyport.RoleMember).ID)
		}
		stranger := a.AddUserOf(t, a.AddTenant(t, "other.test").ID, "far@corp.test", sallyport.RoleMember)
		move := func(what string, do func() (int, error), want int, code sallyport.Code, events string) {
			t.Helper()
			got := a.Happened(t, func() {
				n, err := do()
				if n != want || sallyport.CodeOf(err) != code {
					t.Errorf("%s: %d, %v", what, n, err)
				}
			})
			if got != events {
				t.Errorf("%s: %q, want %q", what, got, events)
			}
		}
		add := func(ids ...string) func() (int, error) {
			return func() (int, error) { return a.Groups.AddMembers(ctx, op, g.ID, ids) }
		}
		drop := func(ids ...string) func() (int, error) {
			return func() (int, error) { return a.Groups.RemoveMembers(ctx, op, g.ID, ids) }
		}
		joined, left := string(audit.GroupJoined), string(audit.GroupLeft)
		move("two", add(ids[1], ids[0], ids[1]), 2, "", joined+" "+joined)
		move("one is in it", add(ids...), 1, "", joined)
		move("all are", add(ids...), 0, "", "")
		move("nobody", add(), 0, sallyport.CodeInvalid, "")
		var many []string
		for i := range 201 {
			many = append(many, fmt.Sprint(i))
		}
		move("too many", add(many...), 0, sallyport.CodeInvalid, "")
		if found := members(t, a, g.ID); !slices.Equal(found, ids) {
			t.Errorf("%v are in it, want %v", found, ids)
		}
		move("one leaves", drop(ids[0]), 1, "", left)
		move("again", drop(ids[0]), 0, "", "")
		move("somebody is of another organisation", add(ids[0], stranger.ID), 0, sallyport.CodeNotFound, "")
		all, err := a.Groups.List(ctx, op)
		apptest.Must(t, err)
		if of, err := a.Groups.OfEach(ctx, op, all, ids[1:2]); err != nil || len(of[ids[1]]) != 1 || of[ids[1]][0].ID != g.ID || of[ids[1]][0].Members != 2 {
			t.Errorf("%+v, %v", of, err)
		}
		apptest.Must(t, a.Groups.Delete(ctx, op, g.ID))
		apptest.Denied(t, "deleted again", a.Groups.Delete(ctx, op, g.ID), sallyport.CodeNotFound)
		move("in what is gone", add(ids[0]), 0, sallyport.CodeNotFound, "")
		if found := members(t, a, g.ID); len(found) != 0 {
			t.Errorf("%v are in what is gone", found)
		}
		_, err = a.Accounts.Invite(ctx, op, account.NewUser{Email: "new@corp.test", Role: sallyport.RoleMember, GroupID: g.ID})
		apptest.Denied(t, "invited into what is gone", err, sallyport.CodeInvalid)
	})
}

// members returns who is in a group, by the list of people.
func members(t *testing.T, a *apptest.App, id string) (ids []string) {
	t.Helper()
	q, err := list.Users.Parse(map[string][]string{"groupId": {id}})
	apptest.Must(t, err)
	for _, u := range apptest.Rows(t, q, func(q list.Query) (list.Page[sallyport.User], error) {
		return a.Accounts.List(t.Context(), operator(t, a), q)
	}) {
		ids = append(ids, u.ID)
	}
	return ids
}
