package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

type mailCommands struct {
	Retry mailRetryCommand `cmd:"" help:"Send again what was given up, once the mail server or the gateway takes it. Codes that have ended are not sent."`
}

type mailRetryCommand struct{ databaseFlags }

func (c mailRetryCommand) Run(ctx context.Context) error {
	return c.withStore(ctx, func(db *store.Store) error {
		n, err := notify.Retry(ctx, db, time.Now())
		switch {
		case err != nil:
			return err
		case n == 0:
			fmt.Println("No mail was given up.")
		default:
			fmt.Printf("Due again: %d. They leave while serve runs.\n", n)
		}
		return nil
	})
}

type userInviteCommand struct {
	tenantFlags
	publicFlags
	keyFlags
	Email     string `arg:"" help:"E-mail address: where the link goes, and what the user signs in with."`
	FirstName string `help:"First name."`
	LastName  string `help:"Last name."`
	Role      string `default:"member" enum:"owner,admin,member" help:"owner, admin or member."`
}

func (c userInviteCommand) Run(ctx context.Context) error {
	if err := checkURL(c.url()); err != nil {
		return err
	}
	return c.withTenant(ctx, func(db *store.Store, t sallyport.Tenant, actor sallyport.Actor) error {
		keys, err := c.keyFlags.open(ctx, db, c.Data)
		if err != nil {
			return err
		}
		base := link.Base(c.url())
		all := uses.New(uses.Config{DB: db, Outbox: notify.NewOutbox(keys, time.Now), Base: base})
		u, err := all.Accounts.Invite(ctx, actor, account.NewUser{
			Email: c.Email, FirstName: c.FirstName, LastName: c.LastName, Role: sallyport.Role(c.Role),
		})
		if err != nil {
			return explain(err)
		}
		fmt.Printf("Invited %s (%s). The mail leaves while serve runs; its link begins with %s.\n", u.Email, u.Role, base.URL(t, "/"))
		return nil
	})
}

// checkURL refuses an address that cannot begin links in mails, with the same message as
// serve. It assumes a proxy and a way for mails, since how serve is reached and
// sends does not matter here.
func checkURL(url string) error {
	behind := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	return server.Config{PublicURL: url, Listen: "127.0.0.1:0", Proxies: behind, SMTP: notify.SMTPFiles}.Check()
}
