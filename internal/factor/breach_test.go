package factor_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/factor"
)

func digest(password string) string {
	sum := sha1.Sum([]byte(password))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func TestBreachFile(t *testing.T) {
	for _, n := range []int{1, 2, 3, 100, 1001} {
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf("%s:%d", digest(fmt.Sprint("leaked", i)), i+1))
		}
		slices.Sort(lines)
		for _, end := range []string{"\n", "\r\n", ""} {
			path := filepath.Join(t.TempDir(), "hashes.txt")
			sep := end
			if sep == "" {
				sep = "\n"
			}
			if err := os.WriteFile(path, []byte(strings.Join(lines, sep)+end), 0o600); err != nil {
				t.Fatal(err)
			}
			b, err := factor.OpenBreach(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				if ok, err := b.Has(fmt.Sprint("leaked", i)); !ok || err != nil {
					t.Fatalf("%d lines, end %q: password %d is not found: %v", n, end, i, err)
				}
			}
			for i := range 200 {
				if ok, err := b.Has(fmt.Sprint("fresh", i)); ok || err != nil {
					t.Fatalf("found a password that is not there: %v", err)
				}
			}
			b.Close()
		}
	}
}

func TestBreachRanges(t *testing.T) {
	dir := t.TempDir()
	d := digest("leaked")
	for name, text := range map[string]string{"00000": "", d[:5] + ".txt": "0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n" + d[5:] + ":9\r\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := factor.OpenBreach(dir)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"leaked": true, "fresh": false} {
		if ok, err := b.Has(password); ok != want || err != nil {
			t.Errorf("%s: %v, %v", password, ok, err)
		}
	}
}

func TestBreachListsThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	unsorted := digest("a") + ":1\n" + digest("b") + ":1\n"
	if digest("a") < digest("b") {
		unsorted = digest("b") + ":1\n" + digest("a") + ":1\n"
	}
	for name, text := range map[string]string{"empty": "", "prose": "these are no hashes\n", "unsorted": unsorted} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := factor.OpenBreach(path); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, path := range []string{filepath.Join(dir, "missing"), t.TempDir()} {
		if _, err := factor.OpenBreach(path); err == nil {
			t.Errorf("%s: accepted", path)
		}
	}
	var none *factor.Breach
	if ok, err := none.Has("anything"); ok || err != nil {
		t.Errorf("no list: %v, %v", ok, err)
	}
}
