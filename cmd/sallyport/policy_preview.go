package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/preview"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/uses"
)

type policyPreviewCommand struct {
	policyFlags
	Preset string   `enum:",strict,aal2,balanced,managed,default" default:"" help:"A preset that replaces everything first."`
	Names  int      `default:"10" help:"How many people to name for each effect, at most 1000."`
	Fields []string `arg:"" optional:"" name:"field=value" help:"What would change, as for policy set."`
}

// effectWords say what a change does to people.
var effectWords = map[preview.Effect]string{
	preview.Locked: "would have been locked out for a while", preview.Refused: "would have been refused for their device",
	preview.Enrols: "would have had to set up a second factor", preview.Asked: "would have been asked for a second factor",
	preview.Ended: "would have lost a session earlier", preview.Reminded: "would have been reminded to change their password",
	preview.RefusedNoMore: "would not have been refused for their device", preview.AskedNoMore: "would not have been asked for a second factor",
	preview.EndedLater: "would have kept a session longer", preview.RemindedNoMore: "would not have been reminded to change their password",
}

// whyWords say why something cannot be known.
var whyWords = map[preview.Why]string{
	preview.NextPassword: "it holds when somebody chooses a password; whether today's would pass is not known",
	preview.NextCodes:    "it holds for the codes that are issued next",
	preview.Waiting:      "tries that had to wait are not kept",
	preview.Unlocking:    "it decides who can lift a lock, and not who is locked",
	preview.Display:      "it changes what people see",
	preview.RoleChanges:  "changes of roles are not played again",
	preview.Acts:         "on which device somebody did what is not played again",
	preview.Devices:      "how many devices somebody had is not kept",
	preview.Elsewhere:    "it leads people to the identity provider, and who has no account there is not known",
	preview.Removal:      "it removes records, and hinders nobody",
	preview.Unfinished:   "who was led to a set-up and gave up left nothing",
	preview.Looser:       "tries during a lock were not compared, so who would not have been locked is not known",
	preview.Before:       "sign-ins from before an update cannot be decided again",
}

func (c policyPreviewCommand) Run(ctx context.Context) error {
	fields, err := parseFields(c.Fields, c.Group != "")
	if err != nil {
		return err
	}
	if len(fields) == 0 && c.Preset == "" {
		return fmt.Errorf("say what would change: FIELD=VALUE, or --preset")
	}
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		id, err := c.id(ctx, all, actor)
		if err != nil {
			return err
		}
		p, err := all.Previews.Start(ctx, actor, tenant.Edit{GroupID: id, Preset: policy.Preset(c.Preset), Fields: fields})
		if err != nil {
			return explain(err)
		}
		if p, err = c.wait(ctx, all, actor, p); err != nil {
			return err
		}
		return c.show(ctx, all, actor, p)
	})
}

// wait works at a preview until it is over, and says on the standard error how far it is.
func (c policyPreviewCommand) wait(ctx context.Context, all uses.All, actor sallyport.Actor, p preview.Preview) (preview.Preview, error) {
	for p.Status == preview.Running {
		fmt.Fprintf(os.Stderr, "\r%d of %d people", p.Done, p.Total)
		if err := all.Previews.Work(ctx); err != nil {
			return p, err
		}
		next, err := all.Previews.Get(ctx, actor, p.ID)
		if err != nil {
			return p, err
		}
		if p = next; p.Status == preview.Running { // another node works at it
			select {
			case <-ctx.Done():
				return p, ctx.Err()
			case <-time.After(time.Second):
			}
		}
	}
	if p.Total > 0 && p.EndedAt.Sub(p.StartedAt) > time.Second {
		fmt.Fprintln(os.Stderr)
	}
	if p.Status == preview.Failed {
		return p, fmt.Errorf("the preview failed: the server's log says more")
	}
	return p, nil
}

// effectJSON is an effect with some of the people whom it has, with the names of the API.
type effectJSON struct {
	Effect preview.Effect `json:"effect"`
	People int64          `json:"people"`
	Times  int64          `json:"times"`
	Some   []string       `json:"some"` // addresses
}

