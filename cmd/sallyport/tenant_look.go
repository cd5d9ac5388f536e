package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/look"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/uses"
)

type tenantLookCommand struct {
	Show tenantLookShowCommand `cmd:"" default:"1" help:"Show the name, the colour with what it is used as, the text of the sign-in page and the links."`
	Set  tenantLookSetCommand  `cmd:"" help:"Change them, such as: tenant look set accent=#0a7d4f helpUrl=https://help.example.org/"`
}

type tenantLookShowCommand struct{ tenantFlags }

func (c tenantLookShowCommand) Run(ctx context.Context) error {
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		t, err := all.Tenants.Organisation(ctx, actor)
		if err != nil {
			return err
		}
		return printLook(t)
	})
}

type tenantLookSetCommand struct {
	tenantFlags
	Fields []string `arg:"" help:"NAME=VALUE for each field, and logo=@FILE; nothing behind = for none."`
}

func (c tenantLookSetCommand) Run(ctx context.Context) error {
	change := tenant.LookChange{Set: map[string]string{}}
	for _, pair := range c.Fields {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return fmt.Errorf("%q is not NAME=VALUE", pair)
		}
		if file, is := strings.CutPrefix(value, "@"); is && name == "logo" {
			body, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			change.Logo = body
			continue
		}
		change.Set[name] = value
	}
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		t, err := all.Tenants.SaveLook(ctx, actor, change)
		if err != nil {
			return explain(err)
		}
		return printLook(t)
	})
}

func printLook(t sallyport.Tenant) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, f := range tenant.LookFields {
		fmt.Fprintf(w, "%s\t%q\n", f.Name, *f.Of(&t))
	}
	for _, c := range look.Of(t.Look.Accent).Changes {
		fmt.Fprintf(w, "\t%s is used as %s for %s in the %s theme\n", c.From, c.To, c.Use, c.Mode)
	}
	return w.Flush()
}
