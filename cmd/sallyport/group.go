package main

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/uses"
)

type groupCommands struct {
	List    groupListCommand    `cmd:"" help:"List the groups."`
	Add     groupAddCommand     `cmd:"" help:"Make an empty group."`
	Rename  groupRenameCommand  `cmd:"" help:"Give a group another name."`
	Delete  groupDeleteCommand  `cmd:"" help:"Delete a group. Those in it stay what they are."`
	Members groupMembersCommand `cmd:"" help:"List who is in a group."`
	Join    groupJoinCommand    `cmd:"" help:"Put users into a group, all of them or none."`
	Leave   groupLeaveCommand   `cmd:"" help:"Take users out of a group, all of them or none."`
}

// groupJSON is a group as JSON, with the names of the API.
type groupJSON struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	UserCount   int    `json:"userCount"`
}

func showGroup(g sallyport.Group) any { return groupJSON{g.ID, g.Name, g.Description, g.Members} }

type groupListCommand struct{ peopleFlags }

func (c groupListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(u uses.All, actor sallyport.Actor) error {
		groups, err := u.Groups.List(ctx, actor)
		if err != nil {
			return err
		}
		return table[sallyport.Group]{"NAME\tUSERS\tDESCRIPTION", func(g sallyport.Group) []string {
			return []string{g.Name, fmt.Sprint(g.Members), g.Description}
		}, showGroup}.print(c.printing, all(groups))
	})
}

type groupAddCommand struct {
	peopleFlags
	Name        string `arg:"" help:"Name of the group."`
	Description string `help:"What it is for."`
}

func (c groupAddCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		g, err := all.Groups.Add(ctx, actor, c.Name, c.Description)
		if err != nil {
			return err
		}
		return c.print(showGroup(g), "Added the group %s.", g.Name)
	})
}

// groupFlags are those of commands on one group.
type groupFlags struct {
	peopleFlags
	Group string `arg:"" help:"Name or id of the group."`
}

// onGroup runs do on the group.
func (f groupFlags) onGroup(ctx context.Context, do func(uses.All, sallyport.Actor, sallyport.Group) error) error {
	return f.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		g, err := groupOf(ctx, all, actor, f.Group)
		if err != nil {
			return err
		}
		return do(all, actor, g)
	})
}

type groupRenameCommand struct {
	groupFlags
	Name string `arg:"" help:"The new name."`
}

func (c groupRenameCommand) Run(ctx context.Context) error {
	return c.onGroup(ctx, func(all uses.All, actor sallyport.Actor, old sallyport.Group) error {
		g, err := all.Groups.Change(ctx, actor, old.ID, c.Name, old.Description)
		if err != nil {
			return err
		}
		return c.print(showGroup(g), "The group %s is called %s.", old.Name, g.Name)
	})
}

type groupDeleteCommand struct{ groupFlags }

func (c groupDeleteCommand) Run(ctx context.Context) error {
	return c.onGroup(ctx, func(all uses.All, actor sallyport.Actor, g sallyport.Group) error {
		if err := all.Groups.Delete(ctx, actor, g.ID); err != nil {
			return err
		}
		return c.print(showGroup(g), "Deleted the group %s, which %d users were in.", g.Name, g.Members)
	})
}

type groupMembersCommand struct{ groupFlags }

func (c groupMembersCommand) Run(ctx context.Context) error {
	members := userListCommand{peopleFlags: c.peopleFlags, Group: c.Group}
	return members.Run(ctx)
}

// membersFlags are those of commands that change who is in a group.
type membersFlags struct {
	groupFlags
	Emails []string `arg:"" name:"email" help:"E-mail addresses of the users."`
}

// move runs do on the group and the users, and prints the group.
func (f membersFlags) move(ctx context.Context, do func(uses.All) func(context.Context, sallyport.Actor, string, []string) (int, error), sentence string) error {
	return f.onGroup(ctx, func(all uses.All, actor sallyport.Actor, g sallyport.Group) error {
		ids := make([]string, len(f.Emails))
		for i, address := range f.Emails {
			u, err := all.Accounts.Find(ctx, actor, address)
			if err != nil {
				return err
			}
			ids[i] = u.ID
		}
		n, err := do(all)(ctx, actor, g.ID, ids)
		if err != nil {
			return err
		}
		if g, err = all.Groups.Get(ctx, actor, g.ID); err != nil {
			return err
		}
		return f.print(showGroup(g), sentence, n, g.Name, g.Members)
	})
}

type groupJoinCommand struct{ membersFlags }

func (c groupJoinCommand) Run(ctx context.Context) error {
	return c.move(ctx, func(all uses.All) func(context.Context, sallyport.Actor, string, []string) (int, error) {
		return all.Groups.AddMembers
	}, "Put %d users into the group %s, which has %d now.")
}

type groupLeaveCommand struct{ membersFlags }

func (c groupLeaveCommand) Run(ctx context.Context) error {
	return c.move(ctx, func(all uses.All) func(context.Context, sallyport.Actor, string, []string) (int, error) {
		return all.Groups.RemoveMembers
	}, "Took %d users out of the group %s, which has %d now.")
}
