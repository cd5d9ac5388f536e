package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// revocations is how many sessions end one after the other.
const revocations = 200

// acknowledgements measures how long the end of a session takes until it is acknowledged, by the number
// of nodes that remember it.
func (b bench) acknowledgements(ctx context.Context) error {
	fmt.Printf("The end of a session until its acknowledgement, one after the other, %d of them\n\n", revocations)
	for i, c := range []struct {
		engine string
		nodes  int
	}{{"SQLite", 1}, {"PostgreSQL", 0}, {"PostgreSQL", 1}, {"PostgreSQL", 3}} {
		dsns, err := b.databases(ctx, fmt.Sprint("ends", i))
		if err != nil {
			return err
		}
		took, err := b.endings(ctx, dsns[c.engine], c.nodes)
		if err != nil {
			return err
		}
		slices.Sort(took)
		fmt.Printf("%-12s %d nodes   p50 %10v   p99 %10v\n", c.engine, c.nodes, took[len(took)/2].Round(time.Microsecond), took[len(took)*99/100].Round(time.Microsecond))
	}
	fmt.Println()
	return nil
}

// endings ends sessions by the first of some nodes, which all remember them, and returns how long each
// took. Of 0 nodes a command ends them.
func (b bench) endings(ctx context.Context, dsn string, nodes int) (took []time.Duration, err error) {
	o, err := fill(ctx, dsn, 1000)
	if err != nil {
		return nil, err
	}
	var all []*store.Store
	for range max(nodes, 1) {
		db, err := store.Open(ctx, dsn, store.Options{})
		if err != nil {
			return nil, err
		}
		defer db.Close()
		if nodes > 0 {
			if err := db.Remember(ctx, store.DefaultMemory); err != nil {
				return nil, err
			}
		}
		all = append(all, db)
	}
	time.Sleep(time.Second) // until all listen
	for _, text := range o.tokens[:revocations] {
		hash, ok := token.OfSession(text)
		if !ok {
			return nil, errors.New("a token has another form")
		}
		var id string
		for _, db := range all {
			c, err := db.CheckSession(ctx, o.tenant.ID, hash)
			if err != nil {
				return nil, err
			}
			id = c.Session.ID
		}
		begun := time.Now()
		if err := all[0].Write(ctx, func(tx *store.Tx) error {
			return tx.EndSession(ctx, o.tenant.ID, id, store.End{Status: "revoked", By: "bench", Reason: "bench", At: begun})
		}); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}
