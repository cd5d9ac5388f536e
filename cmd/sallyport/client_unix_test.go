//go:build unix

package main

import (
	"errors"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport/client"
)

// follower is an app that asks about a token all the time.
type follower struct {
	*client.Client
	token string

	mu     sync.Mutex
	let    time.Time // when the last check began that let it in
	closed time.Time // when the last one began that could not be asked
	ended  time.Time // when the last one began that said there is no session
}

func followSite(t *testing.T, site, key string, staleFor time.Duration) *follower {
	t.Helper()
	c, err := client.New(client.Config{Sallyport: site, Key: key, StaleFor: staleFor})
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{Client: c}
	var asking sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		asking.Go(func() { f.ask(t, stop) })
	}
	t.Cleanup(func() { close(stop); asking.Wait(); c.Close() })
	return f
}

func (f *follower) ask(t *testing.T, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(2 * time.Millisecond):
		}
		f.mu.Lock()
		token, began := f.token, time.Now()
		f.mu.Unlock()
		if token == "" {
			continue
		}
		_, err := f.Check(t.Context(), token)
		f.mu.Lock()
		switch {
		case f.token != token:
		case err == nil:
			f.let = latest(f.let, began)
		case errors.Is(err, client.ErrNoSession):
			f.ended = latest(f.ended, began)
		case errors.Is(err, client.ErrUnavailable):
			f.closed = latest(f.closed, began)
		}
		f.mu.Unlock()
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// about makes it ask about another token, and returns when that is let in from memory.
func (f *follower) about(t *testing.T, token string) {
	t.Helper()
	until(t, f.Connected, "the feed")
	f.mu.Lock()
	f.token, f.let, f.closed, f.ended = token, time.Time{}, time.Time{}, time.Time{}
	f.mu.Unlock()
	f.since(t, &f.let, time.Now())
}

// since waits until one of the times is later than another one.
func (f *follower) since(t *testing.T, of *time.Time, then time.Time) {
	t.Helper()
	until(t, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return of.After(then)
	}, "answers of another kind")
}

// lastLet returns when the last check began that was let in.
func (f *follower) lastLet() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.let
}

// An app follows a node that stands still, is killed and comes back, while somebody signs out, at another node where
// there is one. Nobody is let in longer than the client promises.
func TestClientOfFailingNodes(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		w := startWorld(t, flags)
		w.standStill()
		w.die()
	})
}

// world is a node that apps follow, and one where people sign out.
type world struct {
	t            *testing.T
	flags        []string
	node, other  *node // the same on SQLite, which has one
	strict, mild *follower
}

const mildFor = 6 * time.Second

func startWorld(t *testing.T, flags []string) *world {
	w := &world{t: t, flags: flags}
	w.node = start(t, flags...).ready()
	w.node.claim()
	key := serviceKey(t, flags)
	w.other = w.node
	if slices.Contains(flags, "--database") {
		w.other = start(t, flags...).ready()
	}
	w.strict, w.mild = followSite(t, w.node.site, key, 0), followSite(t, w.node.site, key, mildFor)
	return w
}

// signedIn makes both apps ask about somebody who is signed in.
func (w *world) signedIn() (token string) {
	token = w.other.accessToken()
	w.strict.about(w.t, token)
	w.mild.about(w.t, token)
	time.Sleep(client.Promise) // until it is remembered
	return token
}

// signOut returns when that was acknowledged.
func (w *world) signOut(token string) time.Time {
	w.t.Helper()
	if status, _ := w.other.send("POST", "/api/v1/sign-out", "application/json", "{}", map[string]string{"Authorization": "Bearer " + token}); status != 204 {
		w.t.Fatalf("sign-out: status %d", status)
	}
	return time.Now()
}

// standStill stops the node and lets it go on.
func (w *world) standStill() {
	t := w.t
	token := w.signedIn()
	sendSignal(t, w.node, syscall.SIGSTOP)
	stopped := time.Now()
	if w.other != w.node {
		revoked := w.signOut(token)
		w.strict.since(t, &w.strict.closed, revoked.Add(client.Promise))
		atMost(t, w.strict.lastLet().Sub(revoked), client.Promise, "let in after a revocation at another node")
	}
	w.strict.since(t, &w.strict.closed, stopped.Add(client.Promise))
	atMost(t, w.strict.lastLet().Sub(stopped), client.Promise, "let in while the node stands still")
	sendSignal(t, w.node, syscall.SIGCONT)
	went := time.Now()
	if w.other == w.node {
		w.strict.since(t, &w.strict.let, went)
		revoked := w.signOut(token)
		w.strict.since(t, &w.strict.ended, revoked)
		atMost(t, w.strict.lastLet().Sub(revoked), client.Promise, "let in after a revocation")
	}
	w.strict.since(t, &w.strict.ended, went)
	w.mild.since(t, &w.mild.ended, went)
}

// die kills the node, and starts it anew.
func (w *world) die() {
	t := w.t
	token := w.signedIn()
	sendSignal(t, w.node, syscall.SIGKILL)
	<-w.node.ended
	died := time.Now()
	revoked := died
	if w.other != w.node {
		revoked = w.signOut(token)
	}
	w.strict.since(t, &w.strict.closed, revoked.Add(client.Promise))
	atMost(t, w.strict.lastLet().Sub(died), client.Promise, "let in after the node died")
	w.mild.since(t, &w.mild.closed, died.Add(mildFor))
	late := w.mild.lastLet().Sub(died)
	atMost(t, late, mildFor, "let in after the node died, where the app wants that")
	if late < client.Promise {
		t.Errorf("nobody is let in %v after the node died, though the app wants that", late)
	}
	at, err := url.Parse(w.node.site)
	if err != nil {
		t.Fatal(err)
	}
	again := start(t, append([]string{"--listen", at.Host}, w.flags...)...).ready()
	back := time.Now()
	if w.other != w.node {
		w.strict.since(t, &w.strict.ended, back)
		atMost(t, w.strict.lastLet().Sub(died), client.Promise, "let in after the node died, as long as it lives again")
		return
	}
	w.other = again
	w.strict.since(t, &w.strict.let, back)
	until(t, w.strict.Connected, "the feed of the node that lives again")
	revoked = w.signOut(token)
	w.strict.since(t, &w.strict.ended, revoked)
	atMost(t, w.strict.lastLet().Sub(revoked), client.Promise, "let in after a revocation at the node that lives again")
}

func atMost(t *testing.T, late, most time.Duration, what string) {
	t.Helper()
	t.Logf("%s: %v", what, late.Round(time.Millisecond))
	if late > most {
		t.Errorf("%s: %v", what, late)
	}
}

func sendSignal(t *testing.T, n *node, s syscall.Signal) {
	t.Helper()
	if err := n.c.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// serviceKey returns an API key that may follow the feed.
func serviceKey(t *testing.T, flags []string) string {
	t.Helper()
	ok(t, append([]string{"apikey", "service", "add", "App", "--role", "admin"}, flags...)...)
	return inJSON[apiKeyJSON](t, append([]string{"apikey", "add", "App", "Feed", "--permissions", "sessions.view"}, flags...)...).Secret
}
