package factor_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
)

var weak = factor.Argon2{MemoryKiB: 64, Iterations: 1, Lanes: 1}

func passwords(t *testing.T, a factor.Argon2, slots int) *factor.Passwords {
	t.Helper()
	p, err := factor.NewPasswords(a, slots)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestVerify(t *testing.T) {
	ctx := context.Background()
	p := passwords(t, weak, 2)
	long := strings.Repeat("å", 128)
	hash, err := p.Hash(ctx, long)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, hash, password string
		want                 bool
	}{
		{"same", hash, long, true},
		{"decomposed form of the same", hash, strings.Repeat("a\u030a", 128), true},
		{"last character differs", hash, long[:len(long)-2] + "ä", false},
		{"truncated", hash, long[:len(long)-2], false},
		{"other case", hash, strings.ToUpper(long), false},
		{"nobody", "", "the password of nobody", false},
	} {
		ok, weaker, err := p.Verify(ctx, tt.hash, tt.password)
		if err != nil || ok != tt.want || weaker {
			t.Errorf("%s: ok %v, weak %v, %v", tt.name, ok, weaker, err)
		}
	}
	if _, _, err := p.Verify(ctx, "$argon2id$nonsense", "x"); sallyport.CodeOf(err) != sallyport.CodeInternal {
		t.Errorf("an unreadable hash gives %v", err)
	}
}

func TestVerifySaysWhenAHashIsWeak(t *testing.T) {
	ctx := context.Background()
	hash, _ := passwords(t, weak, 1).Hash(ctx, "secret")
	strong := passwords(t, factor.Argon2{MemoryKiB: 128, Iterations: 1, Lanes: 1}, 1)
	if ok, weaker, err := strong.Verify(ctx, hash, "secret"); !ok || !weaker || err != nil {
		t.Errorf("ok %v, weak %v, %v", ok, weaker, err)
	}
	if ok, weaker, _ := strong.Verify(ctx, hash, "wrong"); ok || weaker {
		t.Error("a wrong password must not ask for a new hash")
	}
}

func TestHashingIsBounded(t *testing.T) {
	// One slot and a hash of some milliseconds: of 600 at once one hashes, 512
	// wait, and the rest are told to come back.
	p := passwords(t, factor.Argon2{MemoryKiB: 8 * 1024, Iterations: 1, Lanes: 1}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wg sync.WaitGroup
	codes := make(chan error, 600)
	for range 600 {
		wg.Go(func() {
			_, err := p.Hash(ctx, "x")
			codes <- err
		})
	}
	deadline := time.After(10 * time.Second)
	refused := 0
	for refused < 20 {
		select {
		case err := <-codes:
			if sallyport.CodeOf(err) == sallyport.CodeOverloaded {
				refused++
			}
		case <-deadline:
			t.Fatalf("only %d of 600 were refused", refused)
		}
	}
	cancel()
	wg.Wait()
	if n := p.Waiting(); n != 0 {
		t.Errorf("%d still counted as waiting", n)
	}
}

func TestIsCommon(t *testing.T) {
	for p, want := range map[string]bool{
		"password": true, "PassWord": true, "Monkey!!!!!!12": true, "12dragon34": true, "1qaz2wsx": true,
		"Correct-horse 7 battery": false, "": false, "!!!!!!!!!!!!": true, "tr0ub4dor&3xyz": false,
	} {
		if got := factor.IsCommon(p); got != want {
			t.Errorf("IsCommon(%q) = %v", p, got)
		}
	}
}

func TestNormalizePassword(t *testing.T) {
	if a, b := factor.NormalizePassword("e\u0301"), factor.NormalizePassword("\u00e9"); a != b {
		t.Errorf("%q and %q differ", a, b)
	}
	if got := factor.NormalizePassword(" Ａ "); got != " Ａ " {
		t.Errorf("normalised to %q: only NFC may change a password", got)
	}
}
