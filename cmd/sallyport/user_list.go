package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/uses"
)

type userListCommand struct {
	peopleFlags
	Role         []string `help:"Only with one of these roles: owner, admin, member, or a role of the organisation."`
	Status       []string `help:"Only with one of these statuses: active, invited, disabled, closed."`
	Group        string   `help:"Only those in this group."`
	SecondFactor []string `help:"Only those whose best second factor is one of these: none, weak, strong."`
	Search       string   `help:"Only those whose name or address has words that begin so."`
}

func (c userListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		query, err := c.query(ctx, all, actor)
		if err != nil {
			return err
		}
		names, err := all.Roles.Names(ctx, actor)
		if err != nil {
			return err
		}
		t := table[sallyport.User]{head: "E-MAIL\tNAME\tROLE\tSTATUS\tMFA\tSINCE", json: func(u sallyport.User) any {
			out := showUser(u)
			out.RoleName = names[u.Role]
			return out
		}}
		if !c.JSON { // the methods of everybody are kept in memory
			factors, err := factorsOfAll(ctx, all.Factors, actor)
			if err != nil {
				return err
			}
			t.line = func(u sallyport.User) []string {
				return []string{
					u.Email, u.Name(), cmp.Or(names[u.Role], string(u.Role)), string(u.Status), mfaOf(u, factors[u.ID]), u.CreatedAt.Format(time.DateOnly),
				}
			}
		}
		return t.print(c.printing, list.All(query, func(q list.Query) (list.Page[sallyport.User], error) {
			return all.Accounts.List(ctx, actor, q)
		}))
	})
}

// query returns what the flags ask for.
func (c userListCommand) query(ctx context.Context, all uses.All, actor sallyport.Actor) (list.Query, error) {
	asked := url.Values{"status": c.Status, "secondFactor": c.SecondFactor}
	for _, name := range c.Role {
		r, err := roleOf(ctx, all, actor, name)
		if err != nil {
			return list.Query{}, err
		}
		asked.Add("role", r.ID)
	}
	if c.Group != "" {
		g, err := groupOf(ctx, all, actor, c.Group)
		if err != nil {
			return list.Query{}, err
		}
		asked.Set("groupId", g.ID)
	}
	if c.Search != "" {
		asked.Set("q", c.Search)
	}
	q, err := list.Users.Parse(asked)
	if err != nil {
		return q, fmt.Errorf("no such filter: %w", err)
	}
	return q, nil
}

// mfaOf returns how a user passes the second factor, as text.
func mfaOf(u sallyport.User, methods []string) string {
	slices.Sort(methods)
	switch methods = slices.Compact(methods); {
	case len(methods) > 0:
		return strings.Join(methods, ",")
	case u.MFARequired:
		return "required"
	}
	return "none"
}
