package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

type tenantCommands struct {
	Add  tenantAddCommand  `cmd:"" help:"Add an organisation with a host name of its own. With one organisation there is no need."`
	List tenantListCommand `cmd:"" help:"List the organisations."`

	Language tenantLanguageCommand `cmd:"" help:"Set the language for people who chose none and whose browser asks for none that there is."`
	Look     tenantLookCommand     `cmd:"" help:"Show and change the name, the colour and the links of an organisation."`
}

type tenantAddCommand struct {
	databaseFlags
	Host string `arg:"" help:"Host name its people use, such as accounts.example.org."`
	Name string `arg:"" help:"Name of the organisation."`
}

func (c tenantAddCommand) Run(ctx context.Context) error {
	return c.withStore(ctx, func(db *store.Store) error {
		t, err := uses.New(uses.Config{DB: db}).Tenants.Add(ctx, c.Host, c.Name)
		if err != nil {
			return explain(err)
		}
		fmt.Printf("Added %s at %s. Its first owner: sallyport user add --host %s --role owner ADDRESS\n", t.Name, t.Host, t.Host)
		return nil
	})
}

type tenantLanguageCommand struct {
	tenantFlags
	Language string `arg:"" help:"en, de or ar."`
}

func (c tenantLanguageCommand) Run(ctx context.Context) error {
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		return explain(all.Tenants.SetLanguage(ctx, actor, c.Language))
	})
}

type tenantListCommand struct{ databaseFlags }

func (c tenantListCommand) Run(ctx context.Context) error {
	return c.withStore(ctx, func(db *store.Store) error {
		all, err := db.Tenants(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "HOST\tNAME\tLANGUAGE\tSINCE")
		for _, t := range all {
			host := t.Host
			if host == "" {
				host = "(any other)"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", host, t.Name, cmp.Or(t.Language, "en"), t.CreatedAt.Format(time.DateOnly))
		}
		return w.Flush()
	})
}
