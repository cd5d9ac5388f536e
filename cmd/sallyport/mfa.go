package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/uses"
)

type mfaCommands struct {
	Overview mfaOverviewCommand `cmd:"" help:"Count the active people by their second factors."`
	Remind   mfaRemindCommand   `cmd:"" help:"Mail people that they should set a second factor up, each once a week at most."`
}

type mfaOverviewCommand struct {
	tenantFlags
	printing
}

func (c mfaOverviewCommand) Run(ctx context.Context) error {
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		n, err := all.Factors.Overview(ctx, actor)
		if err != nil {
			return explain(err)
		}
		lines := []string{
			fmt.Sprintf("%6d with an authenticator app or a passkey", n.Strong),
			fmt.Sprintf("%6d with only codes that are sent", n.Weak),
			fmt.Sprintf("%6d with none, of whom %d must have one", n.None, n.Required),
		}
		for _, m := range sallyport.Methods {
			if people := n.ByMethod[m.Name]; people > 0 {
				lines = append(lines, fmt.Sprintf("%6d have %s", people, m.Name))
			}
		}
		return c.print(struct {
			Strong   int            `json:"strong"`
			Weak     int            `json:"weak"`
			None     int            `json:"none"`
			Required int            `json:"required"`
			ByMethod map[string]int `json:"byMethod"`
		}{n.Strong, n.Weak, n.None, n.Required, n.ByMethod}, "%s", strings.Join(lines, "\n"))
	})
}

type mfaRemindCommand struct {
	peopleFlags
	Audience string `arg:"" help:"Whom: none (who have no second factor), weak (only codes that are sent) or required (none, although one is demanded of them)."`
}

func (c mfaRemindCommand) Run(ctx context.Context) error {
	if !slices.Contains(mfa.Audiences, mfa.Audience(c.Audience)) {
		return fmt.Errorf("there is no audience %q: say none, weak or required", c.Audience)
	}
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		n, err := all.Factors.RemindAll(ctx, actor, mfa.Audience(c.Audience), mfa.Reminded{}, func(n mfa.Reminded) bool {
			fmt.Fprintf(os.Stderr, "%d mails so far\n", n.Sent)
			return true
		})
		if err != nil {
			return err
		}
		return c.print(struct {
			Sent    int `json:"sent"`
			Skipped int `json:"skipped"`
		}{n.Sent, n.Skipped}, "Mails to %d people; %d were reminded within the last week. They leave while serve runs.", n.Sent, n.Skipped)
	})
}
