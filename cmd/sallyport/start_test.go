package main

import (
	"strings"
	"testing"
)

// Several nodes start on an empty installation: each is ready, one set-up link
// creates the owner, and all nodes know the owner afterwards.
func TestManyStartAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		if len(flags) == 2 {
			oneServes(t, flags)
			return
		}
		nodes := make([]*node, 4)
		for i := range nodes {
			nodes[i] = start(t, flags...)
		}
		for _, n := range nodes {
			n.ready()
		}
		// A node that starts later finds the owner and prints no link.
		var links []string
		for _, n := range nodes {
			links = append(links, n.await(&n.said, setUpLink))
		}
		if status := nodes[0].claimWith(links[3]); status != 303 {
			t.Fatalf("set-up: status %d", status)
		}
		for i, n := range nodes {
			if status := n.claimWith(links[i]); status != 404 {
				t.Errorf("node %d is claimed again: status %d", i, status)
			}
			if status := n.signIn(ownerEmail, goodPassword); status != 200 {
				t.Errorf("sign-in at node %d: status %d", i, status)
			}
		}
		for i, n := range nodes {
			if code := n.stop(); code != 0 {
				t.Errorf("node %d: exit code %d\n%s", i, code, n.log.String())
			}
		}
	})
}

// On SQLite one of them serves, and the others say why they do not.
func oneServes(t *testing.T, flags []string) {
	t.Helper()
	nodes := make([]*node, 4)
	for i := range nodes {
		nodes[i] = start(t, flags...)
	}
	serving := func() (found []*node) {
		for _, n := range nodes {
			select {
			case <-n.ended:
			default:
				found = append(found, n)
			}
		}
		return found
	}
	until(t, func() bool { return len(serving()) == 1 }, "one serves")
	left := serving()[0].ready()
	for _, n := range nodes {
		if n != left && !strings.Contains(n.log.String(), "another server works on this database") {
			t.Errorf("one that does not serve says %q", n.log.String())
		}
	}
	if status := left.claimWith(left.await(&left.said, setUpLink)); status != 303 {
		t.Errorf("set-up: status %d", status)
	}
	if code := left.stop(); code != 0 {
		t.Errorf("exit code %d\n%s", code, left.log.String())
	}
}
