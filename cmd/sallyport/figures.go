package main

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

type figuresCommands struct {
	Show    figuresShowCommand    `cmd:"" help:"Print the figures of the dashboard, and what needs an admin."`
	Rebuild figuresRebuildCommand `cmd:"" help:"Count the figures of the dashboard anew, from the people and the audit log. serve may run meanwhile."`
}

type figuresShowCommand struct {
	tenantFlags
	Range string `default:"24h" enum:"24h,7d,30d,90d" help:"What changes are against: ${enum}."`
}

func (c figuresShowCommand) Run(ctx context.Context) error {
	return c.withTenant(ctx, func(db *store.Store, _ sallyport.Tenant, actor sallyport.Actor) error {
		span, err := dashboard.RangeNamed(c.Range)
		if err != nil {
			return err
		}
		s := uses.New(uses.Config{DB: db}).Dashboard
		o, err := s.Overview(ctx, actor, span)
		if err != nil {
			return err
		}
		needs, err := s.Needs(ctx, actor, o)
		if err != nil {
			return err
		}
		printFigures(o)
		for _, n := range needs {
			fmt.Printf("needs an admin: %s (%d)\n", n.Kind, n.Count)
		}
		return nil
	})
}

func printFigures(o dashboard.Overview) {
	for _, row := range []struct {
		name string
		of   func(dashboard.Gauges) int64
	}{
		{"active sessions", func(g dashboard.Gauges) int64 { return g.Sessions }},
		{"people signed in", func(g dashboard.Gauges) int64 { return g.People }},
		{"active people", func(g dashboard.Gauges) int64 { return g.Users }},
		{"with a strong factor", func(g dashboard.Gauges) int64 { return g.Strong }},
		{"with a weak factor", func(g dashboard.Gauges) int64 { return g.Weak }},
		{"trusted devices", func(g dashboard.Gauges) int64 { return g.Trusted }},
		{"compromised devices", func(g dashboard.Gauges) int64 { return g.Compromised }},
	} {
		fmt.Printf("%-22s %8d", row.name, row.of(o.Now))
		if o.Before != nil {
			fmt.Printf("  %+d in %s", row.of(o.Now)-row.of(*o.Before), o.Range.Name)
		}
		fmt.Println()
	}
	fmt.Printf("%-22s %8d  %+d against the day before\n%-22s %8d\n", "failed in 24 hours", o.Failed, o.Failed-o.FailedBefore, "locked accounts", o.Locked)
	if o.Counted < 1 {
		fmt.Printf("counted: %.0f %%\n", 100*o.Counted)
	}
}

type figuresRebuildCommand struct{ tenantFlags }

func (c figuresRebuildCommand) Run(ctx context.Context) error {
	return c.withTenant(ctx, func(db *store.Store, t sallyport.Tenant, _ sallyport.Actor) error {
		show := bar()
		var last dashboard.Progress
		err := uses.New(uses.Config{DB: db}).Dashboard.Rebuild(ctx, t.ID, func(p dashboard.Progress) {
			last = p
			show(int(p.Counted), int(p.Events), "events")
		})
		if err != nil {
			return err
		}
		fmt.Printf("%s: counted anew from %d events.\n", t.Name, last.Events)
		return nil
	})
}
