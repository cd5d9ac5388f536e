package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whoever has the public key verifies the proof of an event without the database, and a kept
// checkpoint against it. What was changed is said, and the program ends with 1.
func TestAuditVerifyFiles(t *testing.T) {
	onBoth(t, func(t *testing.T, data string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		if len(flags) == 2 { // of PostgreSQL there is an empty database
			unclaimed(t, data)
		}
		if o := run(t, nil, with("audit", "key")...); o.code != 1 || !strings.Contains(o.errors, "no owner yet") {
			t.Errorf("before the set-up: %+v", o)
		}
		folder := t.TempDir()
		n := start(t, append(flags, "--checkpoint-folder", folder)...).ready()
		if status := n.claim(); status != 303 {
			t.Fatalf("set-up: status %d", status)
		}
		key := filepath.Join(t.TempDir(), "key")
		until(t, func() bool {
			o := run(t, nil, with("audit", "key")...)
			return o.code == 0 && os.WriteFile(key, []byte(o.out), 0o600) == nil
		}, "the first signature")
		id := regexp.MustCompile(`"id":"([0-9a-f-]{36})"`).FindStringSubmatch(ok(t, with("audit", "follow", "--once")...))[1]
		file := filepath.Join(t.TempDir(), "proof.json")
		until(t, func() bool {
			o := run(t, nil, with("audit", "prove", id)...)
			return o.code == 0 && os.WriteFile(file, []byte(o.out), 0o600) == nil
		}, "the proof of the first event")
		verify := func(args ...string) outcome { return run(t, nil, append([]string{"audit", "verify"}, args...)...) }
		if o := verify(file, "--key", key); o.code != 0 || !strings.Contains(o.out, id+": ") {
			t.Errorf("the proof: %+v", o)
		}
		if o := verify(file); o.code != 1 || !strings.Contains(o.errors, "--key is needed") {
			t.Errorf("without a key: %+v", o)
		}
		var proof struct{ Leaf, Personal, Proof string }
		text, err := os.ReadFile(file)
		if err != nil || json.Unmarshal(text, &proof) != nil {
			t.Fatal(err)
		}
		forged := filepath.Join(t.TempDir(), "forged.json")
		if err := os.WriteFile(forged, []byte(strings.Replace(string(text), "actorType", "actorTypo", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if o := verify(forged, "--key", key); o.code != 1 || !strings.Contains(o.out, "NOT as it was written") {
			t.Errorf("a forged proof: %+v", o)
		}
		_, checkpoint, _ := strings.Cut(proof.Proof, "\n\n")
		kept := filepath.Join(t.TempDir(), "kept")
		if err := os.WriteFile(kept, []byte(strings.ReplaceAll(checkpoint, "\n", "\r\n")+"\n\n"), 0o600); err != nil { // as a mail program might keep it
			t.Fatal(err)
		}
		n.signIn(ownerEmail, "Wrong-Horse-7")
		for _, args := range [][]string{{kept, "--key", key}, with("--key", key, "--older", kept), with("--older", kept), with()} {
			if o := verify(args...); o.code != 0 {
				t.Errorf("%v: %+v", args, o)
			}
		}
		changed := strings.Replace(checkpoint, "\n", "\n9", 1)
		if err := os.WriteFile(kept, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if o := verify(with("--key", key, "--older", kept)...); o.code != 1 {
			t.Errorf("against a checkpoint that was changed: %+v", o)
		}
		if o := verify(kept, "--key", "nonsense"); o.code != 1 || !strings.Contains(o.errors, "--key") {
			t.Errorf("with no key: %+v", o)
		}
	})
}
