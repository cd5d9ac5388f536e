package main

import "testing"

// Several nodes begin with one empty installation: each is ready, one set-up link
// claims it, and all of them then know the owner.
func TestManyStartAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		nodes := make([]*node, 4)
		for i := range nodes {
			nodes[i] = start(t, flags...)
		}
		for _, n := range nodes {
			n.ready()
		}
		// A node that is late finds the owner, and prints none.
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
