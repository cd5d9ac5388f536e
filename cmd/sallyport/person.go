package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

// peopleFlags are the flags of commands on people, which may mail them.
type peopleFlags struct {
	tenantFlags
	publicFlags
	keyFlags
	printing
}

// base is what links in mails start with.
func (f peopleFlags) base() link.Base { return link.Base(f.url()) }

// run runs do as the operator, with uses that can mail.
func (f peopleFlags) run(ctx context.Context, do func(uses.All, sallyport.Actor) error) error {
	if err := checkURL(f.url()); err != nil {
		return err
	}
	return f.withTenant(ctx, func(db *store.Store, _ sallyport.Tenant, actor sallyport.Actor) error {
		keys, err := f.keyFlags.open(ctx, db, f.Data)
		if err != nil {
			return err
		}
		hasher, err := factor.NewPasswords(factor.DefaultArgon2, 1)
		if err != nil {
			return err
		}
		return explain(do(uses.New(uses.Config{
			DB: db, Keys: keys, Outbox: notify.NewOutbox(keys, time.Now), Base: f.base(), Hasher: hasher,
		}), actor))
	})
}

// personFlags are those of commands on one user.
type personFlags struct {
	peopleFlags
	Email string `arg:"" help:"E-mail address of the user."`
}

// onUser runs do on the user.
func (f personFlags) onUser(ctx context.Context, do func(uses.All, sallyport.Actor, sallyport.User) error) error {
	return f.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		u, err := all.Accounts.Find(ctx, actor, f.Email)
		if err != nil {
			return err
		}
		return do(all, actor, u)
	})
}

// after prints what became of the user, in JSON as user show does.
func (f personFlags) after(ctx context.Context, all uses.All, u sallyport.User, sentence string, args ...any) error {
	p, err := all.Accounts.Person(ctx, sallyport.Operator(u.TenantID), u.ID)
	if err != nil {
		return err
	}
	return f.print(showPerson(p), sentence, args...)
}

// userJSON is a user as JSON, with the names of the API.
type userJSON struct {
	ID           string               `json:"id"`
	Email        string               `json:"email"`
	FirstName    string               `json:"firstName"`
	LastName     string               `json:"lastName"`
	Role         sallyport.Role       `json:"role"`
	RoleName     string               `json:"roleName,omitempty"`
	Status       sallyport.UserStatus `json:"status"`
	SecondFactor sallyport.Strength   `json:"secondFactor"`
	MFARequired  bool                 `json:"mfaRequired"`
	ExemptUntil  time.Time            `json:"mfaExemptUntil,omitzero"`
	LastSignInAt time.Time            `json:"lastSignInAt,omitzero"`
	CreatedAt    time.Time            `json:"createdAt"`
	Groups       []string             `json:"groups,omitempty"`
	Locked       bool                 `json:"locked,omitempty"`
}

func showUser(u sallyport.User) userJSON {
	return userJSON{
		ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Role: u.Role, Status: u.Status, SecondFactor: u.SecondFactor,
		MFARequired: u.MFARequired, ExemptUntil: u.MFAExemptUntil.UTC(), LastSignInAt: u.LastSignInAt.UTC(), CreatedAt: u.CreatedAt.UTC(),
	}
}

func showPerson(p account.Person) userJSON {
	out := showUser(p.User)
	out.RoleName, out.Locked = p.RoleName, len(p.Locks) > 0
	for _, g := range p.Groups {
		out.Groups = append(out.Groups, g.Name)
	}
	return out
}

// roleOf returns the role of this id or name.
func roleOf(ctx context.Context, all uses.All, actor sallyport.Actor, name string) (role.Role, error) {
	roles, err := all.Roles.List(ctx, actor)
	if err != nil {
		return role.Role{}, err
	}
	i := slices.IndexFunc(roles, func(r role.Role) bool { return r.ID == name || email.Key(cmp.Or(r.Name, r.ID)) == email.Key(name) })
	if i < 0 {
		return role.Role{}, fmt.Errorf("there is no role %q", name)
	}
	return roles[i], nil
}

// groupOf returns the group of this id or name.
func groupOf(ctx context.Context, all uses.All, actor sallyport.Actor, name string) (sallyport.Group, error) {
	groups, err := all.Groups.List(ctx, actor)
	if err != nil {
		return sallyport.Group{}, err
	}
	i := slices.IndexFunc(groups, func(g sallyport.Group) bool { return g.ID == name || email.Key(g.Name) == email.Key(name) })
	if i < 0 {
		return sallyport.Group{}, fmt.Errorf("there is no group %q", name)
	}
	return groups[i], nil
}

// whoseFlags narrow a list of what people have to those of some of them.
type whoseFlags struct {
	User  string `placeholder:"E-MAIL" help:"Only those of this user."`
	Group string `help:"Only those of the members of this group."`
}

// narrow adds them to the filters of a list.
func (f whoseFlags) narrow(ctx context.Context, all uses.All, actor sallyport.Actor, filters url.Values) error {
	if f.User != "" {
		u, err := all.Accounts.Find(ctx, actor, f.User)
		if errors.Is(err, sallyport.ErrNotFound) {
			return fmt.Errorf("there is no user %q", f.User)
		}
		if err != nil {
			return err
		}
		filters.Set("userId", u.ID)
	}
	if f.Group != "" {
		g, err := groupOf(ctx, all, actor, f.Group)
		if err != nil {
			return err
		}
		filters.Set("groupId", g.ID)
	}
	return nil
}
