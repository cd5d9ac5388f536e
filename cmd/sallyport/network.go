package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/uses"
)

type networkCommands struct {
	List    networkListCommand    `cmd:"" help:"List the networks that are blocked."`
	Block   networkBlockCommand   `cmd:"" help:"Let nobody sign in from a network for a while. Sessions go on."`
	Unblock networkUnblockCommand `cmd:"" help:"End the block of a network before its time."`
}

// blockJSON is a block as JSON, with the names of the API.
type blockJSON struct {
	ID        string    `json:"id"`
	Network   string    `json:"network"`
	Reason    string    `json:"reason"`
	CreatedBy string    `json:"createdBy"`
	CreatedAt time.Time `json:"createdAt"`
	Until     time.Time `json:"until"`
}

func showBlock(b sallyport.NetworkBlock) any {
	return blockJSON{b.ID, account.NetworkText(b.Network), b.Reason, b.CreatedBy, b.CreatedAt.UTC(), b.ExpiresAt.UTC()}
}

type networkListCommand struct{ peopleFlags }

func (c networkListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		return table[sallyport.NetworkBlock]{"NETWORK\tUNTIL\tREASON", func(b sallyport.NetworkBlock) []string {
			return []string{account.NetworkText(b.Network), b.ExpiresAt.Format(time.DateTime), b.Reason}
		}, showBlock}.print(c.printing, list.All(list.Blocks.First(), func(q list.Query) (list.Page[sallyport.NetworkBlock], error) {
			return all.Accounts.ListBlocks(ctx, actor, q)
		}))
	})
}

type networkBlockCommand struct {
	peopleFlags
	Network       string        `arg:"" help:"Address, or range such as 192.0.2.0/24."`
	For           time.Duration `default:"24h" help:"How long, at most 720h."`
	Reason        string        `required:"" help:"Why: admins see it."`
	IncludingMine bool          `help:"Also when the range contains the address of this machine itself, such as 127.0.0.1."`
}

func (c networkBlockCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		b, err := all.Accounts.Block(ctx, actor, account.NewBlock{Network: c.Network, Until: time.Now().Add(c.For), Reason: c.Reason, IncludingMine: c.IncludingMine})
		if err != nil {
			return err
		}
		return c.print(showBlock(b), "Blocked %s until %s. Sessions from there go on.", account.NetworkText(b.Network), b.ExpiresAt.Format(time.DateTime))
	})
}

type networkUnblockCommand struct {
	peopleFlags
	Network string `arg:"" help:"The network as it was blocked, or the id of the block."`
}

func (c networkUnblockCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		network, _ := list.ParseNetwork(c.Network)
		for b, err := range list.All(list.Blocks.First(), func(q list.Query) (list.Page[sallyport.NetworkBlock], error) {
			return all.Accounts.ListBlocks(ctx, actor, q)
		}) {
			if err != nil {
				return err
			}
			if b.ID != c.Network && b.Network != network {
				continue
			}
			if err := all.Accounts.Lift(ctx, actor, b.ID); err != nil {
				return err
			}
			return c.print(showBlock(b), "%s is not blocked any more.", account.NetworkText(b.Network))
		}
		return fmt.Errorf("%s is not blocked: network list has what is", c.Network)
	})
}
