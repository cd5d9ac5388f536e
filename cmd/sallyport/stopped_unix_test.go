//go:build unix

package main

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/pgtest"
)

// accessToken signs the owner in, as a native client on an unknown device.
func (n *node) accessToken() string {
	n.t.Helper()
	_, flow := n.api("/sign-in", map[string]string{"email": ownerEmail, "client": "native"}, nil)
	for _, step := range []struct {
		path   string
		fields any
	}{{"/password", map[string]any{"password": goodPassword}}, {"/device", map[string]any{"trust": false}}} {
		status, next := n.api("/sign-in/"+flow["flowId"].(string)+step.path, step.fields, map[string]string{"Sallyport-Flow": flow["flowToken"].(string)})
		if status != 200 {
			n.t.Fatalf("%s: %d, %v", step.path, status, next)
		}
		if flow["flowToken"] = next["flowToken"]; next["next"] == "done" {
			token, _ := next["accessToken"].(string)
			if token == "" {
				token, _ = next["sessionToken"].(string)
			}
			return token
		}
	}
	n.t.Fatal("the sign-in does not end")
	return ""
}

func (n *node) check(token string) int {
	n.t.Helper()
	status, _ := n.send("GET", "/api/v1/session", "", "", map[string]string{"Authorization": "Bearer " + token})
	return status
}

// Of three nodes one stands still and goes on, or dies, while somebody signs out at another one. That is
// acknowledged after a lease at most, and from then on the token is good nowhere.
func TestStoppedNodes(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	flags := []string{"--data", data, "--database", pgtest.Database(t)}
	nodes := []*node{start(t, flags...).ready()}
	nodes[0].claim()
	nodes = append(nodes, start(t, flags...).ready(), start(t, flags...).ready())
	signOut := func(token string) time.Duration {
		begun := time.Now()
		if status, _ := nodes[0].send("POST", "/api/v1/sign-out", "application/json", "{}", map[string]string{"Authorization": "Bearer " + token}); status != 204 {
			t.Fatalf("sign-out: status %d", status)
		}
		return time.Since(begun)
	}
	remembered := func() string {
		token := nodes[0].accessToken()
		for range 2 {
			for i, n := range nodes {
				if status := n.check(token); status != 200 {
					t.Fatalf("check at node %d: status %d", i, status)
				}
			}
		}
		return token
	}
	const late = 6 * time.Second // a lease is two; the rest is for a busy machine
	for range apptest.Rounds(2) {
		token := remembered()
		signal := func(s syscall.Signal) {
			if err := nodes[1].c.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
		signal(syscall.SIGSTOP)
		took := signOut(token)
		signal(syscall.SIGCONT)
		for i, n := range nodes {
			if status := n.check(token); status != 401 {
				t.Errorf("check at node %d after one stood still: status %d", i, status)
			}
		}
		if took > late {
			t.Errorf("acknowledged after %v while a node stands still", took)
		}
	}
	token := remembered()
	_ = nodes[2].c.Process.Kill()
	<-nodes[2].ended
	nodes = nodes[:2]
	if took := signOut(token); took > late {
		t.Errorf("acknowledged after %v when a node has died", took)
	}
	for i, n := range nodes {
		if status := n.check(token); status != 401 {
			t.Errorf("check at node %d after another one died: status %d", i, status)
		}
	}
	time.Sleep(3 * time.Second) // until it is known that the lease of the dead one is over
	if took := signOut(remembered()); took > 2*time.Second {
		t.Errorf("acknowledged after %v though the lease of the dead node is over", took)
	}
}