func (c policyPreviewCommand) show(ctx context.Context, all uses.All, actor sallyport.Actor, p preview.Preview) error {
	var effects []effectJSON
	for _, n := range p.Counts {
		people, err := all.Previews.People(ctx, actor, p.ID, preview.Which{Effect: n.Effect, Limit: min(max(c.Names, 0), 1000)})
		if err != nil {
			return err
		}
		e := effectJSON{n.Effect, n.People, n.Times, []string{}}
		for _, who := range people {
			e.Some = append(e.Some, who.User.Email)
		}
		effects = append(effects, e)
	}
	if c.JSON {
		return c.print(struct {
			Changes  []changeJSON      `json:"changes"`
			People   int64             `json:"people"`
			Effects  []effectJSON      `json:"effects"`
			Unknown  []preview.Unknown `json:"unknown"`
			LocksOut []preview.Danger  `json:"locksOut"`
		}{showChanges(p.Changes), p.Total, effects, p.Unknown, p.Dangers}, "")
	}
	printChanges(p.Changes)
	fmt.Printf("\nIn the last 30 days, of %d people:\n", p.Total)
	if len(effects) == 0 {
		fmt.Println("  nobody would have noticed anything that can be known.")
	}
	for _, e := range effects {
		fmt.Printf("  %d %s, %d times: %s\n", e.People, effectWords[e.Effect], e.Times, named(e))
	}
	for _, u := range p.Unknown {
		fmt.Printf("Not known of %s: %s.\n", orEverything(u.Field), whyWords[u.Why])
	}
	for _, d := range p.Dangers {
		fmt.Printf("This locks out the owner %s: they %s.\n", d.Name, effectWords[d.Effect])
	}
	return nil
}

func named(e effectJSON) string {
	text := strings.Join(e.Some, ", ")
	if more := e.People - int64(len(e.Some)); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func orEverything(field string) string {
	if field == "" {
		return "all of it"
	}
	return field
}

type policyVersionsCommand struct{ policyFlags }

// versionJSON is a version, with the names of the API.
type versionJSON struct {
	Version int64        `json:"version"`
	SavedAt time.Time    `json:"savedAt"`
	SavedBy string       `json:"savedBy,omitempty"`
	Email   string       `json:"email,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Changes []changeJSON `json:"changes"`
}

func (c policyVersionsCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		id, err := c.id(ctx, all, actor)
		if err != nil {
			return err
		}
		return table[tenant.Version]{"VERSION\tSAVED\tBY\tREASON\tCHANGES", func(v tenant.Version) []string {
			var changes []string
			for _, ch := range v.Changes {
				changes = append(changes, fmt.Sprintf("%s %s → %s", ch.Field, orOrganisation(ch.Old), orOrganisation(ch.New)))
			}
			by := v.By
			if v.User.ID != "" {
				by = v.User.Email
			}
			return []string{fmt.Sprint(v.Number), v.At.Format(time.DateTime), by, v.Reason, strings.Join(changes, ", ")}
		}, func(v tenant.Version) any {
			return versionJSON{v.Number, v.At.UTC(), v.By, v.User.Email, v.Reason, showChanges(v.Changes)}
		}}.print(c.printing, func(yield func(tenant.Version, error) bool) {
			for before, more := int64(0), true; more; {
				found, older, err := all.Tenants.Versions(ctx, actor, id, before)
				if err != nil {
					yield(tenant.Version{}, err)
					return
				}
				for _, v := range found {
					if before = v.Number; !yield(v, nil) {
						return
					}
				}
				more = older
			}
		})
	})
}

type policyGroupsCommand struct{ peopleFlags }

func (c policyGroupsCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(u uses.All, actor sallyport.Actor) error {
		found, err := u.Tenants.Groups(ctx, actor)
		if err != nil {
			return err
		}
		if c.JSON {
			out := make([]any, len(found))
			for i, g := range found {
				out[i] = struct {
					GroupID string        `json:"groupId"`
					Name    string        `json:"name"`
					Version int64         `json:"version"`
					Fields  policy.Values `json:"fields"`
				}{g.Group.ID, g.Group.Name, g.Version, g.Values}
			}
			return c.print(out, "")
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "GROUP\tUSERS\tFIELD\tVALUE")
		for _, g := range found {
			for _, f := range policy.Fields {
				if value, ok := g.Values[f.Name]; ok {
					fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", g.Group.Name, g.Group.Members, f.Name, policy.Text(value))
				}
			}
		}
		return w.Flush()
	})
}
