package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport/internal/factor"
)

// signInsAtOnce is how many users sign in at the same time when throughput is measured:
// enough to keep password hashing, the slowest part, busy.
const signInsAtOnce = 8

// regulars is how many users sign in repeatedly on a trusted device. They are few enough
// to become known in the first round, which does not count.
const regulars = 25

// compareSignIns compares whole sign-ins over the API with the password hash alone, with
// the same parameters and the same number of slots.
func (b bench) compareSignIns(ctx context.Context) error {
	dsns, err := b.databases(ctx, "sign_in")
	if err != nil {
		return err
	}
	passwords, err := factor.NewPasswords(factor.DefaultArgon2, 0)
	if err != nil {
		return err
	}
	hash, err := passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	type entry struct {
		name string
		run  func(context.Context, int) error
	}
	list := []entry{{"password hash alone", func(ctx context.Context, _ int) error {
		_, _, err := passwords.Verify(ctx, hash, password)
		return err
	}}}
	for _, e := range engines {
		o, err := fill(ctx, dsns[e], 1000)
		if err != nil {
			return err
		}
		n, err := b.start(ctx, "sallyport", dsns[e])
		if err != nil {
			return err
		}
		defer n.stop()
		known, strange := o.users[:regulars], o.users[regulars:]
		var devices sync.Map
		list = append(list,
			entry{"known device, " + e, func(ctx context.Context, i int) error { return signIn(ctx, n, known[i%len(known)].Email, &devices) }},
			entry{"new device, " + e, func(ctx context.Context, i int) error { return signIn(ctx, n, strange[i%len(strange)].Email, nil) }})
	}
	rates := make([][]float64, len(list))
	for round := range b.rounds + 1 {
		for i, e := range list {
			rate, err := perSecond(ctx, signInsAtOnce, 2*b.length, e.run)
			if err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
			if round > 0 {
				rates[i] = append(rates[i], rate)
			}
		}
	}
	fmt.Printf("Whole sign-ins over the API, %d at once, medians of %d rounds of %v\n\n", signInsAtOnce, b.rounds, 2*b.length)
	for i, e := range list {
		slices.Sort(rates[i])
		rate := rates[i][len(rates[i])/2]
		fmt.Printf("%-28s %9.1f /s   overhead %5.1f %%\n", e.name, rate, 100*(rates[0][len(rates[0])/2]/rate-1))
	}
	fmt.Println()
	return nil
}

// perSecond calls f from n goroutines for a while and returns how often it ran per second.
func perSecond(ctx context.Context, n int, length time.Duration, f func(context.Context, int) error) (float64, error) {
	var count atomic.Int64
	var mu sync.Mutex
	var failed error
	start := time.Now()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for time.Since(start) < length {
				if err := f(ctx, int(count.Add(1))); err != nil {
					mu.Lock()
					failed = cmp.Or(failed, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(count.Load()) / time.Since(start).Seconds(), failed
}

// signIn makes a whole sign-in of a native client: with the user's device in devices, or
// on a new device that is trusted only once.
func signIn(ctx context.Context, n *node, email string, devices *sync.Map) error {
	var flow struct{ FlowID, FlowToken string }
	if err := post(ctx, n, "/api/v1/sign-in", "", map[string]string{"email": email, "client": "native"}, &flow); err != nil {
		return err
	}
	var done struct{ Next, FlowToken, DeviceToken string }
	device := ""
	if devices != nil {
		if v, ok := devices.Load(email); ok {
			device = v.(string)
		}
	}
	if err := send(ctx, n, sent{path: "/api/v1/sign-in/" + flow.FlowID + "/password", flow: flow.FlowToken, device: device, body: map[string]string{"password": password}}, &done); err != nil {
		return err
	}
	if done.Next == "device" {
		if err := post(ctx, n, "/api/v1/sign-in/"+flow.FlowID+"/device", done.FlowToken, map[string]bool{"trust": devices != nil}, &done); err != nil {
			return err
		}
	}
	if devices != nil && done.DeviceToken != "" {
		devices.Store(email, done.DeviceToken)
	}
	if done.Next != "done" {
		return fmt.Errorf("the sign-in went to %q", done.Next)
	}
	return nil
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}, Timeout: 30 * time.Second}

// statusError is the status of an answer that is no success.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("status %d", int(e)) }

func post(ctx context.Context, n *node, path, flow string, body, answer any) error {
	return send(ctx, n, sent{path: path, flow: flow, body: body}, answer)
}

// sent is one call of a native client.
type sent struct {
	path, flow, device string
	body               any
}

func send(ctx context.Context, n *node, s sent, answer any) error {
	text, err := json.Marshal(s.body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.addr+s.path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range map[string]string{"Sallyport-Flow": s.flow, "Sallyport-Device": s.device} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		_, err := io.Copy(io.Discard, resp.Body)
		return errors.Join(fmt.Errorf("%s: %w", s.path, statusError(resp.StatusCode)), err)
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}

// checkUnderSignIns measures the session check while sign-ins run: none, as many as there
// are database connections, and ten times as many.
func (b bench) checkUnderSignIns(ctx context.Context) error {
	dsns, err := b.databases(ctx, "flight")
	if err != nil {
		return err
	}
	fmt.Printf("Session check, 4 connections, while sign-ins are in flight\n\n")
	for _, e := range engines {
		o, err := fill(ctx, dsns[e], 1000)
		if err != nil {
			return err
		}
		n, err := b.start(ctx, "sallyport", dsns[e])
		if err != nil {
			return err
		}
		defer n.stop()
		for _, inFlight := range []int{0, 10, 100} {
			m, err := b.checkDuring(ctx, n, o, inFlight)
			if err != nil {
				return err
			}
			fmt.Printf("%-12s %4d in flight %12.0f requests/s  p50 %10v  p99 %10v\n", e, inFlight, m.perSecond,
				m.p50.Round(time.Microsecond), m.p99.Round(time.Microsecond))
		}
	}
	return nil
}

func (b bench) checkDuring(ctx context.Context, n *node, o organisation, inFlight int) (sample, error) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for i := range inFlight {
		wg.Go(func() {
			for ctx.Err() == nil {
				signIn(ctx, n, o.users[i%len(o.users)].Email, nil) //nolint:errcheck // refusals because of load are expected
			}
		})
	}
	defer wg.Wait()
	defer cancel()
	var rounds []sample
	for range b.rounds {
		s, err := sendLoad(ctx, n, 4, b.length, checks(o))
		if err != nil {
			return sample{}, err
		}
		rounds = append(rounds, s)
	}
	return median(rounds), nil
}
