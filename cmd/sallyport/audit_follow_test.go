package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A log is followed while the service writes it, by a program that is killed and one that is
// interrupted. Then the file is what the whole log prints.
func TestAuditFollow(t *testing.T) {
	onBoth(t, func(t *testing.T, data string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		n := start(t, flags...).ready()
		if status := n.claim(); status != 303 {
			t.Fatalf("set-up: status %d", status)
		}
		path := filepath.Join(t.TempDir(), "log")
		follow := with("audit", "follow", "--to", "file:"+path)
		for _, signal := range []os.Signal{os.Kill, os.Interrupt, syscall.SIGTERM} {
			before, _ := os.ReadFile(path) // none at first
			c := command(context.Background(), nil, follow...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			n.signIn(ownerEmail, "Wrong-Horse-7")
			until(t, func() bool {
				now, _ := os.ReadFile(path)
				return bytes.Contains(now[len(before):], []byte(`"kind":"auth.sign_in_failed"`))
			}, "the failed sign-in in the file")
			if o := run(t, nil, follow...); o.code != 1 || !strings.Contains(o.errors, "another sallyport audit follow") {
				t.Errorf("two followers: %+v", o)
			}
			if err := c.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := c.Wait(); (err == nil) != (signal != os.Kill) {
				t.Errorf("%v: %v", signal, err)
			}
		}
		ok(t, append(follow, "--once")...)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all := ok(t, with("audit", "follow", "--once")...)
		if string(text) != all || strings.Count(all, `"kind":"auth.sign_in_failed"`) < 3 {
			t.Errorf("the file is\n%s\nthe log is\n%s", text, all)
		}
		if out := ok(t, with("audit", "follow", "--once", "--from", "1")...); out != all[strings.Index(all, "\n")+1:] {
			t.Errorf("from 1: %s", out)
		}
		if out := ok(t, with("audit", "follow", "--once", "--from", "end")...); out != "" {
			t.Errorf("from the end: %s", out)
		}
		for says, args := range map[string][]string{
			"--from must be": {"--from=-1"}, "--to must be": {"--to", "udp://host:514"}, "give --state": {"--to", "syslog://host:514"},
			"no organisation": {"--host", "nowhere.test"}, "did not take events from position 0": {"--to", "syslog://" + closed(t), "--state", path + ".state"},
		} {
			if o := run(t, nil, append(with("audit", "follow", "--once"), args...)...); o.code != 1 || !strings.Contains(o.errors, says) {
				t.Errorf("%v: %+v", args, o)
			}
		}
	})
}

// closed returns an address on which nobody listens.
func closed(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serve refuses settings of checkpoints that cannot work, and doctor says so.
func TestCheckpointSettings(t *testing.T) {
	flags := []string{"--data", t.TempDir(), "--checkpoint-folder", "/no/such/folder", "--checkpoint-url", "ftp://x", "--checkpoint-mail", "nobody", "--checkpoint-every", "1s"}
	for _, args := range [][]string{{"serve"}, {"doctor"}} {
		o := run(t, nil, append(args, flags...)...)
		for _, says := range []string{"--checkpoint-folder", "--checkpoint-url", "--checkpoint-mail", "--checkpoint-every"} {
			if o.code != 1 || !strings.Contains(o.out+o.errors, says) {
				t.Errorf("%v: %q is missing: %+v", args, says, o)
			}
		}
	}
}
