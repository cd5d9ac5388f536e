package seal_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/seal"
)

// without returns keys.json as it was before there was push.
func without(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]json.RawMessage
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	if f["push"] == nil {
		t.Fatal("the file has no key for push")
	}
	delete(f, "push")
	if text, err = json.Marshal(f); err != nil {
		t.Fatal(err)
	}
	return text
}

// The key for push is made at the first run and stays, whatever is rotated.
func TestPushKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	k := open(t, path)
	first := k.PushKey()
	if open(t, filepath.Join(t.TempDir(), "keys.json")).PushKey().Equal(first) {
		t.Error("two installations have the same key")
	}
	for what, rotate := range map[string]func() error{"sealing": k.Rotate, "the log": k.RotateLog} {
		if err := rotate(); err != nil {
			t.Fatal(err)
		}
		if !k.PushKey().Equal(first) || !open(t, path).PushKey().Equal(first) {
			t.Errorf("another key after a rotation of that for %s", what)
		}
	}
}

// Keys from before there was push have one, the same on every node and at every start. The next
// rotation writes it.
func TestPushKeyOfOlderFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	value := sealed(t, open(t, path), "x")
	old := without(t, path)
	given, err := seal.Parse(old)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	k := open(t, path)
	if !k.PushKey().Equal(given.PushKey()) || !open(t, path).PushKey().Equal(given.PushKey()) {
		t.Error("a node with a copy of the keys has another key")
	}
	if err := k.RotateLog(); err != nil {
		t.Fatal(err)
	}
	without(t, path) // fails where it was not written
	if got, err := k.Open(place, value); err != nil || string(got) != "x" || !k.PushKey().Equal(given.PushKey()) || !open(t, path).PushKey().Equal(given.PushKey()) {
		t.Errorf("after a rotation: %q, %v", got, err)
	}
	wrong := strings.Replace(string(old), "{", `{"push": "c2hvcnQ=", `, 1)
	if _, err := seal.Parse([]byte(wrong)); err == nil || strings.Contains(err.Error(), "c2hvcnQ") {
		t.Errorf("a short key: %v", err)
	}
}
