package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/uses"
)

// namesTried is how many wrong passwords are tried for known names and how many for
// unknown ones, each name once.
const namesTried = 500

// compareNames shows whether the time that a wrong password takes reveals that an account
// exists. It gives both medians and the z of a rank-sum test; a z below -3 or above 3
// means that it does.
func (b bench) compareNames(ctx context.Context) error {
	dsns, err := b.databases(ctx, "names")
	if err != nil {
		return err
	}
	fmt.Printf("\nA wrong password for names that exist and that do not, %d each in random order\n\n", namesTried)
	for _, e := range engines {
		if _, err := fillUsers(ctx, dsns[e], namesTried); err != nil {
			return err
		}
		n, err := b.start(ctx, "sallyport", dsns[e])
		if err != nil {
			return err
		}
		defer n.stop()
		known, unknown, err := timeNames(ctx, n)
		if err != nil {
			return err
		}
		fmt.Printf("%-12s known %v, unknown %v, z %+.1f\n", e, known[len(known)/2].Round(time.Microsecond),
			unknown[len(unknown)/2].Round(time.Microsecond), rankSum(known, unknown))
	}
	return nil
}

func timeNames(ctx context.Context, n *node) (known, unknown []time.Duration, err error) {
	for _, i := range rand.Perm(2 * namesTried) {
		name := fmt.Sprintf("user%d@example.com", i)
		if i >= namesTried {
			name = fmt.Sprintf("user%d@example.net", i)
		}
		took, err := wrongPassword(ctx, n, name, fmt.Sprintf("198.51.%d.%d", i/250, 1+i%250))
		if err != nil {
			return nil, nil, err
		}
		if i < namesTried {
			known = append(known, took)
		} else {
			unknown = append(unknown, took)
		}
	}
	slices.Sort(known)
	slices.Sort(unknown)
	return known, unknown, nil
}

// wrongPassword opens a sign-in and returns how long the answer to a wrong password took.
func wrongPassword(ctx context.Context, n *node, email, ip string) (time.Duration, error) {
	var flow struct{ FlowID, FlowToken string }
	if err := postFrom(ctx, n, ip, "/api/v1/sign-in", "", map[string]string{"email": email, "client": "native"}, &flow); err != nil {
		return 0, err
	}
	begin := time.Now()
	err := postFrom(ctx, n, ip, "/api/v1/sign-in/"+flow.FlowID+"/password", flow.FlowToken, map[string]string{"password": "wrong"}, nil)
	took := time.Since(begin)
	if status := statusError(0); !errors.As(err, &status) || status != http.StatusUnauthorized {
		return 0, fmt.Errorf("a wrong password was answered with %w", err)
	}
	return took, nil
}

// rankSum returns the z of the Wilcoxon rank-sum test, by its normal approximation.
func rankSum(a, b []time.Duration) float64 {
	type mark struct {
		d     time.Duration
		first bool
	}
	var all []mark
	for _, d := range a {
		all = append(all, mark{d, true})
	}
	for _, d := range b {
		all = append(all, mark{d, false})
	}
	slices.SortFunc(all, func(x, y mark) int { return cmp.Compare(x.d, y.d) })
	var sum float64
	for i, m := range all {
		if m.first {
			sum += float64(i + 1)
		}
	}
	n, m := float64(len(a)), float64(len(b))
	return (sum - n*(n+m+1)/2) / math.Sqrt(n*m*(n+m+1)/12)
}

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
		db, err := store.Open(ctx, dsns[e], store.Options{Timeout: time.Minute})
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
