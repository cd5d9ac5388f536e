package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

// factorFlags are the flags of acts on second factors, which mail the user.
type factorFlags struct {
	tenantFlags
	publicFlags
	keyFlags
	Email string `arg:"" help:"E-mail address of the user."`
}

// onUser runs do on the user as the operator. do may seal secrets and send mails.
func (f factorFlags) onUser(ctx context.Context, do func(*mfa.Service, sallyport.Actor, sallyport.User) error) error {
	if err := checkURL(f.url()); err != nil {
		return err
	}
	return f.withTenant(ctx, func(db *store.Store, _ sallyport.Tenant, actor sallyport.Actor) error {
		keys, err := f.keyFlags.open(ctx, db, f.Data)
		if err != nil {
			return err
		}
		all := uses.New(uses.Config{DB: db, Keys: keys, Outbox: notify.NewOutbox(keys, time.Now), Base: link.Base(f.url())})
		u, err := all.Accounts.Find(ctx, actor, f.Email)
		if err != nil {
			return explain(err)
		}
		return do(all.Factors, actor, u)
	})
}

type userResetMFACommand struct{ factorFlags }

func (c userResetMFACommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(factors *mfa.Service, actor sallyport.Actor, u sallyport.User) error {
		n, err := factors.ResetOf(ctx, actor, u.ID)
		if err != nil {
			return explain(err)
		}
		fmt.Printf("Removed %d second factors of %s. The mail that tells them leaves while serve runs.\n", n, u.Email)
		return nil
	})
}

type userBackupCodesCommand struct{ factorFlags }

func (c userBackupCodesCommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(factors *mfa.Service, actor sallyport.Actor, u sallyport.User) error {
		codes, err := factors.NewBackupCodesOf(ctx, actor, u.ID)
		if sallyport.CodeOf(err) == sallyport.CodeConflict {
			return fmt.Errorf("%s has no second factor, or policy allows no backup codes", u.Email)
		}
		if err != nil {
			return explain(err)
		}
		fmt.Printf("Backup codes of %s, in the place of the former ones. Nothing shows them again:\n", u.Email)
		for _, code := range codes {
			fmt.Println(code)
		}
		return nil
	})
}

type userRequireMFACommand struct {
	tenantFlags
	Email string `arg:"" help:"E-mail address of the user."`
	Off   bool   `help:"Demand it no longer. Policy still can."`
}

func (c userRequireMFACommand) Run(ctx context.Context) error {
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		u, err := all.Accounts.Find(ctx, actor, c.Email)
		if err != nil {
			return explain(err)
		}
		if err := all.Factors.Require(ctx, actor, u.ID, !c.Off); err != nil {
			return explain(err)
		}
		if c.Off {
			fmt.Printf("%s needs no second factor, unless policy demands one.\n", u.Email)
		} else {
			fmt.Printf("%s needs a second factor from the next sign-in on.\n", u.Email)
		}
		return nil
	})
}

// factorsOfAll returns, by user, the methods of second factors that count.
func factorsOfAll(ctx context.Context, factors *mfa.Service, actor sallyport.Actor) (map[string][]string, error) {
	out := map[string][]string{}
	for f, err := range list.All(list.Factors.First(), func(q list.Query) (list.Page[sallyport.Factor], error) {
		return factors.List(ctx, actor, q)
	}) {
		if err != nil {
			return nil, err
		}
		if f.Status == sallyport.FactorActive && sallyport.SecondFactor(f.Method) {
			out[f.UserID] = append(out[f.UserID], f.Method)
		}
	}
	return out, nil
}
