package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/uses"
)

type figuresCommands struct {
	Show    figuresShowCommand    `cmd:"" help:"Print the figures of the dashboard, and what needs an admin."`
	Rebuild figuresRebuildCommand `cmd:"" help:"Count the figures of the dashboard anew, from the people and the audit log. serve may run meanwhile."`
}

type figuresShowCommand struct {
	tenantFlags
	printing
	Range string `default:"24h" help:"What changes are against: 24h, 7d, 30d or 90d."`
}

func (c figuresShowCommand) Run(ctx context.Context) error {
	span, err := dashboard.RangeNamed(c.Range)
	if err != nil {
		return fmt.Errorf("--range %q: say 24h, 7d, 30d or 90d", c.Range)
	}
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		o, err := all.Dashboard.Overview(ctx, actor, span)
		if err != nil {
			return explain(err)
		}
		needs, err := all.Dashboard.Needs(ctx, actor, o)
		if err != nil {
			return explain(err)
		}
		lines := figureLines(o)
		for _, n := range needs {
			lines = append(lines, fmt.Sprintf("needs an admin: %s, %d", strings.ReplaceAll(string(n.Kind), "_", " "), n.Count))
		}
		return c.print(struct {
			dashboard.Gauges
			Failed  int64            `json:"failed"`
			Locked  int64            `json:"locked"`
			Counted float64          `json:"counted"`
			Needs   []dashboard.Need `json:"needs"`
		}{o.Now, o.Failed, o.Locked, o.Counted, needs}, "%s", strings.Join(lines, "\n"))
	})
}

// figureLines are the figures, each with its change where that is known.
func figureLines(o dashboard.Overview) []string {
	var lines []string
	for _, row := range []struct {
		name string
		of   func(dashboard.Gauges) int64
	}{
		{"active sessions", func(g dashboard.Gauges) int64 { return g.Sessions }},
		{"people signed in", func(g dashboard.Gauges) int64 { return g.People }},
		{"active people", func(g dashboard.Gauges) int64 { return g.Users }},
		{"percent of them with a second factor", dashboard.Gauges.Share},
		{"trusted devices", func(g dashboard.Gauges) int64 { return g.Trusted }},
		{"compromised devices", func(g dashboard.Gauges) int64 { return g.Compromised }},
	} {
		line := fmt.Sprintf("%6d %s", row.of(o.Now), row.name)
		if o.Before != nil {
			line += fmt.Sprintf(" (%+d in %s)", row.of(o.Now)-row.of(*o.Before), o.Range.Name)
		}
		lines = append(lines, line)
	}
	lines = append(lines, fmt.Sprintf("%6d failed sign-ins in 24 hours (%+d against the day before)", o.Failed, o.Failed-o.FailedBefore), fmt.Sprintf("%6d locked accounts", o.Locked))
	if o.Counted < 1 {
		lines = append(lines, fmt.Sprintf("%.0f %% of what happened are counted", 100*o.Counted))
	}
	return lines
}

type figuresRebuildCommand struct {
	tenantFlags
	printing
}

func (c figuresRebuildCommand) Run(ctx context.Context) error {
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		show := bar()
		var last dashboard.Progress
		err := all.Dashboard.Rebuild(ctx, actor.TenantID, func(p dashboard.Progress) {
			last = p
			show(int(p.Counted), int(p.Events), "events")
		})
		if err != nil {
			return explain(err)
		}
		return c.print(struct {
			Events int64 `json:"events"`
		}{last.Events}, "Counted anew from %d events.", last.Events)
	})
}
