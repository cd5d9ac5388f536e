package main

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"text/tabwriter"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

type policyCommands struct {
	Show     policyShowCommand     `cmd:"" help:"Show every field, its default and what it does."`
	Set      policySetCommand      `cmd:"" help:"Change fields, such as: policy set lockoutFailures=6 mfaMethods=totp,webauthn"`
	Preset   policyPresetCommand   `cmd:"" help:"Replace the whole policy by a preset: strict, aal2, balanced, managed or default."`
	Preview  policyPreviewCommand  `cmd:"" help:"Say whom a change would have affected in the last 30 days, and how, without changing anything."`
	Versions policyVersionsCommand `cmd:"" help:"List the versions of the policy, newest first, with who saved them and why."`
	Restore  policyRestoreCommand  `cmd:"" help:"Go back to an earlier version, which becomes the newest one; 0 for the default policy."`
	Groups   policyGroupsCommand   `cmd:"" help:"List what is decided more strictly for groups."`
}

type policyShowCommand struct{ tenantFlags }

func (c policyShowCommand) Run(ctx context.Context) error {
	return c.withTenant(ctx, func(db *store.Store, t sallyport.Tenant, actor sallyport.Actor) error {
		current, err := uses.New(uses.Config{DB: db}).Tenants.Read(ctx, actor)
		if err != nil {
			return err
		}
		since := "the default, never changed"
		if current.Version > 0 {
			since = fmt.Sprintf("version %d, of %s", current.Version, current.UpdatedAt.Format(time.DateTime))
		}
		fmt.Printf("Policy of %s: %s. Values that differ from the default have a *.\n\n", t.Name, since)
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "FIELD\tVALUE\t\tDEFAULT\tMEANING")
		for _, f := range policy.Fields {
			value, mark := f.Get(current.Policy), ""
			if !reflect.DeepEqual(value, f.Default) {
				mark = "*"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Name, policy.Text(value), mark, policy.Text(f.Default), f.Means)
		}
		return w.Flush()
	})
}
