package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
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

// checkURL refuses an address that cannot begin links in mails, with the same message as
// serve. It assumes a proxy and a way for mails, since how serve is reached and
// sends does not matter here.
func checkURL(url string) error {
	behind := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	return server.Config{PublicURL: url, Listen: "127.0.0.1:0", Proxies: behind, SMTP: notify.SMTPFiles}.Check()
}
