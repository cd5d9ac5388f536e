package seal_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport/sallyport/internal/seal"
)

var place = seal.Place{Column: "outbox.payload", TenantID: "t1", ID: "r1"}

func open(t *testing.T, path string) *seal.Keys {
	t.Helper()
	k, err := seal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sealed(t *testing.T, k *seal.Keys, text string) []byte {
	t.Helper()
	s, err := k.Seal(place, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealedValuesOpenInTheirPlaceAlone(t *testing.T) {
	k := open(t, filepath.Join(t.TempDir(), "keys.json"))
	s := sealed(t, k, "a link")
	if bytes.Contains(s, []byte("link")) {
		t.Error("the sealed value shows what it holds")
	}
	if bytes.Equal(s, sealed(t, k, "a link")) {
		t.Error("the same text seals to the same bytes")
	}
	if got, err := k.Open(place, s); err != nil || string(got) != "a link" {
		t.Errorf("Open() = %q, %v", got, err)
	}
	for name, at := range map[string]seal.Place{
		"other row":       {Column: "outbox.payload", TenantID: "t1", ID: "r2"},
		"other tenant":    {Column: "outbox.payload", TenantID: "t2", ID: "r1"},
		"other column":    {Column: "factors.secret", TenantID: "t1", ID: "r1"},
		"shifted letters": {Column: "outbox.payload", TenantID: "t1r", ID: "1"},
		"nowhere":         {},
	} {
		if _, err := k.Open(at, s); !errors.Is(err, seal.ErrCannotOpen) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range s {
		changed := bytes.Clone(s)
		changed[i] ^= 1
		if _, err := k.Open(place, changed); !errors.Is(err, seal.ErrCannotOpen) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	if _, err := k.Open(place, nil); !errors.Is(err, seal.ErrCannotOpen) {
		t.Errorf("an erased value: %v", err)
	}
}

func TestRotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	k := open(t, path)
	old, first := sealed(t, k, "old"), k.Primary()
	if err := k.Rotate(); err != nil {
		t.Fatal(err)
	}
	if k.Primary() == first {
		t.Error("the former key still seals")
	}
	fresh := sealed(t, k, "fresh")
	again := open(t, path)
	if again.Primary() != k.Primary() {
		t.Error("the file has another primary key than the program that rotated")
	}
	for want, s := range map[string][]byte{"old": old, "fresh": fresh} {
		if got, err := again.Open(place, s); err != nil || string(got) != want {
			t.Errorf("%s after a restart: %q, %v", want, got, err)
		}
	}
}

// A rotation reads the file again, so that two programs keep each other's keys.
func TestRotateInTwoPrograms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	a, b := open(t, path), open(t, path)
	for _, k := range []*seal.Keys{a, b} {
		if err := k.Rotate(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := open(t, path).Open(place, sealed(t, a, "x")); err != nil {
		t.Errorf("the first program's key is lost: %v", err)
	}
	if err := os.WriteFile(path+".next", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Rotate(); err == nil || !strings.Contains(err.Error(), "another rotation") {
		t.Errorf("two rotations at once: %v", err)
	}
}

func TestOpenMakesOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "keys.json")
	var mu sync.Mutex
	primaries := map[string]bool{}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			k, err := seal.Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			primaries[k.Primary()] = true
		})
	}
	wg.Wait()
	if len(primaries) != 1 {
		t.Errorf("%d different keys from one folder", len(primaries))
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %04o", mode)
	}
}

func TestOpenRefuses(t *testing.T) {
	if runtime.GOOS != "windows" {
		path := filepath.Join(t.TempDir(), "keys.json")
		open(t, path)
		for _, mode := range []fs.FileMode{0o640, 0o604, 0o620} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			if _, err := seal.Open(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
				t.Errorf("mode %04o: %v", mode, err)
			}
		}
	}
	for name, text := range map[string]string{
		"empty":       "",
		"no keyset":   `{"secret": "shown-nowhere"}`,
		"no keys":     `{"primaryKeyId": 1, "key": []}`,
		"a mac's key": `{"primaryKeyId":1,"key":[{"keyData":{"typeUrl":"type.googleapis.com/google.crypto.tink.HmacKey","value":"EgQIAxAgGiDb2dMMF6T0IVH2ZnCNzmqfI1XmCFfAB3MmKY2PfpnGsw==","keyMaterialType":"SYMMETRIC"},"status":"ENABLED","keyId":1,"outputPrefixType":"TINK"}]}`,
		"short key":   `{"primaryKeyId":1,"key":[{"keyData":{"typeUrl":"type.googleapis.com/google.crypto.tink.AesGcmKey","value":"GhABAgMEBQYHCAECAwQFBgcI","keyMaterialType":"SYMMETRIC"},"status":"ENABLED","keyId":1,"outputPrefixType":"TINK"}]}`,
	} {
		path := filepath.Join(t.TempDir(), "keys.json")
		if strings.HasPrefix(text, `{"primaryKeyId"`) {
			text = `{"sealing": ` + text + `, "log": ["` + strings.Repeat("A", 43) + `="]}`
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := seal.Open(path)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "shown-nowhere") {
			t.Errorf("%s: the error quotes the file: %v", name, err)
		}
	}
}

