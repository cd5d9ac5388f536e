package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/uses"
)

// policyFlags say whose policy it is.
type policyFlags struct {
	peopleFlags
	Group string `help:"Name of a group whose stricter policy it is, instead of the organisation's."`
}

// id returns the id of the group; "" for the organisation.
func (f policyFlags) id(ctx context.Context, all uses.All, actor sallyport.Actor) (string, error) {
	if f.Group == "" {
		return "", nil
	}
	g, err := groupOf(ctx, all, actor, f.Group)
	return g.ID, err
}

// changeFlags are what is said of a change.
type changeFlags struct {
	policyFlags
	Reason string `help:"Why. It is kept with the version."`
	Anyway bool   `help:"Save it although it locks out an owner."`
}

type policySetCommand struct {
	changeFlags
	Fields []string `arg:"" name:"field=value" help:"What to change. Lists are separated by commas. Of a group, FIELD= leaves a field to the organisation."`
}

func (c policySetCommand) Run(ctx context.Context) error {
	fields, err := parseFields(c.Fields, c.Group != "")
	if err != nil {
		return err
	}
	return c.change(ctx, tenant.Edit{Fields: fields})
}

// parseFields reads arguments of the form FIELD=VALUE. The policy validates the values.
func parseFields(given []string, ofGroup bool) (map[string]any, error) {
	fields := map[string]any{}
	for _, g := range given {
		name, value, ok := strings.Cut(g, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not of the form FIELD=VALUE", g)
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("%s is given twice", name)
		}
		if fields[name] = value; ofGroup && value == "" {
			fields[name] = nil
		}
	}
	return fields, nil
}

type policyPresetCommand struct {
	changeFlags
	Name string `arg:"" enum:"strict,aal2,balanced,managed,default" help:"strict, aal2, balanced, managed or default."`
}

func (c policyPresetCommand) Run(ctx context.Context) error {
	return c.change(ctx, tenant.Edit{Preset: policy.Preset(c.Name)})
}

type policyRestoreCommand struct {
	changeFlags
	Version int64 `arg:"" help:"Number of the version, as policy versions lists it."`
}

func (c policyRestoreCommand) Run(ctx context.Context) error {
	return c.change(ctx, tenant.Edit{Restore: &c.Version})
}

// change makes one change to the current policy and prints the fields that changed.
func (f changeFlags) change(ctx context.Context, edit tenant.Edit) error {
	return f.run(ctx, func(all uses.All, actor sallyport.Actor) (err error) {
		if edit.GroupID, err = f.id(ctx, all, actor); err != nil {
			return err
		}
		plan, err := all.Tenants.Plan(ctx, actor, edit)
		if err != nil {
			return explain(err)
		}
		edit.Version, edit.Reason = plan.Version, f.Reason
		saved, err := all.Previews.Save(ctx, actor, edit, f.Anyway)
		var refused *sallyport.Error
		switch {
		case errors.As(err, &refused) && refused.Obstacle == sallyport.WouldLockOut:
			return errors.New("this would lock out an owner: policy preview says whom; --anyway saves it")
		case errors.As(err, &refused) && refused.Obstacle == sallyport.NoProvider:
			return errors.New("single sign-on cannot be required yet: no identity provider for the organisation is on and was tested with its present settings")
		case errors.As(err, &refused) && refused.Obstacle == sallyport.NoBreakGlass:
			return errors.New("single sign-on cannot be required yet: no owner has a passkey for the day on which the identity provider is away")
		case sallyport.CodeOf(err) == sallyport.CodeConflict:
			return errors.New("the policy was changed at the same time: read it again, then try again")
		case err != nil:
			return explain(err)
		}
		if f.JSON {
			return f.print(changesJSON{saved.Version, showChanges(saved.Changes)}, "")
		}
		if len(saved.Changes) == 0 {
			fmt.Println("Nothing to change.")
		}
		printChanges(saved.Changes)
		return nil
	})
}

// changesJSON is what was changed, with the names of the API.
type changesJSON struct {
	Version int64        `json:"version"`
	Changes []changeJSON `json:"changes"`
}

type changeJSON struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

func showChanges(changes []policy.Change) []changeJSON {
	out := make([]changeJSON, len(changes))
	for i, c := range changes {
		out[i] = changeJSON(c)
	}
	return out
}

// printChanges prints a line for each change; of a group "" is as the organisation.
func printChanges(changes []policy.Change) {
	for _, c := range changes {
		fmt.Printf("%s: %s, was %s\n", c.Field, orOrganisation(c.New), orOrganisation(c.Old))
	}
}

func orOrganisation(value string) string {
	if value == "" {
		return "as the organisation"
	}
	return value
}
