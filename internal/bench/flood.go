package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/uses"
)

// floodSize is how many other names are tried while an account is locked.
const floodSize = 100_000

// flood locks an account and then tries many other names: the account must still be
// locked afterwards.
func (b bench) flood(ctx context.Context) error {
	dsns, err := b.databases(ctx, "flood")
	if err != nil {
		return err
	}
	for _, e := range engines {
		o, err := fill(ctx, dsns[e], 0)
		if err != nil {
			return err
		}
		db, err := store.Open(ctx, dsns[e], store.Options{Timeout: time.Minute, Patient: true})
		if err != nil {
			return err
		}
		defer db.Close()
		p, now, victim := policy.Default(), time.Now(), throttle.ForAccount("victim@example.com")
		p.LockoutProgressive = false
		acts, counters := uses.New(uses.Config{DB: db}).Acts, throttle.Counters{TenantID: o.tenant.ID, Policy: p, Now: now}
		spend := func(names int, key func(int) throttle.Key) error {
			return acts.Keep(ctx, func(tx *store.Tx) error {
				for i := range names {
					if _, err := counters.SpendIn(ctx, tx, key(i)); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := spend(p.LockoutFailures, func(int) throttle.Key { return victim }); err != nil {
			return err
		}
		begin := time.Now()
		for range floodSize / 1000 {
			if err := spend(1000, func(int) throttle.Key { return throttle.ForAccount(token.NewID() + "@example.net") }); err != nil {
				return err
			}
		}
		d, err := counters.Spend(ctx, acts, victim)
		if err != nil {
			return err
		}
		if d.Allowed || !d.Locked {
			return fmt.Errorf("%s: the lock is gone after %d other names", e, floodSize)
		}
		fmt.Printf("%s: the lock holds after %d other names (%v)\n", e, floodSize, time.Since(begin).Round(time.Second))
	}
	fmt.Println()
	return nil
}