func TestParse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	k := open(t, path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	given, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := given.Open(place, sealed(t, k, "x")); err != nil || string(got) != "x" {
		t.Errorf("keys given as text: %q, %v", got, err)
	}
	if err := given.Rotate(); err == nil {
		t.Error("keys without a file were rotated, and the new one is lost at the next start")
	}
}

// memory is an installation in memory; internal/store has the real one.
type memory map[string][]byte

func (m memory) CheckKeys(_ context.Context, f func(map[string][]byte) (string, []byte, error)) error {
	id, check, err := f(m)
	if err == nil && id != "" {
		m[id] = check
	}
	return err
}

func TestCheckInstallation(t *testing.T) {
	ctx, db := t.Context(), memory{}
	path := filepath.Join(t.TempDir(), "keys.json")
	first := open(t, path)
	for range 2 {
		if err := first.CheckInstallation(ctx, db); err != nil || len(db) != 1 {
			t.Fatalf("the first node: %v with %d checks", err, len(db))
		}
	}
	stranger := open(t, filepath.Join(t.TempDir(), "keys.json"))
	if err := stranger.CheckInstallation(ctx, db); !errors.Is(err, seal.ErrCannotOpen) || !strings.Contains(err.Error(), first.Primary()) {
		t.Errorf("a node with keys of its own: %v", err)
	}
	behind := open(t, path)
	if err := first.Rotate(); err != nil {
		t.Fatal(err)
	}
	if err := behind.CheckInstallation(ctx, db); err != nil {
		t.Errorf("before the new key was used: %v", err)
	}
	if err := first.CheckInstallation(ctx, db); err != nil || len(db) != 2 {
		t.Errorf("after a rotation: %v with %d checks", err, len(db))
	}
	if err := behind.CheckInstallation(ctx, db); !errors.Is(err, seal.ErrCannotOpen) {
		t.Errorf("a node without the new key: %v", err)
	}
	if err := open(t, path).CheckInstallation(ctx, db); err != nil {
		t.Errorf("a node with the new file: %v", err)
	}
}

// The file has a key for the audit log from the first run on. A new one is added, and all sign.
func TestLogKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	k := open(t, path)
	first := k.LogKeys()
	if len(first) != 1 {
		t.Fatalf("%d keys at first", len(first))
	}
	if err := k.RotateLog(); err != nil {
		t.Fatal(err)
	}
	for what, now := range map[string]*seal.Keys{"the program": k, "the file": open(t, path)} {
		keys := now.LogKeys()
		if len(keys) != 2 || !keys[0].Public().(ed25519.PublicKey).Equal(first[0].Public()) || keys[1].Public().(ed25519.PublicKey).Equal(first[0].Public()) {
			t.Errorf("%s has %d keys after the rotation", what, len(keys))
		}
		if got, err := now.Open(place, sealed(t, k, "x")); err != nil || string(got) != "x" {
			t.Errorf("%s: what was sealed: %q, %v", what, got, err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(string) string{
		"without any":  func(s string) string { return s[:strings.Index(s, `"log"`)] + `"log": []}` },
		"a short seed": func(s string) string { return s[:strings.Index(s, `"log"`)] + `"log": ["c2hvcnQ="]}` },
		"no base64":    func(s string) string { return s[:strings.Index(s, `"log"`)] + `"log": ["shown-nowhere"]}` },
	} {
		if _, err := seal.Parse([]byte(change(string(text)))); err == nil || strings.Contains(err.Error(), "shown-nowhere") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
