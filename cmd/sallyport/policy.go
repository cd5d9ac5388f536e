package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/uses"
)

type policyCommands struct {
	Show   policyShowCommand   `cmd:"" help:"Show every field, its default and what it does."`
	Set    policySetCommand    `cmd:"" help:"Change fields, such as: policy set lockoutFailures=6 mfaMethods=totp,webauthn"`
	Preset policyPresetCommand `cmd:"" help:"Replace the whole policy by a preset: strict, balanced, managed or default."`
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

type policySetCommand struct {
	tenantFlags
	Fields []string `arg:"" name:"field=value" help:"What to change. Lists are separated by commas."`
}

func (c policySetCommand) Run(ctx context.Context) error {
	fields, err := parseFields(c.Fields)
	if err != nil {
		return err
	}
	return c.change(ctx, tenant.Edit{Fields: fields})
}

// parseFields reads arguments of the form FIELD=VALUE. The policy validates the values.
func parseFields(given []string) (map[string]any, error) {
	fields := map[string]any{}
	for _, g := range given {
		name, value, ok := strings.Cut(g, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not of the form FIELD=VALUE", g)
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("%s is given twice", name)
		}
		fields[name] = value
	}
	return fields, nil
}

type policyPresetCommand struct {
	tenantFlags
	Name string `arg:"" enum:"strict,balanced,managed,default" help:"strict, balanced, managed or default."`
}

func (c policyPresetCommand) Run(ctx context.Context) error {
	return c.change(ctx, tenant.Edit{Preset: policy.Preset(c.Name)})
}

// change makes one change to the current policy and prints the fields that changed.
func (f tenantFlags) change(ctx context.Context, edit tenant.Edit) error {
	return f.withTenant(ctx, func(db *store.Store, _ sallyport.Tenant, actor sallyport.Actor) error {
		s := uses.New(uses.Config{DB: db}).Tenants
		current, err := s.Read(ctx, actor)
		if err != nil {
			return err
		}
		edit.Version = current.Version
		saved, err := s.Save(ctx, actor, edit)
		switch {
		case sallyport.CodeOf(err) == sallyport.CodeConflict:
			return errors.New("the policy was changed at the same time: read it again, then try again")
		case err != nil:
			return explain(err)
		case len(saved.Changes) == 0:
			fmt.Println("Nothing to change.")
		}
		for _, c := range saved.Changes {
			fmt.Printf("%s: %s, was %s\n", c.Field, c.New, c.Old)
		}
		return nil
	})
}
