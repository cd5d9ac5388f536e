package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/uses"
)

type roleCommands struct {
	List        roleListCommand        `cmd:"" help:"List the roles and what they allow."`
	Permissions rolePermissionsCommand `cmd:"" help:"List what a role can be made of."`
	Add         roleAddCommand         `cmd:"" help:"Make a role of permissions."`
	Change      roleChangeCommand      `cmd:"" help:"Change a role; what no flag names stays as it is."`
	Delete      roleDeleteCommand      `cmd:"" help:"Delete a role that nobody has."`
}

// roleJSON is a role as JSON, with the names of the API.
type roleJSON struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Permissions []string `json:"permissions"`
	BuiltIn     bool     `json:"builtIn"`
	UserCount   int      `json:"userCount"`
}

func showRole(r role.Role) any {
	return roleJSON{r.ID, cmp.Or(r.Name, r.ID), r.Description, append([]string{}, r.Permissions.Names()...), r.BuiltIn, r.Users}
}

type roleListCommand struct{ peopleFlags }

func (c roleListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(u uses.All, actor sallyport.Actor) error {
		roles, err := u.Roles.List(ctx, actor)
		if err != nil {
			return err
		}
		return table[role.Role]{"NAME\tUSERS\tALLOWS", func(r role.Role) []string {
			return []string{cmp.Or(r.Name, r.ID), fmt.Sprint(r.Users), strings.Join(r.Permissions.Names(), ",")}
		}, showRole}.print(c.printing, all(roles))
	})
}

type rolePermissionsCommand struct{ printing }

func (c rolePermissionsCommand) Run() error {
	return table[access.Row]{"PERMISSION\tALLOWS", func(r access.Row) []string {
		return []string{string(r.Permission), r.Means}
	}, func(r access.Row) any {
		return map[string]string{"permission": string(r.Permission), "means": r.Means}
	}}.print(c.printing, all(access.Permissions))
}

type roleAddCommand struct {
	peopleFlags
	Name        string   `arg:"" help:"Name of the role."`
	Description string   `help:"What it is for."`
	Permissions []string `help:"What it allows, separated by commas. role permissions lists them."`
}

func (c roleAddCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		r, err := all.Roles.Add(ctx, actor, role.Input{Name: c.Name, Description: c.Description, Permissions: c.Permissions})
		if err != nil {
			return err
		}
		return c.print(showRole(r), "Added the role %s.", r.Name)
	})
}

type roleChangeCommand struct {
	peopleFlags
	Role        string   `arg:"" help:"Name or id of the role."`
	Name        *string  `help:"Another name."`
	Description *string  `help:"Another description."`
	Permissions []string `help:"All that it allows from now on, separated by commas; none for nothing."`
}

func (c roleChangeCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		r, err := custom(ctx, all, actor, c.Role)
		if err != nil {
			return err
		}
		in := role.Input{Name: r.Name, Description: r.Description, Permissions: r.Permissions.Names()}
		if c.Name != nil {
			in.Name = *c.Name
		}
		if c.Description != nil {
			in.Description = *c.Description
		}
		switch {
		case len(c.Permissions) == 1 && c.Permissions[0] == "none":
			in.Permissions = nil
		case len(c.Permissions) > 0:
			in.Permissions = c.Permissions
		}
		if r, err = all.Roles.Change(ctx, actor, r.ID, in); err != nil {
			return err
		}
		return c.print(showRole(r), "Changed the role %s, which %d users have.", r.Name, r.Users)
	})
}

type roleDeleteCommand struct {
	peopleFlags
	Role string `arg:"" help:"Name or id of the role."`
}

func (c roleDeleteCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		r, err := custom(ctx, all, actor, c.Role)
		if err != nil {
			return err
		}
		if err := all.Roles.Delete(ctx, actor, r.ID); err != nil {
			return err
		}
		return c.print(showRole(r), "Deleted the role %s.", r.Name)
	})
}

// custom returns a role that can be changed.
func custom(ctx context.Context, all uses.All, actor sallyport.Actor, name string) (role.Role, error) {
	r, err := roleOf(ctx, all, actor, name)
	if err == nil && r.BuiltIn {
		err = fmt.Errorf("the role %s is built in: it can be neither changed nor deleted", r.ID)
	}
	return r, err
}
