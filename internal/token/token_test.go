package token_test

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/token"
)

func TestParse(t *testing.T) {
	tok, hash := token.New(token.Session)
	got, ok := token.Parse(token.Session, tok)
	if !ok || got != hash {
		t.Fatalf("Parse(New()) = %x, %v; want %x", got, ok, hash)
	}
	for name, bad := range map[string]string{
		"empty":      "",
		"other kind": strings.Replace(tok, string(token.Session), string(token.Flow), 1),
		"short":      tok[:len(tok)-1],
		"long":       tok + "A",
		"no prefix":  tok[4:],
	} {
		if _, ok := token.Parse(token.Session, bad); ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestNewDiffers(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		tok, _ := token.New(token.Device)
		if seen[tok] {
			t.Fatal("the same token twice")
		}
		seen[tok] = true
	}
}

func TestIDsAreOrdered(t *testing.T) {
	last := ""
	for range 1000 {
		id := token.NewID()
		if id <= last {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
}

// Every token fits into what Parse hashes.
func TestTokensAreShort(t *testing.T) {
	for _, row := range token.Kinds {
		text, hash := token.New(row.Kind)
		if got, ok := token.Parse(row.Kind, text); len(text) > 64 || ok && got != hash {
			t.Errorf("%s is %d bytes long, and hashed as something else", row.Name, len(text))
		}
	}
}
